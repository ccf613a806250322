// Rows for the contract suites: valid, small, and different wherever a test does not say otherwise.
import type { LogRow, TaskKey, TaskRow } from "@hookclock/core";
import type { LeaseStore, LogStore, TaskStore } from "@hookclock/engine";

export type StoresUnderTest = {
  tasks: TaskStore;
  logs: LogStore;
  leases: LeaseStore;
  /** Makes a stored task unreadable, behind the store's back. */
  corrupt(key: TaskKey): Promise<void>;
};
/** Opens the stores of one suite. Tests keep apart by namespace and shard, so the tables may be shared. */
export type OpenStores = () => Promise<StoresUnderTest>;

/** An instant to count from; nothing in the suites reads a clock. */
export const T0 = Date.UTC(2030, 0, 15, 12);

let places = 0;
/** A namespace and a shard that no other test of the process uses. */
export function freshPlace(): { namespace: string; shard: number } {
  places += 1;
  return { namespace: `contract-${places}`, shard: 1_000 + places };
}

export function aTask(fields: Partial<TaskRow> & TaskKey): TaskRow {
  return {
    kind: "http",
    rev: 1,
    fence: 0,
    status: "ACTIVE",
    request: { url: "https://receiver.example/hook", method: "POST", body: { hello: "world" } },
    scheduledAt: T0,
    shard: 0,
    occurrence: 0,
    attempt: 0,
    execution: { count: 0, failed: 0, successful: 0 },
    createdAt: T0 - 60_000,
    updatedAt: T0 - 60_000,
    ...fields,
  };
}

/** The row as a worker leaves it when a one-shot task succeeded. */
export function finished(row: TaskRow, at = T0 + 1_000): TaskRow {
  const { dueAt: _, ...rest } = row;
  return {
    ...rest,
    rev: row.rev + 1,
    fence: row.fence + 1,
    status: "DONE",
    reason: "max-repeat",
    attempt: 1,
    execution: { count: 1, failed: 0, successful: 1, firstAt: at, lastAt: at, response: { status: 200 } },
    updatedAt: at,
  };
}

export function aLog(fields: Partial<LogRow> & { namespace: string; taskId: string }): LogRow {
  const createdAt = fields.createdAt ?? T0;
  return {
    kind: "http",
    occurrence: 0,
    attempt: 1,
    rev: 2 ** 40 + (fields.attempt ?? 1),
    retryLimit: 3,
    status: "SUCCESS",
    outcome: "ok",
    scheduledAt: createdAt - 50,
    dueAt: createdAt - 50,
    startedAt: createdAt - 40,
    request: { url: "https://receiver.example/hook", method: "POST", body: { hello: "world" } },
    response: { status: 200, headers: { "content-type": "text/plain" }, body: "ok" },
    timings: { totalMs: 12.5 },
    createdAt,
    ttl: Math.ceil(createdAt / 1_000) + 86_400,
    ...fields,
  };
}

/** Ids that break keys put together without care. */
export const HOSTILE_NAMES = [
  "a#b",
  "c",
  "a",
  "b#c",
  "a/b",
  "..",
  ".",
  "%23",
  "%",
  "⏰🔥",
  "é",
  "e\u0301",
  "__proto__",
  "constructor",
  "has space",
  "quote'\"quote",
  "x".repeat(250),
];

/** Reads a list to its end, page by page. A list that never ends fails the test. */
export async function readAll<Row, Cursor>(
  readPage: (after: Cursor | undefined) => Promise<{ rows: Row[]; next: Cursor | null }>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let after: Cursor | undefined;
  for (let page = 0; page < 1_000; page += 1) {
    const { rows: found, next } = await readPage(after);
    rows.push(...found);
    if (next === null) return rows;
    after = next;
  }
  throw new Error("the list does not end");
}
