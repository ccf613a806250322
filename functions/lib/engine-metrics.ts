// What the engine reports, as figures and log lines.
import type { EngineEvent } from "hookclock";
import type { Log, Metrics } from "./ports.ts";

/** A listener for `onEvent`. Counts every attempt, and every occurrence that came to an end. */
export function makeListener(metrics: Metrics, log: Log): (event: EngineEvent) => void {
  return (event) => {
    switch (event.type) {
      case "start":
        // When it begins, not when it is recorded: what hangs or is cut off was late as well.
        metrics.sample("latenessMs", Math.max(0, event.latenessMs));
        return;
      case "attempt": {
        metrics.count("attempts");
        const succeeded = event.log.status === "SUCCESS";
        const isRetried = event.task.reason === "retrying";
        if (!succeeded && isRetried) return;
        metrics.count("executed");
        metrics.count(succeeded ? "succeeded" : "failed");
        return;
      }
      case "lost":
        metrics.count("claimsLost");
        return;
      case "error":
        metrics.count("errors");
        log.error({ where: event.where, code: event.code, error: event.message }, "the engine met an error");
    }
  };
}
