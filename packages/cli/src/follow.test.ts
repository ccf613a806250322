import type { ExecutionLog } from "hookclock";
import { expect, test } from "vitest";
import { Follower, OVERLAP_MS } from "./follow.ts";

const NOON = Date.UTC(2030, 0, 31, 12);
const log = (id: string, writtenMs: number, startedMs = writtenMs) =>
  ({
    id,
    startedDate: new Date(startedMs).toISOString(),
    __createdAt: new Date(writtenMs).toISOString(),
  }) as ExecutionLog;
const ids = (rows: readonly ExecutionLog[]) => rows.map(({ id }) => id);

test("a row is given out once, however often it is read", () => {
  const follower = new Follower(NOON);
  const rows = [log("a#0#1", NOON), log("b#0#1", NOON + 1)];
  expect(ids(follower.fresh(rows))).toEqual(["a#0#1", "b#0#1"]);
  follower.settle();
  expect(follower.fresh(rows)).toEqual([]);
});

test("a row that becomes visible late is not skipped", () => {
  const follower = new Follower(NOON);
  follower.fresh([log("late-to-come#0#1", NOON + 20_000)]);
  follower.settle();
  expect(follower.readFromMs).toBe(NOON + 20_000 - OVERLAP_MS);
  const overtaken = log("overtaken#0#1", NOON + 19_000);
  expect(ids(follower.fresh([overtaken, log("late-to-come#0#1", NOON + 20_000)]))).toEqual(["overtaken#0#1"]);
});

test("the same id of a task registered anew is another row", () => {
  const follower = new Follower(NOON);
  follower.fresh([log("a#0#1", NOON + 1)]);
  expect(ids(follower.fresh([log("a#0#1", NOON + 500)]))).toEqual(["a#0#1"]);
});

test("it never reads from before its start, and forgets what cannot come back", () => {
  const follower = new Follower(NOON);
  expect(follower.readFromMs).toBe(NOON);
  follower.fresh([log("old#0#1", NOON + 1)]);
  follower.fresh([log("new#0#1", NOON + 60_000)]);
  follower.settle();
  // Forgotten, but out of reach too: the next look starts later.
  expect(follower.readFromMs).toBeGreaterThan(NOON + 1);
  expect(ids(follower.fresh([log("new#0#1", NOON + 60_000)]))).toEqual([]);
});
