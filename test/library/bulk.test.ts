// Changes by filter: many tasks due now or moved to one time, and bounded parts of a change that another call goes on with.
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import type { ManyResult, TaskKey } from "hookclock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isoIn, openHooks, taskOf, travelClock } from "./support.ts";

const URL = "https://example.com/hook";
const HOUR = 3_600_000;
const at = { namespace: "app" };
let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

const ids = (items: readonly TaskKey[]): string[] => items.map(({ id }) => id).sort();
const names = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `t${String(n).padStart(2, "0")}`);

/** Tasks an hour apart, so that their order by time is that of their ids. */
async function filled(count: number, more: Record<string, unknown> = {}) {
  const clock = travelClock();
  const hooks = openHooks(database.endpoint, {}, { clock });
  const tasks = names(count).map((id, n) => ({
    ...{ ...at, id, url: URL, scheduledDate: isoIn((n + 1) * HOUR), ...more },
  }));
  await hooks.registerMany(tasks);
  return { hooks, clock };
}

type Part = { limit: number; startKey?: ManyResult<unknown>["lastEvaluatedKey"] };
/** Bounded calls, each going on where the one before ended. */
async function inParts<Item>(limit: number, call: (part: Part) => Promise<ManyResult<Item>>) {
  const parts: Item[][] = [];
  let startKey: ManyResult<Item>["lastEvaluatedKey"] = null;
  do {
    const part: ManyResult<Item> = await call({ limit, startKey });
    expect(part.count).toBe(part.items.length);
    parts.push(part.items);
    startKey = part.lastEvaluatedKey;
  } while (startKey !== null && parts.length < 100);
  return parts;
}

describe("runNowMany", () => {
  test("makes ACTIVE tasks of the filter due now and leaves the others alone", async () => {
    const { hooks } = await filled(6);
    await using _ = hooks;
    await hooks.suspend({ ...at, id: "t01" });
    const dry = await hooks.runNowMany({ ...at, dryRun: true });
    expect(ids(dry.items)).toEqual(["t00", "t02", "t03", "t04", "t05"]);
    expect((await hooks.triggerDryrun(at)).count).toBe(0);
    expect(await hooks.runNowMany({ ...at, to: isoIn(3.5 * HOUR) })).toEqual({
      ...{ count: 2, lastEvaluatedKey: null },
      items: [
        { ...at, id: "t00" },
        { ...at, id: "t02" },
      ],
    });
    expect(ids((await hooks.triggerDryrun(at)).items)).toEqual(["t00", "t02"]);
  });

  test("a task that is due already keeps its turn", async () => {
    const { hooks, clock } = await filled(2);
    await using _ = hooks;
    await hooks.runNow({ ...at, id: "t01" });
    const due = await taskOf(hooks, { ...at, id: "t01" });
    clock.jump(1_000);
    expect(ids((await hooks.runNowMany(at)).items)).toEqual(["t00"]);
    expect(await hooks.runNowMany(at)).toEqual({ count: 0, items: [], lastEvaluatedKey: null });
    expect(await taskOf(hooks, { ...at, id: "t01" })).toEqual(due);
  });

  test("a recurring task runs once more and keeps its next time", async () => {
    const { hooks } = await filled(1, { repeat: { interval: 1, unit: "hours", max: 0 } });
    await using _ = hooks;
    const { scheduledDate } = await taskOf(hooks, { ...at, id: "t00" });
    expect((await hooks.runNowMany(at)).count).toBe(1);
    expect(await taskOf(hooks, { ...at, id: "t00" })).toMatchObject({ scheduledDate });
    expect((await hooks.runNowMany(at)).count).toBe(0);
  });
});

