// One machine: an embedded database, the worker, a screen, a demo.

export { LOOPBACK } from "./demo/plan.ts";
export { runDev } from "./dev/lazy.ts";
export type { DevOptions, Room } from "./dev/run.ts";
export type { Style } from "./dev/sinks.ts";
export { DEFAULT_PORT, type Embedded, type EmbeddedOptions, startEmbedded } from "./embedded.ts";
export { LocalError, type LocalErrorCode } from "./errors.ts";
export type { DevEvent, Glimpse } from "./events.ts";
export { DEFAULT_DATA_DIR, findInstance, type Instance, reserve } from "./instance.ts";
export * from "./screen/format.ts";
export { type Paint, paintFor, plainPaint, type Tone } from "./screen/paint.ts";
export { answerText, nextText, statusText, toneOfAnswer, toneOfStatus } from "./screen/words.ts";
