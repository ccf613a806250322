// The worker's moves of a task. Pure: the instant, the outcome and the randomness arrive as arguments.
import { retryDelayMs } from "../delivery/backoff.ts";
import type { Outcome } from "../delivery/outcome.ts";
import { HookclockError } from "../errors.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import { nextOccurrence } from "../schedule/next.ts";
import { headOf, headOfHeaders } from "../text/head.ts";
import { withEnd } from "./keep.ts";
import type { Reason, RetryPolicy, TaskRow } from "./row.ts";

export type Attempted = {
  outcome: Outcome;
  /** When the attempt started, epoch ms. */
  startedAt: number;
  /** When its result is recorded, epoch ms. */
  now: number;
  random: () => number;
  /** Failed occurrences in a row after which a recurring task is FAILED; 0 = never. */
  maxErrors: number;
};

export const retryPolicyOf = (row: TaskRow): RetryPolicy =>
  row.retry ?? {
    limit: DEFAULTS.retryLimit,
    baseMs: DEFAULTS.retryBaseMs,
    maxMs: DEFAULTS.retryMaxMs,
    jitter: DEFAULTS.retryJitter,
  };

/** Takes a task for one attempt that needs longer protection than its shard's lease. */
export function claim(row: TaskRow, owner: string, until: number, now: number): TaskRow {
  const lost = row.claim !== undefined;
  const next: TaskRow = {
    ...row,
    rev: row.rev + 1,
    fence: row.fence + 1,
    claim: { owner, until },
    updatedAt: now,
  };
  // A task that was suspended while its attempt runs stays so, and out of the due index.
  if (row.status !== "SUSPENDED") {
    next.status = "PROCESSING";
    // A later due time is the user's: the schedule was moved while the attempt runs.
    next.dueAt = Math.max(until, row.dueAt ?? until);
  }
  if (lost) next.lostClaims = (row.lostClaims ?? 0) + 1;
  return next;
}

/** Prolongs a claim that is still ours. A user's edit made meanwhile is kept: only claim and due time move. */
export function renewClaim(row: TaskRow, until: number, now: number): TaskRow {
  const renewed: TaskRow = { ...row, rev: row.rev + 1, updatedAt: now };
  if (row.claim) renewed.claim = { ...row.claim, until };
  if (row.dueAt !== undefined) {
    const isMoved = row.dueAt > (row.claim?.until ?? row.dueAt);
    renewed.dueAt = isMoved ? Math.max(row.dueAt, until) : until;
  }
  return renewed;
}

/** True when so many workers died on this occurrence that the task itself must be the cause. */
export const isPoison = (row: TaskRow): boolean => (row.lostClaims ?? 0) >= LIMITS.lostClaimsMax;

/** Ends a task that every worker died on. */
export function bury(row: TaskRow, now: number): TaskRow {
  const message = `${row.lostClaims ?? 0} workers in a row were lost while they ran this task`;
  const ended = finish(released(row, now), "FAILED", "worker-lost", now);
  ended.errors = failedOnce(row, message, now);
  return ended;
}

/** Records an attempt on the row it was made for. */
export function settle(row: TaskRow, attempted: Attempted): TaskRow {
  const { outcome, now } = attempted;
  const attempt = row.attempt + 1;
  const next = recordAttempt(released(row, now), attempted);
  next.attempt = attempt;
  if (outcome.class === "ok") return endOccurrence(next, true, attempted);

  next.errors = { ...(row.errors ?? { count: 0 }), lastAt: now, last: messageOf(outcome) };
  if (next.errors.firstAt === undefined) next.errors.firstAt = now;
  if (outcome.class === "gone") return finish(countOccurrence(next, false, now), "FAILED", "gone", now);
  const policy = retryPolicyOf(row);
  const mayRetry = outcome.class === "retryable" || outcome.class === "fault";
  if (mayRetry && attempt <= policy.limit) {
    next.status = "ACTIVE";
    next.reason = "retrying";
    next.dueAt = now + retryDelayMs(policy, attempt, attempted.random, outcome.retryAfterMs);
    return next;
  }
  return endOccurrence(next, false, attempted);
}

/** True when `current` still is the task, and the run of it, that a worker holds as `held`: no other worker moved it. */
export const isSameRun = (held: TaskRow, current: TaskRow): boolean =>
  current.createdAt === held.createdAt &&
  current.fingerprint === held.fingerprint &&
  current.fence === held.fence;

/**
 * Records an attempt that was made for `origin` on the row as it is now, which a user may have edited meanwhile.
 * The edit stands: a suspended task stays suspended, a moved schedule stays moved; the attempt is counted.
 */
