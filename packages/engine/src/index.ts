export { type Engine, type EngineLimits } from "./engine.ts";
export type * from "./ports.ts";
export * from "./usecases/bulk.ts";
export * from "./usecases/edit.ts";
export * from "./usecases/register.ts";
export { type RunOptions, runWorker } from "./worker/run.ts";
export type { Tally } from "./worker/tally.ts";
export { trigger, type TriggerOptions, type TriggerResult } from "./worker/trigger.ts";
