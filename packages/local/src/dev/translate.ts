// Turns what the engine tells into what the screen shows. Headers and bodies stay behind.
import { type TaskRow, toTask } from "@hookclock/core";
import type { EngineEvent } from "hookclock";
import { type DevEvent, glimpseOf } from "../events.ts";

export function fromEngine(event: EngineEvent, at: number): DevEvent {
  if (event.type !== "attempt") return { at, ...event };
  const { log, task, latenessMs } = event;
  return {
    at,
    type: "attempt",
    task: glimpseOf(toTask(task as TaskRow)),
    facts: {
      startedAt: log.startedAt,
      occurrence: log.occurrence,
      attempt: log.attempt,
      outcome: log.outcome,
      responseStatus: log.response?.status ?? 0,
      error: log.error ?? null,
      latenessMs,
      tookMs: log.timings?.totalMs ?? 0,
    },
  };
}
