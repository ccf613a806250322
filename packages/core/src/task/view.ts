// What callers see of a row: the public shape with its defaults filled in and instants as ISO 8601 in UTC.

import type { OutcomeClass, Timings } from "../delivery/outcome.ts";
import { isoOf } from "../input/fields.ts";
import { DEFAULTS } from "../limits.ts";
import type { LogRow, LogStatus } from "./log.ts";
import type { CatchUp, Json, Method, Reason, Repeat, RetryPolicy, Status, TaskRow } from "./row.ts";
import { retryPolicyOf } from "./settle.ts";

export type Task = {
  namespace: string;
  id: string;
  idPrefix: string;
  /** Which handler runs it. */
  kind: string;
  status: Status;
  /** Why it is in this status; null when there is nothing to say. */
  reason: Reason | null;
  /** As in `request`: the short way to say where it goes. */
  url: string;
  method: Method;
  request: { url: string; method: Method; headers: Record<string, string> | null; body: Json };
  /** Content of tasks of other kinds than `http`. */
  payload: Json;
  /** The occurrence that runs next, or ran last: on the schedule's grid. */
  scheduledDate: string;
  /** When the next attempt is due: later than scheduledDate while retrying; null when none is planned. */
  nextAttemptDate: string | null;
  repeat: Repeat;
  retryLimit: number;
  retry: RetryPolicy;
  catchUp: CatchUp;
  timeoutMs: number;
  /** How long it is kept after it is DONE, seconds (FAILED: 90 days at least); null: for ever. */
  keepSeconds: number | null;
  /** Epoch seconds at which it is deleted; null: it is not finished, or kept for ever. */
  ttl: number | null;
  /** Number of the current occurrence, from 0. */
  occurrence: number;
  /** Attempts made at the current occurrence. */
  attempt: number;
  errors: {
    /** Failed occurrences in a row. */
    count: number;
    firstErrorDate: string | null;
    lastErrorDate: string | null;
    lastError: string | null;
  };
  execution: {
    /** Occurrences that ran to an end; failed + successful. */
    count: number;
    failed: number;
    successful: number;
    firstExecutionDate: string | null;
    firstScheduledDate: string | null;
    lastExecutionDate: string | null;
    lastResponseBody: string;
    lastResponseHeaders: Record<string, string>;
    lastResponseStatus: number;
  };
  __createdAt: string;
  __updatedAt: string;
};

const isoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : isoOf(ms));

export function toTask(row: TaskRow): Task {
  const { execution, errors, request } = row;
  const retry = retryPolicyOf(row);
  const { url = "", method = DEFAULTS.method } = request ?? {};
  return {
    namespace: row.namespace,
    id: row.id,
    idPrefix: row.idPrefix ?? "",
    kind: row.kind,
    status: row.status,
    reason: row.reason ?? null,
    url,
    method,
    request: {
      url,
      method,
      headers: request?.headers ?? null,
      body: request?.body ?? null,
    },
    payload: row.payload ?? null,
    scheduledDate: isoOf(row.scheduledAt),
    nextAttemptDate: isoOrNull(row.claim === undefined ? row.dueAt : undefined),
    repeat: row.repeat ?? { interval: 1, unit: "minutes", max: 1 },
    retryLimit: retry.limit,
    retry,
    catchUp: row.catchUp ?? "skip",
    timeoutMs: row.timeoutMs ?? DEFAULTS.timeoutMs,
    keepSeconds: row.keepSeconds ?? null,
    ttl: row.ttl ?? null,
    occurrence: row.occurrence,
    attempt: row.attempt,
    errors: {
      count: errors?.count ?? 0,
      firstErrorDate: isoOrNull(errors?.firstAt),
      lastErrorDate: isoOrNull(errors?.lastAt),
      lastError: errors?.last ?? null,
    },
    execution: {
      count: execution.count,
      failed: execution.failed,
      successful: execution.successful,
      firstExecutionDate: isoOrNull(execution.firstAt),
      firstScheduledDate: isoOrNull(execution.firstScheduledAt),
      lastExecutionDate: isoOrNull(execution.lastAt),
      lastResponseBody: execution.response?.body ?? "",
      lastResponseHeaders: execution.response?.headers ?? {},
      lastResponseStatus: execution.response?.status ?? 0,
    },
    __createdAt: isoOf(row.createdAt),
    __updatedAt: isoOf(row.updatedAt),
  };
}

export type ExecutionLog = {
  namespace: string;
  /** `<task id>#<occurrence>#<attempt>#<version of the task>`. */
  id: string;
  taskId: string;
  kind: string;
  status: LogStatus;
  /** What the attempt came to; `fault` is our own failure. */
  outcome: OutcomeClass;
  /** Stable word for what went wrong, null on success. */
  error: string | null;
  message: string | null;
  request: { url: string; method: string; headers: Record<string, string>; body: Json };
  /** Head of what came back; status 0 when nothing did. */
  response: {
    status: number;
    ok: boolean;
    headers: Record<string, string>;
    body: string;
    /** `base64` when the body is not text. */
    encoding: "utf8" | "base64";
    truncated: boolean;
  };
  retry: { count: number; limit: number };
  occurrence: number;
  attempt: number;
  scheduledDate: string;
  startedDate: string;
  /** Time of firing minus time due, ms. */
  latenessMs: number;
  /** Phases of the attempt, ms; a phase that did not happen is missing. */
  timings: Timings;
  /** Epoch seconds at which the log ends. */
  ttl: number;
  __createdAt: string;
  __updatedAt: string;
};

export const logIdOf = (row: Pick<LogRow, "taskId" | "occurrence" | "attempt" | "rev">): string =>
  `${row.taskId}#${row.occurrence}#${row.attempt}#${row.rev.toString(36)}`;

export function toExecutionLog(row: LogRow): ExecutionLog {
  const { request, response } = row;
  return {
    namespace: row.namespace,
    id: logIdOf(row),
    taskId: row.taskId,
    kind: row.kind,
    status: row.status,
    outcome: row.outcome,
    error: row.error ?? null,
    message: row.message ?? null,
    request: {
      url: request?.url ?? "",
      method: request?.method ?? "",
      headers: request?.headers ?? {},
      body: request?.body ?? null,
    },
    response: {
      status: response?.status ?? 0,
      ok: row.outcome === "ok",
      headers: response?.headers ?? {},
      body: response?.body ?? "",
      encoding: response?.encoding ?? "utf8",
      truncated: response?.truncated ?? false,
    },
    retry: { count: row.attempt - 1, limit: row.retryLimit },
    occurrence: row.occurrence,
    attempt: row.attempt,
    scheduledDate: isoOf(row.scheduledAt),
    startedDate: isoOf(row.startedAt),
    latenessMs: row.startedAt - row.dueAt,
    timings: (row.timings ?? { totalMs: 0 }) as Timings,
    ttl: row.ttl,
    __createdAt: isoOf(row.createdAt),
    __updatedAt: isoOf(row.createdAt),
  };
}
