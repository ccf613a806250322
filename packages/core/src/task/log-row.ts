import type { Outcome } from "../delivery/outcome.ts";
import type { ErrorCode } from "../errors.ts";
import { HookclockError } from "../errors.ts";
import type { LogRow } from "./log.ts";
import type { TaskRow } from "./row.ts";
import { retryPolicyOf } from "./settle.ts";

/** The execution log of one attempt. */
export function logRowOf(ended: {
  origin: TaskRow;
  outcome: Outcome;
  startedAt: number;
  dueAt: number;
  now: number;
  /** Epoch ms at which the log ends. */
  expiry: number;
}): LogRow {
  const { origin, outcome } = ended;
  const log: LogRow = {
    namespace: origin.namespace,
    taskId: origin.id,
    kind: origin.kind,
    occurrence: origin.occurrence,
    attempt: origin.attempt + 1,
    rev: origin.rev,
    retryLimit: retryPolicyOf(origin).limit,
    status: outcome.class === "ok" ? "SUCCESS" : "FAIL",
    outcome: outcome.class,
    scheduledAt: origin.scheduledAt,
    dueAt: ended.dueAt,
    startedAt: ended.startedAt,
    createdAt: ended.now,
    ttl: Math.ceil(ended.expiry / 1000),
  };
  if (outcome.error !== undefined) log.error = outcome.error;
  if (outcome.message !== undefined) log.message = outcome.message;
  if (outcome.sent) log.request = outcome.sent;
  if (outcome.received) log.response = outcome.received;
  if (outcome.timings) log.timings = outcome.timings;
  return log;
}

/** An unexpected failure of ours as an error of the product; the cause is kept. */
export function deliveryFault(code: ErrorCode, cause: unknown): HookclockError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new HookclockError(code, message, { cause });
}
