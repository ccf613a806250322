// Rows whose time is up: the database may keep them for days, yet their ids are free and no list shows them.
import type { TaskRow } from "@hookclock/core";
import type { TaskListQuery } from "@hookclock/engine";
import { expect, test } from "vitest";
import { aTask, finished, freshPlace, readAll, type StoresUnderTest, T0 } from "./rows.ts";

const END = T0 / 1_000;
/** A finished task whose time is up at T0, and not a millisecond before. */
const ended = (namespace: string, id: string): TaskRow => ({
  ...finished(aTask({ namespace, id })),
  ...{ keepSeconds: 60, ttl: END },
});
/** A new row of the same key, made at an instant. */
const anew = (row: TaskRow, at: number): TaskRow =>
  aTask({ namespace: row.namespace, id: row.id, kind: "new", createdAt: at, updatedAt: at });

export function testTaskEnds(stores: () => StoresUnderTest): void {
  testFreedIds(stores);
  testEndsInLists(stores);
}

function testFreedIds(stores: () => StoresUnderTest): void {
  test("an id is free as soon as the time of its row is up, and not before", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const old = ended(namespace, "a");
    await tasks.insert(old);
    expect(await tasks.insert(anew(old, T0 - 1))).toBe("exists");
    expect(await tasks.read(old)).toStrictEqual(old);
    const fresh = anew(old, T0);
    expect(await tasks.insert(fresh)).toBe("inserted");
    expect(await tasks.read(old)).toStrictEqual(fresh);
    // A repeat of it, its answer lost, finds itself; somebody else finds it taken, however late.
    expect(await tasks.insert(fresh)).toBe("inserted");
    expect(await tasks.insert(anew(old, T0 + 1_000))).toBe("exists");
    expect(await tasks.save({ before: old, after: { ...old, rev: old.rev + 1 } })).toBe("conflict");
  });

  test("insertMany answers so by position", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const old = Array.from({ length: 30 }, (_, index) => ended(namespace, `t-${index}`));
    const kept = finished(aTask({ namespace, id: "kept" }));
    await tasks.insertMany([...old, kept].map((row) => ({ row, fresh: true })));
    const rows = [
      ...old.map((row, index) => anew(row, index % 3 === 0 ? T0 - 1 : T0 + 5_000)),
      anew(kept, T0 + 5_000),
      anew(ended(namespace, "unknown"), T0),
    ];
    const results = await tasks.insertMany(rows.map((row) => ({ row, fresh: false })));
    const wanted = rows.map((_, index) =>
      index === 30 || (index < 30 && index % 3 === 0) ? "exists" : "inserted",
    );
    expect(results).toStrictEqual(wanted);
    const there = await tasks.readMany(rows);
    for (const [index, result] of results.entries())
      expect(there[index]).toStrictEqual(result === "inserted" ? rows[index] : [...old, kept][index]);
  });

  test("of 30 that want the id of such a row at once, one gets it", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const old = ended(namespace, "one");
    await tasks.insert(old);
    const rows = Array.from({ length: 30 }, (_, index) => ({ ...anew(old, T0 + index), kind: `k-${index}` }));
    const single = rows.slice(0, 15).map((row) => tasks.insert(row));
    const [batch, ...singles] = await Promise.all([
      tasks.insertMany(rows.slice(15).map((row) => ({ row, fresh: false }))),
      ...single,
    ]);
    const results = [...singles, ...batch];
    expect(results.filter((result) => result === "inserted")).toHaveLength(1);
    expect(results.filter((result) => result === "exists")).toHaveLength(29);
    expect(await tasks.read(old)).toStrictEqual(rows[results.indexOf("inserted")]);
  });

  test("a row that was brought back has no end any more: its id is taken", async () => {
    const { tasks } = stores();
    const { namespace, shard } = freshPlace();
    const old = { ...ended(namespace, "a"), shard };
    await tasks.insert(old);
    const { ttl: _, ...rest } = old;
    const back: TaskRow = { ...rest, rev: old.rev + 1, status: "ACTIVE", dueAt: T0 };
    expect(await tasks.save({ before: old, after: back })).toBe("saved");
    expect(await tasks.insert(anew(old, T0 + 10_000))).toBe("exists");
    expect(await tasks.read(old)).toStrictEqual(back);
  });
}

function testEndsInLists(stores: () => StoresUnderTest): void {
  test("no list shows a row whose time is up, and pages are filled all the same", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const rows = Array.from({ length: 24 }, (_, index) => {
      const row = { ...finished(aTask({ namespace, id: `t-${String(index).padStart(2, "0")}` })) };
      row.scheduledAt = T0 + index;
      if (index % 2 === 0) row.status = "FAILED";
      return index % 4 < 2 ? { ...row, keepSeconds: 60, ttl: END } : row;
    });
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    const kept = rows.filter(({ ttl }) => ttl === undefined);
    const listed = (query: Partial<TaskListQuery>): Promise<TaskRow[]> =>
      readAll(async (after: TaskListQuery["after"]) => {
        const base = { namespace, descending: false, limit: 5, now: T0, ...query };
        return tasks.list({ ...base, ...(after ? { after } : {}) });
      });
    expect(await listed({ now: T0 - 1 })).toStrictEqual(rows);
    expect(await listed({})).toStrictEqual(kept);
    expect(await listed({ descending: true })).toStrictEqual([...kept].reverse());
    expect(await listed({ idPrefix: "t-" })).toStrictEqual(kept);
    for (const status of ["FAILED", "DONE"] as const)
      expect(await listed({ status })).toStrictEqual(kept.filter((row) => row.status === status));
    const { rows: first } = await tasks.list({ namespace, descending: false, limit: 5, now: T0 });
    expect(first).toStrictEqual(kept.slice(0, 5));
  });

  test("a crowd of rows whose time is up does not keep the few behind it from a small page", async () => {
    const { tasks } = stores();
    const { namespace } = freshPlace();
    const rows = Array.from({ length: 203 }, (_, index): TaskRow => {
      const place = { namespace, id: `t-${String(index).padStart(3, "0")}` };
      const row = index < 200 ? ended(namespace, place.id) : finished(aTask(place));
      return { ...row, scheduledAt: T0 + index };
    });
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    for (const filter of [{}, { idPrefix: "t-" }]) {
      const page = await tasks.list({ namespace, descending: false, limit: 3, now: T0, ...filter });
      expect(page.rows).toStrictEqual(rows.slice(200));
    }
  });
}
