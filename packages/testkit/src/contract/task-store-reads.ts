// The reading half of the task store's contract: by key, due, lists, rows that cannot be read.
import type { TaskRow } from "@hookclock/core";
import type { DueKey, TaskListQuery } from "@hookclock/engine";
import { expect, test } from "vitest";
import { aTask, finished, freshPlace, readAll, type StoresUnderTest, T0 } from "./rows.ts";

export function testTaskReads(stores: () => StoresUnderTest): void {
  testByKey(stores);
  testDue(stores);
  testLists(stores);
  testUnreadable(stores);
}

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id);

async function fill({ tasks }: StoresUnderTest, rows: readonly TaskRow[]): Promise<void> {
  const results = await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
  expect(new Set(results)).toStrictEqual(new Set(["inserted"]));
}

function testByKey(stores: () => StoresUnderTest): void {
  test("readMany answers by position, absent rows as null, doubles twice", async () => {
    const { namespace } = freshPlace();
    const rows = Array.from({ length: 230 }, (_, index) => aTask({ namespace, id: `t-${index}` }));
    await fill(stores(), rows);
    const keys = [...rows, { namespace, id: "absent" }, rows[0] as TaskRow];
    expect(await stores().tasks.readMany(keys)).toStrictEqual([...rows, null, rows[0]]);
    expect(await stores().tasks.readMany([])).toStrictEqual([]);
  });

  test("large rows come back complete", async () => {
    const { namespace } = freshPlace();
    // 17 MB: more than one answer of the database holds.
    const rows = Array.from({ length: 68 }, (_, index) => {
      const row = aTask({ namespace, id: `large-${index}` });
      row.request = { url: "https://receiver.example/", method: "POST", body: "x".repeat(250_000) };
      return row;
    });
    await fill(stores(), rows);
    const read = (await stores().tasks.readMany(rows)) as TaskRow[];
    expect(idsOf(read)).toStrictEqual(idsOf(rows));
    expect(read.every((row) => String(row.request?.body).length === 250_000)).toBe(true);
  });
}

