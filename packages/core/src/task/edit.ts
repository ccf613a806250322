// The user's moves of a task. Each is a pure function of the row and the instant; none touches `fence`, so that the
// worker that is just running the task can tell an edit from a lost claim.
import { HookclockError } from "../errors.ts";
import { withEnd } from "./keep.ts";
import type { Repeat, Status, TaskRow } from "./row.ts";

/** A move that the task's state does not allow. The row is left as it is. */
export function wrongStatus(row: TaskRow, move: string, allowed: readonly Status[]): HookclockError {
  const why = row.reason ? ` (${row.reason})` : "";
  return new HookclockError(
    "wrong-status",
    `task "${row.id}" in namespace "${row.namespace}" is ${row.status}${why}; ${move} needs ${allowed.join(" or ")}`,
    { field: "status", allowed },
  );
}

const edited = (row: TaskRow, now: number): TaskRow => ({ ...row, rev: row.rev + 1, updatedAt: now });
const rescheduled = (row: TaskRow, now: number): TaskRow => ({
  ...edited(row, now),
  scheduleEdit: (row.scheduleEdit ?? 0) + 1,
});

function demand(row: TaskRow, move: string, allowed: readonly Status[]): void {
  if (!allowed.includes(row.status)) throw wrongStatus(row, move, allowed);
}

/** Takes the task out of the due index. An attempt in flight is recorded, but the task stays suspended. */
export function suspend(row: TaskRow, now: number): TaskRow {
  demand(row, "suspend", ["ACTIVE", "PROCESSING"]);
  const { dueAt: _dueAt, ...rest } = edited(row, now);
  return { ...rest, status: "SUSPENDED", reason: "suspended-by-user" };
}

/** Puts the task back on its schedule: the grid is kept, an occurrence whose time has passed is due at once. */
export function unsuspend(row: TaskRow, now: number): TaskRow {
  demand(row, "unsuspend", ["SUSPENDED"]);
  const { reason: _reason, settled, ...rest } = edited(row, now);
  if (settled) return withEnd({ ...rest, status: settled.status, reason: settled.reason }, now);
  return dueAgain(rest, rest.scheduledAt, now);
}

/**
 * Due at `at`, unless a worker is still running it: then the row comes back when that claim ends, should the worker be
 * lost, but not before `at`.
 */
function dueAgain(row: TaskRow, at: number, now: number): TaskRow {
  if (row.claim && row.claim.until > now)
    return { ...row, status: "PROCESSING", dueAt: Math.max(row.claim.until, at) };
  const { claim: _claim, ...rest } = row;
  return { ...rest, status: "ACTIVE", dueAt: at };
}

/** Moves the next run. Attempts at the occurrence it had are forgotten; a recurring task's grid starts here. */
export function reschedule(row: TaskRow, scheduledAt: number, now: number): TaskRow {
  demand(row, "reschedule", ["ACTIVE", "PROCESSING", "SUSPENDED"]);
  const { reason: _reason, extraRun: _extraRun, settled: _settled, ...rest } = rescheduled(row, now);
  const moved: TaskRow = { ...rest, scheduledAt, occurrence: row.occurrence + 1, attempt: 0 };
  if (row.status === "SUSPENDED") return { ...moved, reason: "suspended-by-user" };
  return dueAgain(moved, scheduledAt, now);
}

/** Makes the task due now. A recurring task runs once more than its schedule says and keeps its next time. */
export function runNow(row: TaskRow, now: number): TaskRow {
  demand(row, "run", ["ACTIVE"]);
  const next: TaskRow = { ...edited(row, now), dueAt: now };
  if (row.repeat && row.scheduledAt > now && row.attempt === 0) {
    next.extraRun = true;
  }
  return next;
}

/** Brings a finished task back: FAILED tries the same occurrence again, DONE runs once more as a new one. */
export function retry(row: TaskRow, now: number): TaskRow {
  demand(row, "retry", ["FAILED", "DONE"]);
  const { reason: _reason, lostClaims: _lost, claim: _claim, ...rest } = rescheduled(row, now);
  const occurrence = row.status === "DONE" ? row.occurrence + 1 : row.occurrence;
  const next: TaskRow = { ...rest, status: "ACTIVE", occurrence, attempt: 0, dueAt: now };
  if (row.errors) next.errors = { ...row.errors, count: 0 };
  return withEnd(next, now);
}

/** What `update` may change; a missing field stays, `undefined` is the same as missing. */
export type Patch = {
  request?: TaskRow["request"];
  payload?: TaskRow["payload"];
  lane?: string;
  repeat?: Repeat;
  retry?: TaskRow["retry"];
  catchUp?: TaskRow["catchUp"];
  timeoutMs?: number;
  /** Null: for ever. */
  keepSeconds?: number | null;
  scheduledAt?: number;
};

/** Changes what a task does; with `scheduledAt` also when. What is finished is kept as if it had finished now. */
export function update(row: TaskRow, patch: Patch, now: number): TaskRow {
  const { scheduledAt, keepSeconds, ...changes } = patch;
  const base = scheduledAt === undefined ? edited(row, now) : reschedule(row, scheduledAt, now);
  const present = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const { keepSeconds: _keepSeconds, ...forEver } = base;
  const kept =
    keepSeconds === null ? forEver : { ...base, ...(keepSeconds === undefined ? {} : { keepSeconds }) };
  return withEnd({ ...kept, ...present }, now);
}
