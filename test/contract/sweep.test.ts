// Deleting what is over where the database does not do it by itself: all tables, page by page, and nothing else.
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import type { TaskRow } from "@hookclock/core";
import { createDocumentStore, createSweep, type Sweep } from "@hookclock/store-dynamodb";
import { createFakeClock, type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { aDocument, aLog, aTask, finished, freshPlace, T0 } from "@hookclock/testkit/contract";
import { createApiState } from "hookclock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localClient, openStores } from "./open-stores.ts";
import { scriptedClient } from "./scripted-client.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

const END = T0 / 1_000;
/** A second and a bit later: by then whatever ended at T0 is over for everybody. */
const NOW = T0 + 1_500;

let opened = 0;
async function open(options: { pageRows?: number } = {}) {
  opened += 1;
  const { endpoint } = database;
  const stores = await openStores(endpoint);
  const { tasksTableName, logsTableName } = stores;
  const tables = {
    ...{ tasksTableName, logsTableName },
    ...{ apiTableName: `swept-api-${opened}`, stateTableName: `swept-state-${opened}` },
  };
  const script = scriptedClient(endpoint);
  const sweep = createSweep({ ...tables, client: script.client, ...options });
  return { ...stores, ...tables, script, sweep, ...freshPlace() };
}

const ended = (namespace: string, id: string, ttl = END): TaskRow => ({
  ...finished(aTask({ namespace, id })),
  ...{ keepSeconds: 60, ttl },
});

async function keysIn(table: string): Promise<string[]> {
  const client = localClient(database.endpoint);
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
  client.destroy();
  return Items.map((item) => item["id"]?.S ?? item["sk"]?.S ?? "").sort();
}

/** Steps of one round, and what they deleted. */
async function round(sweep: Sweep, now = NOW): Promise<{ steps: number; deleted: number }> {
  let deleted = 0;
  for (let steps = 1; steps < 1_000; steps += 1) {
    const step = await sweep.step(now);
    deleted += step.deleted;
    if (step.isRoundOver) return { steps, deleted };
  }
  throw new Error("the round does not end");
}

test("of tasks those that are over go, the others and our own bookkeeping stay", async () => {
  const { tasks, sweep, tasksTableName, namespace } = await open();
  const rows = [
    ended(namespace, "over"),
    ended(namespace, "over-for-days", END - 200_000),
    ended(namespace, "later", END + 2),
    finished(aTask({ namespace, id: "for-ever" })),
    aTask({ namespace, id: "waiting", keepSeconds: 1 }),
  ];
  await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
  expect((await round(sweep)).deleted).toBe(2);
  expect(await keysIn(tasksTableName)).toEqual(["for-ever", "later", "meta", "waiting"]);
  expect((await round(sweep)).deleted).toBe(0);
  expect((await round(sweep, NOW + 2_000)).deleted).toBe(1);
});

test("a row is not deleted in the second its time is up in, though readers leave it out", async () => {
  const { tasks, sweep, tasksTableName, namespace } = await open();
  await tasks.insert(ended(namespace, "a"));
  expect((await round(sweep, T0 + 999)).deleted).toBe(0);
  expect(await keysIn(tasksTableName)).toContain("a");
  expect((await round(sweep, T0 + 1_000)).deleted).toBe(1);
});

test("logs, records of the API and documents go by the same step", async () => {
  const { logs, sweep, logsTableName, apiTableName, stateTableName, namespace } = await open();
  const { endpoint } = database;
  const [old, kept] = [
    { ttl: END, createdAt: T0 - 86_400_000 },
    { ttl: END + 3_600, createdAt: T0 },
  ];
  await logs.append([aLog({ namespace, taskId: "a", ...old })]);
  await logs.append([aLog({ namespace, taskId: "b", ...kept })]);
  const clock = createFakeClock(T0 - 86_400_000 - 60_000);
  const api = createApiState({ endpoint, apiTableName, createTable: true }, { clock });
  await api.ready();
  await api.idempotency.begin({ scope: "s", key: "old", fingerprint: "f" });
  clock.jump(86_400_000);
  await api.idempotency.begin({ scope: "s", key: "new", fingerprint: "f" });
  await api.keys.create({ name: "one", namespaces: ["*"], permission: "admin" });
  await api.close();
  const state = createDocumentStore({
    ...{ endpoint, stateTableName, random: Math.random, sleep: async () => {} },
  });
  await state.tables.ensure({ create: true });
  await state.documents.putMany([
    aDocument({ pk: "p", sk: "old" }, { expiresAt: T0 }),
    aDocument({ pk: "p", sk: "new" }, { expiresAt: NOW + 5_000 }),
    aDocument({ pk: "p", sk: "for-ever" }),
  ]);
  const before = [await keysIn(logsTableName), await keysIn(apiTableName)].map((keys) => keys.length);
  // A log and its digest, a record, a document.
  expect((await round(sweep)).deleted).toBe(4);
  const after = [await keysIn(logsTableName), await keysIn(apiTableName)].map((keys) => keys.length);
  expect(after).toEqual([(before[0] ?? 0) - 2, (before[1] ?? 0) - 1]);
  expect(await keysIn(stateTableName)).toEqual(["for-ever", "new"]);
  state.close();
});

test("a step looks at one page, however many rows there are, and every row is looked at in a round", async () => {
  const { tasks, sweep, script, tasksTableName, namespace } = await open({ pageRows: 10 });
  const rows = Array.from({ length: 45 }, (_, index) =>
    index % 3 === 0 ? aTask({ namespace, id: `t-${index}` }) : ended(namespace, `t-${index}`),
  );
  await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
  const limits: unknown[] = [];
  script.intercept((operation, input, send) => {
    if (operation === "Scan") limits.push(input["Limit"]);
    return send(input);
  });
  const first = await sweep.step(NOW);
  expect(first.isRoundOver).toBe(false);
  expect(first.deleted).toBeLessThanOrEqual(10);
  const { deleted } = await round(sweep);
  expect(first.deleted + deleted).toBe(30);
  expect(new Set(limits)).toEqual(new Set([10]));
  expect(await keysIn(tasksTableName)).toHaveLength(15 + 1);
});

test("what is brought back or replaced between the look and the deletion stays", async () => {
  const { tasks, sweep, script, namespace } = await open();
  const [back, replaced] = [ended(namespace, "back"), ended(namespace, "replaced")];
  await tasks.insertMany([back, replaced].map((row) => ({ row, fresh: true })));
  const { ttl: _, ...rest } = back;
  const alive: TaskRow = { ...rest, rev: back.rev + 1, status: "ACTIVE", dueAt: T0 };
  const anew = aTask({ namespace, id: "replaced", createdAt: NOW, updatedAt: NOW });
  script.intercept(async (operation, input, send) => {
    const answer = await send(input);
    if (operation === "Scan" && answer["Count"] === 2) {
      expect(await tasks.save({ before: back, after: alive })).toBe("saved");
      expect(await tasks.insert(anew)).toBe("inserted");
    }
    return answer;
  });
  expect((await round(sweep)).deleted).toBe(0);
  expect(await tasks.readMany([back, replaced])).toEqual([alive, anew]);
});

test("after a failure the same page is looked at again; a table that is missing is passed over", async () => {
  const { tasks, sweep, script, namespace } = await open();
  await tasks.insert(ended(namespace, "a"));
  let isAway = true;
  script.intercept((_operation, input, send) => {
    if (isAway) throw Object.assign(new Error("away"), { name: "InternalServerError" });
    return send(input);
  });
  await expect(sweep.step(NOW)).rejects.toMatchObject({ code: "store-unavailable" });
  isAway = false;
  // Tables of API and state were never made.
  expect(await round(sweep)).toEqual({ steps: 4, deleted: 1 });
});