function testDue(stores: () => StoresUnderTest): void {
  test("due keys come oldest first up to the instant, of their shard only, with their lane", async () => {
    const { namespace, shard } = freshPlace();
    const { tasks } = stores();
    await fill(stores(), [
      aTask({ namespace, id: "late", shard, dueAt: T0 + 1 }),
      aTask({ namespace, id: "second", shard, dueAt: T0, lane: "x.example" }),
      aTask({ namespace, id: "first", shard, dueAt: T0 - 5 }),
      aTask({ namespace, id: "elsewhere", shard: shard + 100_000, dueAt: T0 - 5 }),
      aTask({ namespace, id: "resting", shard }),
    ]);
    expect(await tasks.findDue({ shard, upTo: T0, limit: 10 })).toStrictEqual({
      keys: [
        { namespace, id: "first", dueAt: T0 - 5 },
        { namespace, id: "second", dueAt: T0, lane: "x.example" },
      ],
      after: null,
    });
    const newest = await tasks.findDue({ shard, upTo: T0, limit: 1, newestFirst: true });
    expect(idsOf(newest.keys)).toStrictEqual(["second"]);
  });

  test("a row leaves the due index when it loses its due time and comes back with a new one", async () => {
    const { namespace, shard } = freshPlace();
    const { tasks } = stores();
    const row = aTask({ namespace, id: "a", shard, dueAt: T0 });
    const done = finished(row);
    await tasks.insert(row);
    await tasks.save({ before: row, after: done });
    expect((await tasks.findDue({ shard, upTo: T0 + 9_999, limit: 10 })).keys).toStrictEqual([]);
    expect((await tasks.read(row))?.shard).toBe(shard);
    await tasks.save({
      before: done,
      after: { ...done, rev: done.rev + 1, status: "ACTIVE", dueAt: T0 + 7 },
    });
    expect((await tasks.findDue({ shard, upTo: T0 + 9_999, limit: 10 })).keys).toStrictEqual([
      { namespace, id: "a", dueAt: T0 + 7 },
    ]);
  });

  test("due keys page without gaps or doubles, also when many are due at one instant", async () => {
    const { namespace, shard } = freshPlace();
    const { tasks } = stores();
    const rows = Array.from({ length: 45 }, (_, index) =>
      aTask({ namespace, id: `t-${index}`, shard, dueAt: T0 + (index < 30 ? 0 : index) }),
    );
    await fill(stores(), rows);
    for (const newestFirst of [false, true]) {
      const keys = await readAll(async (after) => {
        const query = { shard, upTo: T0 + 100, limit: 7, newestFirst, ...(after ? { after } : {}) };
        const page = await tasks.findDue(query as Parameters<typeof tasks.findDue>[0]);
        expect(page.keys.length).toBeLessThanOrEqual(7);
        return { rows: page.keys, next: page.after };
      });
      expect(idsOf(keys).sort()).toStrictEqual(idsOf(rows).sort());
      const times = keys.map(({ dueAt }) => dueAt);
      expect(times).toStrictEqual([...times].sort((a, b) => (newestFirst ? b - a : a - b)));
    }
  });

  test("a lower bound leaves out what was due before it: inclusive, either way, page by page", async () => {
    const { namespace, shard } = freshPlace();
    const { tasks } = stores();
    const rows = Array.from({ length: 20 }, (_, index) =>
      aTask({ namespace, id: `t-${String(index).padStart(2, "0")}`, shard, dueAt: T0 + index * 10 }),
    );
    await fill(stores(), rows);
    const due = (query: { from: number; upTo: number; newestFirst?: boolean; namespace?: string }) =>
      readAll<DueKey, DueKey>(async (after) => {
        const page = await tasks.findDue({ shard, limit: 3, ...query, ...(after ? { after } : {}) });
        expect(page.keys.length).toBeLessThanOrEqual(3);
        return { rows: page.keys, next: page.after };
      });
    const ids = idsOf(rows);
    expect(idsOf(await due({ from: T0 + 50, upTo: T0 + 120 }))).toStrictEqual(ids.slice(5, 13));
    expect(idsOf(await due({ from: T0 + 51, upTo: T0 + 119 }))).toStrictEqual(ids.slice(6, 12));
    expect(idsOf(await due({ from: T0 + 50, upTo: T0 + 120, newestFirst: true }))).toStrictEqual(
      ids.slice(5, 13).reverse(),
    );
    expect(idsOf(await due({ from: T0 + 50, upTo: T0 + 120, namespace }))).toStrictEqual(ids.slice(5, 13));
    expect(idsOf(await due({ from: T0 + 70, upTo: T0 + 70 }))).toStrictEqual(ids.slice(7, 8));
    expect(await tasks.findDue({ shard, limit: 3, from: T0 + 70, upTo: T0 + 69 })).toStrictEqual({
      keys: [],
      after: null,
    });
    expect(await due({ from: T0 + 191, upTo: T0 + 9_999 })).toStrictEqual([]);
  });

  test("one namespace's due keys are found among another's many", async () => {
    const { namespace, shard } = freshPlace();
    const { namespace: other } = freshPlace();
    const crowd = Array.from({ length: 250 }, (_, index) =>
      aTask({ namespace: other, id: `c-${index}`, shard, dueAt: T0 - 500 + index }),
    );
    const mine = Array.from({ length: 3 }, (_, index) =>
      aTask({ namespace, id: `m-${index}`, shard, dueAt: T0 + index }),
    );
    await fill(stores(), [...crowd, ...mine]);
    const found = await readAll(async (after) => {
      const query = { shard, upTo: T0 + 10, limit: 2, namespace, ...(after ? { after } : {}) };
      const page = await stores().tasks.findDue(query as Parameters<StoresUnderTest["tasks"]["findDue"]>[0]);
      return { rows: page.keys, next: page.after };
    });
    expect(idsOf(found)).toStrictEqual(idsOf(mine));
  });
}

