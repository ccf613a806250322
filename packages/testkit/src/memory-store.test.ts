import { expect, test } from "vitest";
import { aTask, finished, T0 } from "./contract/rows.ts";
import { createMemoryStores } from "./memory-store.ts";

const row = () => aTask({ namespace: "n", id: "a", shard: 0, dueAt: T0 });

test("a failure before leaves nothing, a failure after has done its work", async () => {
  const { tasks, faults, dump } = createMemoryStores();
  faults.failBefore("tasks.insert");
  await expect(tasks.insert(row())).rejects.toMatchObject({ code: "store-unavailable" });
  expect(dump().tasks).toHaveLength(0);
  faults.failAfter("tasks.insert", 1, new Error("lost"));
  const lost = row();
  await expect(tasks.insert(lost)).rejects.toThrowError("lost");
  expect(dump().tasks).toHaveLength(1);
  expect(await tasks.insert(lost)).toBe("inserted");
  expect(faults.calls["tasks.insert"]).toBe(3);
});

test("one row of a batch fails alone", async () => {
  const { tasks, faults } = createMemoryStores();
  const rows = ["a", "b", "c"].map((id) => aTask({ namespace: "n", id }));
  faults.failRow("tasks.insertMany", "a", "before");
  faults.failRow("tasks.insertMany", "b", "after");
  const results = await tasks.insertMany(rows.map((one) => ({ row: one, fresh: true })));
  expect(results).toMatchObject([{ code: "store-unavailable" }, { code: "store-unavailable" }, "inserted"]);
  expect(await tasks.readMany(rows)).toStrictEqual([null, rows[1], rows[2]]);
});

test("a stale due index shows what was, the rows show what is", async () => {
  const { tasks, faults } = createMemoryStores();
  const before = row();
  await tasks.insert(before);
  faults.staleDue(1);
  await tasks.save({ before, after: finished(before) });
  const query = { shard: 0, upTo: T0, limit: 10 };
  expect((await tasks.findDue(query)).keys).toHaveLength(1);
  expect((await tasks.findDue(query)).keys).toHaveLength(0);
});

test("a hook runs ahead of the call until it is taken away; rows are copies", async () => {
  const { tasks, faults } = createMemoryStores();
  const given = row();
  const remove = faults.before("tasks.read", async () => void (await tasks.remove(given)));
  await tasks.insert(given);
  given.kind = "changed later";
  expect(await tasks.read(given)).toBeNull();
  remove();
  const again = row();
  await tasks.insert(again);
  const read = await tasks.read(again);
  if (read) read.kind = "changed later";
  expect(await tasks.read(again)).toMatchObject({ kind: "http" });
});
