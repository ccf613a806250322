// What it takes to give the id of a task whose time is up to a new one: nothing for all others, and no race is lost.
import type { TaskRow } from "@hookclock/core";
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { aTask, finished, freshPlace, T0 } from "@hookclock/testkit/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStores } from "./open-stores.ts";
import { scriptedClient } from "./scripted-client.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

const open = async () => {
  const script = scriptedClient(database.endpoint);
  const { tasks } = await openStores(database.endpoint, { client: script.client, statements: false });
  script.sent.length = 0;
  const spent = () => script.sent.splice(0);
  return { tasks, script, spent, ...freshPlace() };
};
const ended = (namespace: string): TaskRow => ({
  ...finished(aTask({ namespace, id: "a" })),
  ...{ keepSeconds: 60, ttl: T0 / 1_000 },
});
const anew = (namespace: string, kind = "new"): TaskRow =>
  aTask({ namespace, id: "a", kind, createdAt: T0, updatedAt: T0 });

test("a task without an end costs what it always did: one write, and one read where its id is taken", async () => {
  const { tasks, spent, namespace, shard } = await open();
  const row = aTask({ namespace, id: "a", shard });
  await tasks.insert(row);
  expect(spent()).toEqual(["PutItem"]);
  expect(await tasks.insert(anew(namespace))).toBe("exists");
  expect(spent()).toEqual(["PutItem", "GetItem"]);
  const after = finished(row);
  await tasks.save({ before: row, after });
  expect(spent()).toEqual(["UpdateItem"]);
  expect(await tasks.insertMany([{ row: anew(namespace), fresh: false }])).toEqual(["exists"]);
  expect(spent()).toEqual(["PutItem", "GetItem"]);
});

test("the place of a row whose time is up costs one more write; lost answers make no second task", async () => {
  const { tasks, script, spent, namespace } = await open();
  await tasks.insert(ended(namespace));
  spent();
  script.loseAnswer("PutItem");
  const row = anew(namespace);
  expect(await tasks.insert(row)).toBe("inserted");
  expect(await tasks.read(row)).toEqual(row);
  const other = await open();
  const old = ended(other.namespace);
  await other.tasks.insert(old);
  other.spent();
  expect(await other.tasks.insert(anew(other.namespace))).toBe("inserted");
  expect(other.spent()).toEqual(["PutItem", "GetItem", "PutItem"]);
});

test("the answer of the write that takes the place may be lost", async () => {
  const { tasks, script, namespace } = await open();
  await tasks.insert(ended(namespace));
  script.intercept(async (operation, input, send) => {
    // From here on it is the second write whose answer is lost.
    if (operation === "GetItem") script.loseAnswer("PutItem");
    return send(input);
  });
  const row = anew(namespace);
  expect(await tasks.insert(row)).toBe("inserted");
  expect(await tasks.read(row)).toEqual(row);
});

test("a row that is brought back, or replaced, between the look and the write stays", async () => {
  const back: (old: TaskRow) => TaskRow = ({ ttl: _, ...old }) => ({
    ...old,
    ...{ rev: old.rev + 1, status: "ACTIVE", dueAt: T0 },
  });
  for (const what of ["brought back", "replaced", "deleted"] as const) {
    const { tasks, script, namespace } = await open();
    const old = ended(namespace);
    const other = anew(namespace, "other");
    await tasks.insert(old);
    let isLookedAt = false;
    script.intercept(async (operation, input, send) => {
      const answer = await send(input);
      if (operation !== "GetItem" || isLookedAt) return answer;
      isLookedAt = true;
      if (what === "brought back") await tasks.save({ before: old, after: back(old) });
      if (what === "replaced") await tasks.insert(other);
      if (what === "deleted") await tasks.remove(old);
      return answer;
    });
    const row = anew(namespace);
    expect(await tasks.insert(row), what).toBe(what === "deleted" ? "inserted" : "exists");
    const there = { "brought back": back(old), replaced: other, deleted: row }[what];
    expect(await tasks.read(row), what).toEqual(there);
  }
});