function testLists(stores: () => StoresUnderTest): void {
  const listAll = (query: Omit<TaskListQuery, "after" | "now">): Promise<TaskRow[]> =>
    readAll(async (after: TaskListQuery["after"]) => {
      const page = await stores().tasks.list({ now: T0, ...query, ...(after ? { after } : {}) });
      expect(page.rows.length).toBeLessThanOrEqual(query.limit);
      return page;
    });

  test("a namespace is listed by planned time, both ways, within inclusive bounds", async () => {
    const { namespace } = freshPlace();
    const rows = Array.from({ length: 25 }, (_, index) =>
      aTask({ namespace, id: `t-${(index * 7) % 25}`, scheduledAt: T0 + index }),
    );
    await fill(stores(), rows);
    await fill(stores(), [aTask({ namespace: `${namespace}x`, id: "stranger" })]);
    const list = { namespace, descending: false, limit: 10 };
    expect(await listAll(list)).toStrictEqual(rows);
    expect(await listAll({ ...list, descending: true })).toStrictEqual([...rows].reverse());
    expect(await listAll({ ...list, from: T0 + 3, to: T0 + 12 })).toStrictEqual(rows.slice(3, 13));
    expect(await listAll({ ...list, from: T0 + 20 })).toStrictEqual(rows.slice(20));
    expect(await listAll({ ...list, to: T0 + 4, descending: true })).toStrictEqual(
      rows.slice(0, 5).reverse(),
    );
    expect(await listAll({ ...list, from: T0 + 5, to: T0 + 4 })).toStrictEqual([]);
  });

  test("by status, each status alone, after it changed too", async () => {
    const { namespace } = freshPlace();
    const { tasks } = stores();
    const statuses = ["ACTIVE", "PROCESSING", "DONE", "FAILED", "SUSPENDED"] as const;
    const rows = Array.from({ length: 50 }, (_, index) =>
      aTask({
        namespace,
        id: `t-${index}`,
        scheduledAt: T0 + index,
        status: statuses[index % 5] ?? "ACTIVE",
      }),
    );
    await fill(stores(), rows);
    for (const status of statuses) {
      const wanted = rows.filter((row) => row.status === status);
      expect(await listAll({ namespace, status, descending: false, limit: 3 })).toStrictEqual(wanted);
      const few = await listAll({
        namespace,
        status,
        from: T0 + 10,
        to: T0 + 19,
        descending: true,
        limit: 3,
      });
      expect(few).toStrictEqual(wanted.slice(2, 4).reverse());
    }
    const failed = rows[3] as TaskRow;
    await tasks.save({ before: failed, after: { ...failed, rev: 2, status: "SUSPENDED" } });
    expect(await listAll({ namespace, status: "FAILED", descending: false, limit: 100 })).toHaveLength(9);
    expect(await listAll({ namespace, status: "SUSPENDED", descending: false, limit: 100 })).toHaveLength(11);
  });

  test("by id prefix, in the order of ids, with the other filters", async () => {
    const { namespace } = freshPlace();
    const rows = Array.from({ length: 30 }, (_, index) =>
      aTask({
        namespace,
        id: `${index < 15 ? "user#" : "order#"}${String(index).padStart(2, "0")}`,
        scheduledAt: T0 - index,
        status: index % 2 === 0 ? "ACTIVE" : "DONE",
      }),
    );
    await fill(stores(), rows);
    const users = rows.slice(0, 15);
    const list = { namespace, idPrefix: "user#", descending: false, limit: 4 };
    expect(await listAll(list)).toStrictEqual(users);
    expect(await listAll({ ...list, descending: true })).toStrictEqual([...users].reverse());
    expect(await listAll({ ...list, status: "DONE" })).toStrictEqual(
      users.filter(({ status }) => status === "DONE"),
    );
    expect(await listAll({ ...list, from: T0 - 4, to: T0 - 2 })).toStrictEqual(users.slice(2, 5));
    expect(await listAll({ ...list, idPrefix: "user#01" })).toStrictEqual(users.slice(1, 2));
    expect(await listAll({ ...list, idPrefix: "nobody" })).toStrictEqual([]);
    expect(idsOf(await listAll({ ...list, idPrefix: "" }))).toStrictEqual(idsOf(rows).sort());
  });

  test("rows inserted and removed between pages do not move the place", async () => {
    const { namespace } = freshPlace();
    const { tasks } = stores();
    const rows = Array.from({ length: 12 }, (_, index) =>
      aTask({ namespace, id: `t-${index}`, scheduledAt: T0 + index * 10 }),
    );
    await fill(stores(), rows);
    for (const [round, idPrefix] of [undefined, "t-"].entries()) {
      const query = {
        namespace,
        now: T0,
        descending: false,
        limit: 4,
        ...(idPrefix === undefined ? {} : { idPrefix }),
      };
      const first = await tasks.list(query);
      await fill(stores(), [aTask({ namespace, id: `t-0-new-${round}`, scheduledAt: T0 + 1 })]);
      await tasks.remove(first.rows.at(-1) as TaskRow);
      const rest = await readAll((after: TaskListQuery["after"]) => {
        const from = after ?? first.next;
        return tasks.list({ ...query, ...(from ? { after: from } : {}) });
      });
      const seen = idsOf([...first.rows, ...rest]);
      expect(new Set(seen).size).toBe(seen.length);
      await fill(stores(), [first.rows.at(-1) as TaskRow]);
      const expected = idsOf(rows).every((id) => seen.includes(id));
      expect(expected).toBe(true);
    }
  });
}