export function settleOnto(origin: TaskRow, current: TaskRow, attempted: Attempted): TaskRow {
  if (current.scheduleEdit !== origin.scheduleEdit) {
    const next = recordAttempt(released(current, attempted.now), attempted);
    const counted = countOccurrence(next, attempted.outcome.class === "ok", attempted.now);
    return counted.status === "PROCESSING"
      ? { ...counted, status: "ACTIVE", dueAt: counted.scheduledAt }
      : counted;
  }
  const settled = settle(current, attempted);
  if (current.status !== "SUSPENDED") return settled;
  const { dueAt: _dueAt, ttl: _ttl, ...held } = settled;
  const kept: TaskRow = { ...held, status: "SUSPENDED", reason: "suspended-by-user" };
  if (settled.status === "DONE" || settled.status === "FAILED") {
    kept.settled = { status: settled.status, reason: settled.reason ?? "max-repeat" };
  }
  return kept;
}

/** The row as every worker's last write leaves it: no claim, next version, next fence. */
function released(row: TaskRow, now: number): TaskRow {
  const { claim: _claim, lostClaims: _lostClaims, ...rest } = row;
  return { ...rest, rev: row.rev + 1, fence: row.fence + 1, updatedAt: now };
}

function recordAttempt(row: TaskRow, { outcome, startedAt }: Attempted): TaskRow {
  const execution = { ...row.execution, lastAt: startedAt };
  if (execution.firstAt === undefined) execution.firstAt = startedAt;
  if (outcome.received) {
    const { status, headers, body } = outcome.received;
    execution.response = { status };
    if (Object.keys(headers).length > 0)
      execution.response.headers = headOfHeaders(headers, LIMITS.lastResponseBytes);
    if (body !== "") execution.response.body = headOf(body, LIMITS.lastResponseBytes);
  } else {
    delete execution.response;
  }
  return { ...row, execution };
}

function countOccurrence(row: TaskRow, ok: boolean, now: number): TaskRow {
  const { count, successful, failed } = row.execution;
  const execution = {
    ...row.execution,
    count: count + 1,
    successful: successful + (ok ? 1 : 0),
    failed: failed + (ok ? 0 : 1),
  };
  const next: TaskRow = { ...row, execution };
  if (!ok) next.errors = failedOnce(row, row.errors?.last, now);
  else if (row.errors) next.errors = { ...row.errors, count: 0 };
  return next;
}

function failedOnce(row: TaskRow, message: string | undefined, now: number): NonNullable<TaskRow["errors"]> {
  const errors = row.errors ?? { count: 0 };
  const next = { ...errors, count: errors.count + 1, firstAt: errors.firstAt ?? now, lastAt: now };
  return message === undefined ? next : { ...next, last: headOf(message, LIMITS.errorMessageLengthMax) };
}

function endOccurrence(row: TaskRow, ok: boolean, { outcome, now, maxErrors }: Attempted): TaskRow {
  const counted = countOccurrence(row, ok, now);
  const failure: Reason = outcome.class === "permanent" ? "rejected" : "max-attempts";
  const { repeat } = row;
  const repeatsLeft = repeat !== undefined && (repeat.max === 0 || counted.execution.count < repeat.max);
  if (!repeatsLeft)
    return ok ? finish(counted, "DONE", "max-repeat", now) : finish(counted, "FAILED", failure, now);
  if (!ok && maxErrors > 0 && (counted.errors?.count ?? 0) >= maxErrors)
    return finish(counted, "FAILED", "max-errors", now);
  const at = nextDue(row, now);
  if (at instanceof Error) {
    const unreadable = { ...counted, errors: { ...(counted.errors ?? { count: 0 }), last: at.message } };
    return finish(unreadable, "FAILED", "unreadable", now);
  }
  if (at === null)
    return ok ? finish(counted, "DONE", "schedule-ended", now) : finish(counted, "FAILED", failure, now);
  const { reason: _reason, extraRun: _extraRun, ...rest } = counted;
  return {
    ...rest,
    status: "ACTIVE",
    scheduledAt: at,
    dueAt: at,
    occurrence: row.occurrence + 1,
    attempt: 0,
  };
}

/**
 * An extra run leaves the pending occurrence at its time, even if that has passed by now; otherwise the grid decides.
 * A schedule that was fine once may not be any more (another release wrote it, a zone was dropped): the attempt was
 * made all the same and has to be recorded, so that is an answer and not thrown.
 */
function nextDue(row: TaskRow, now: number): number | null | HookclockError {
  if (row.repeat === undefined) return null;
  if (row.extraRun) return row.scheduledAt;
  const schedule = { repeat: row.repeat, catchUp: row.catchUp ?? "skip" };
  try {
    return nextOccurrence(schedule, row.scheduledAt, now)?.at ?? null;
  } catch (error) {
    if (error instanceof HookclockError) return error;
    throw error;
  }
}

function finish(row: TaskRow, status: "DONE" | "FAILED", reason: Reason, now: number): TaskRow {
  const { dueAt: _dueAt, extraRun: _extraRun, ...rest } = row;
  return withEnd({ ...rest, status, reason }, now);
}

const messageOf = (outcome: Outcome): string =>
  headOf(outcome.message ?? outcome.error ?? "the attempt failed", LIMITS.errorMessageLengthMax);