describe("rescheduleMany", () => {
  test("moves unfinished tasks of the filter to one time, suspended ones too, each once", async () => {
    const { hooks } = await filled(12);
    await using _ = hooks;
    await hooks.suspend({ ...at, id: "t03" });
    const scheduledDate = isoIn(100 * HOUR);
    const dry = await hooks.rescheduleMany({ ...at, scheduledDate, dryRun: true });
    expect(dry.count).toBe(12);
    expect((await hooks.fetch({ ...at, from: scheduledDate })).count).toBe(0);
    // Moved behind all others, every task comes up in the list again.
    const progress: unknown[] = [];
    const moved = await hooks.rescheduleMany({
      ...{ ...at, scheduledDate, chunkLimit: 4 },
      onProgress: (one) => progress.push(one),
    });
    expect(ids(moved.items)).toEqual(names(12));
    expect(moved.lastEvaluatedKey).toBeNull();
    expect(progress.at(-1)).toEqual({ seen: 12, changed: 12 });
    const { items } = await hooks.fetch(at);
    expect(new Set(items.map((task) => task.scheduledDate))).toEqual(new Set([scheduledDate]));
    expect(await taskOf(hooks, { ...at, id: "t03" })).toMatchObject({ status: "SUSPENDED" });
    expect((await hooks.rescheduleMany({ ...at, scheduledDate })).count).toBe(0);
  });

  test("to an earlier time, by id prefix, with any offset in the date", async () => {
    const { hooks } = await filled(12);
    await using _ = hooks;
    const scheduledDate = "2029-01-01T02:00:00+02:00";
    expect(ids((await hooks.rescheduleMany({ ...at, id: "t1", scheduledDate })).items)).toEqual([
      "t10",
      "t11",
    ]);
    expect(await taskOf(hooks, { ...at, id: "t10" })).toMatchObject({
      scheduledDate: "2029-01-01T00:00:00.000Z",
    });
  });

  test("in parts nothing is counted twice, though the rows move to the end of the list", async () => {
    const { hooks } = await filled(10);
    await using _ = hooks;
    const scheduledDate = isoIn(100 * HOUR);
    const parts = await inParts(3, (part) => hooks.rescheduleMany({ ...at, scheduledDate, ...part }));
    expect(ids(parts.flat())).toEqual(names(10));
    expect(parts.length).toBeLessThan(10);
  });
});

describe("in parts", () => {
  const calls = {
    suspendMany: (hooks: Awaited<ReturnType<typeof filled>>["hooks"], part: Part) =>
      hooks.suspendMany({ ...at, ...part }),
    runNowMany: (hooks: Awaited<ReturnType<typeof filled>>["hooks"], part: Part) =>
      hooks.runNowMany({ ...at, ...part }),
    deleteMany: async (hooks: Awaited<ReturnType<typeof filled>>["hooks"], part: Part) =>
      hooks.deleteMany({ ...at, ...part }),
  };
  test.each(Object.entries(calls))(
    "%s looks at no more than its limit and goes on from there",
    async (_name, call) => {
      const { hooks } = await filled(10);
      await using _ = hooks;
      const parts = await inParts<TaskKey>(4, (part) => call(hooks, part));
      expect(parts.map((part) => part.length)).toEqual([4, 4, 2]);
      expect(ids(parts.flat())).toEqual(names(10));
    },
  );

  test("tasks that the state keeps out count as looked at", async () => {
    const { hooks } = await filled(6);
    await using _ = hooks;
    for (const id of ["t00", "t01", "t02"]) await hooks.suspend({ ...at, id });
    const first = await hooks.suspendMany({ ...at, limit: 4 });
    expect(first).toMatchObject({ count: 1, items: [{ id: "t03" }], lastEvaluatedKey: { id: "t03" } });
    const rest = await hooks.suspendMany({ ...at, limit: 4, startKey: first.lastEvaluatedKey });
    expect(rest).toMatchObject({ count: 2, lastEvaluatedKey: null });
  });

  test("a dry run in parts sees what the change would, by id prefix and by status", async () => {
    const { hooks } = await filled(12);
    await using _ = hooks;
    const some = await inParts(4, (part) => hooks.deleteMany({ ...at, id: "t0", dryRun: true, ...part }));
    expect(some.map((part) => part.length).reduce((sum, count) => sum + count)).toBe(10);
    await hooks.suspendMany({ ...at, id: "t0" });
    const back = await inParts(4, (part) => hooks.unsuspendMany({ ...at, ...part }));
    expect(ids(back.flat())).toEqual(names(10));
    expect((await hooks.fetch({ ...at, status: "SUSPENDED" })).count).toBe(0);
  });

  test("a limit that the last task fills ends the filter or says where an empty rest begins", async () => {
    const { hooks } = await filled(4);
    await using _ = hooks;
    const parts = await inParts(2, (part) => hooks.deleteMany({ ...at, ...part }));
    expect(parts.flat()).toHaveLength(4);
    expect((await hooks.fetch(at)).count).toBe(0);
    expect(await hooks.deleteMany({ ...at, limit: 1 })).toEqual({
      count: 0,
      items: [],
      lastEvaluatedKey: null,
    });
  });

  test("a key of another namespace, prefix or time is refused and nothing is changed", async () => {
    const { hooks } = await filled(6);
    await using _ = hooks;
    const { lastEvaluatedKey: startKey } = await hooks.suspendMany({ ...at, limit: 2, dryRun: true });
    const code = "invalid-cursor";
    for (const filter of [{ namespace: "other" }, { ...at, id: "x" }, { ...at, from: isoIn(5 * HOUR) }])
      await expect(hooks.deleteMany({ ...filter, limit: 2, startKey })).rejects.toMatchObject({ code });
    await expect(hooks.deleteMany({ ...at, startKey: { id: "t00" } as never })).rejects.toMatchObject({
      code: "invalid-input",
    });
    expect((await hooks.fetch(at)).count).toBe(6);
  });
});