function testUnreadable(stores: () => StoresUnderTest): void {
  test("a row that cannot be read is told apart, and hides no other", async () => {
    const { namespace, shard } = freshPlace();
    const { tasks, corrupt } = stores();
    const rows = ["a", "broken", "c"].map((id) => aTask({ namespace, id, shard, dueAt: T0 }));
    await fill(stores(), rows);
    await corrupt({ namespace, id: "broken" });
    const read = await tasks.readMany(rows);
    expect(read[0]).toStrictEqual(rows[0]);
    expect(read[1]).toMatchObject({
      unreadable: true,
      namespace,
      id: "broken",
      problem: expect.stringMatching(/./),
    });
    expect(read[2]).toStrictEqual(rows[2]);
    await expect(tasks.read({ namespace, id: "broken" })).rejects.toMatchObject({ code: "row-unreadable" });
    expect(idsOf((await tasks.list({ namespace, now: T0, descending: false, limit: 10 })).rows)).toHaveLength(
      3,
    );
  });

  test("quarantine takes it out of the due index and shows it as FAILED, unreadable", async () => {
    const { namespace, shard } = freshPlace();
    const { tasks, corrupt } = stores();
    await fill(stores(), [aTask({ namespace, id: "broken", shard, dueAt: T0 })]);
    await corrupt({ namespace, id: "broken" });
    await tasks.quarantine({ namespace, id: "broken" });
    await tasks.quarantine({ namespace, id: "absent" });
    expect((await tasks.findDue({ shard, upTo: T0, limit: 10 })).keys).toStrictEqual([]);
    const shown = { namespace, id: "broken", status: "FAILED", reason: "unreadable" };
    expect(await tasks.read({ namespace, id: "broken" })).toMatchObject(shown);
    const listed = await tasks.list({ namespace, now: T0, status: "FAILED", descending: false, limit: 10 });
    expect(listed.rows).toMatchObject([shown]);
    expect(await tasks.read({ namespace, id: "absent" })).toBeNull();
    await tasks.remove({ namespace, id: "broken" });
    expect(await tasks.read({ namespace, id: "broken" })).toBeNull();
  });
}
