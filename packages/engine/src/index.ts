export type { Engine, EngineLimits } from "./engine.ts";
export type * from "./ports.ts";
export * from "./usecases/bulk.ts";
export { type AheadQuery, type Backlog, dueAhead, dueBacklog } from "./usecases/due.ts";
export * from "./usecases/edit.ts";
export * from "./usecases/register.ts";
export { type RunOptions, runWorker } from "./worker/run.ts";
export type { Tally } from "./worker/tally.ts";
export { type TriggerOptions, type TriggerResult, trigger } from "./worker/trigger.ts";
