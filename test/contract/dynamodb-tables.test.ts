// Making tables, telling what is wrong with those that are there, and growing the number of shards.
import { CreateTableCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { createStores } from "@hookclock/store-dynamodb";
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localClient } from "./open-stores.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

const NOW = 1_900_000_000_000;
let pairs = 0;
function pair(shards = 8) {
  pairs += 1;
  const names = { tasksTableName: `pair-${pairs}-tasks`, logsTableName: `pair-${pairs}-logs` };
  const open = () => createStores({ endpoint: database.endpoint, shards, ...names });
  return { ...names, open, ...open() };
}

test("several processes make the same tables at once, and again later", async () => {
  const { open, tables } = pair();
  await Promise.all(Array.from({ length: 5 }, () => open().tables.ensure({ create: true })));
  await tables.ensure({ create: true });
  await tables.ensure({ create: false });
  expect(await tables.check()).toStrictEqual([]);
});

test("missing tables are named, and not made unless asked for", async () => {
  const { tables, tasksTableName, logsTableName } = pair();
  expect(await tables.check()).toStrictEqual([
    { table: tasksTableName, problem: "does not exist" },
    { table: logsTableName, problem: "does not exist" },
  ]);
  const message = expect.stringMatching(`${tasksTableName}.*${logsTableName}`);
  await expect(tables.ensure({ create: false })).rejects.toMatchObject({ code: "table-missing", message });
  expect(await tables.check()).toHaveLength(2);
});

test("tables of another make are named part by part and never used", async () => {
  const { tables, tasksTableName, logsTableName } = pair();
  const client = localClient(database.endpoint);
  const index = (IndexName: string, partition: string, sort: string) => ({
    IndexName,
    KeySchema: [
      { AttributeName: partition, KeyType: "HASH" as const },
      { AttributeName: sort, KeyType: "RANGE" as const },
    ],
    Projection: { ProjectionType: "KEYS_ONLY" as const },
  });
  const attributes = (fields: Record<string, "S" | "N">) =>
    Object.entries(fields).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
  await client.send(
    new CreateTableCommand({
      TableName: tasksTableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: index("", "namespace", "id").KeySchema,
      AttributeDefinitions: attributes({ namespace: "S", id: "S", status: "S", dueShard: "S", dueAt: "N" }),
      GlobalSecondaryIndexes: [
        index("status-date", "status", "id"),
        index("due", "dueShard", "dueAt"),
        index("by-time", "status", "dueAt"),
      ],
    }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: logsTableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: index("", "namespace", "id").KeySchema,
      AttributeDefinitions: attributes({ namespace: "S", id: "S" }),
    }),
  );
  const table = tasksTableName;
  expect(await tables.check()).toStrictEqual([
    { table, index: "due", problem: "does not include lane" },
    {
      table,
      index: "by-time",
      problem: "has the key status (S) + dueAt (N), expected namespace (S) + scheduledAt (N)",
    },
    { table, index: "by-status", problem: "is missing, expected the key statusKey (S) + scheduledAt (N)" },
    { table: logsTableName, problem: "has the key namespace (S) + id (S), expected pk (S) + sk (S)" },
  ]);
  const message = expect.stringContaining('index "by-status" is missing');
  for (const create of [true, false]) {
    await expect(tables.ensure({ create })).rejects.toMatchObject({ code: "table-mismatch", message });
  }
});

test("new shards are read at once and written to only when every reader knows them", async () => {
  const { tables, leases, open } = pair(4);
  await tables.ensure({ create: true });
  const other = open().leases;
  expect(await other.shardCounts(NOW)).toStrictEqual({ read: 4, write: 4 });
  await tables.growShards(16, NOW);
  expect(await leases.shardCounts(NOW)).toStrictEqual({ read: 16, write: 4 });
  // A reader may go on with what it knew, but not for as long as writers wait.
  expect(await other.shardCounts(NOW + 29_999)).toStrictEqual({ read: 4, write: 4 });
  expect(await other.shardCounts(NOW + 30_000)).toStrictEqual({ read: 16, write: 4 });
  expect(await other.shardCounts(NOW + 119_999)).toStrictEqual({ read: 16, write: 4 });
  expect(await other.shardCounts(NOW + 120_000)).toStrictEqual({ read: 16, write: 16 });
  // Growing again before the first growth is written to keeps the writers where they are.
  await tables.growShards(20, NOW + 60_000);
  expect(await leases.shardCounts(NOW + 60_000)).toStrictEqual({ read: 20, write: 4 });
  // A clock that went back does not keep an old count alive.
  expect(await other.shardCounts(NOW)).toStrictEqual({ read: 20, write: 4 });
});

test("shards never become fewer, nor more than the product allows", async () => {
  const { tables, leases } = pair(4);
  await tables.ensure({ create: true });
  for (const shards of [4, 3, 0, -1, 4.5, 257, Number.NaN]) {
    await expect(tables.growShards(shards, NOW)).rejects.toMatchObject({
      code: "invalid-input",
      field: "shards",
    });
  }
  expect(await leases.shardCounts(NOW)).toStrictEqual({ read: 4, write: 4 });
  expect(() => pair(0)).toThrowError(/allowed: a whole number from 1/);
  expect(() => pair(257)).toThrowError(/257/);
});

test("the count of shards belongs to the table: a later start with another one does not change it", async () => {
  const { tables, tasksTableName, logsTableName } = pair(4);
  await tables.ensure({ create: true });
  const later = createStores({ endpoint: database.endpoint, shards: 32, tasksTableName, logsTableName });
  await later.tables.ensure({ create: true });
  expect(await later.leases.shardCounts(NOW)).toStrictEqual({ read: 4, write: 4 });
});

test("a table of a later format is refused", async () => {
  const { tables, leases, tasksTableName, open } = pair();
  await tables.ensure({ create: true });
  await localClient(database.endpoint).send(
    new UpdateItemCommand({
      TableName: tasksTableName,
      Key: { namespace: { S: "#hookclock" }, id: { S: "meta" } },
      UpdateExpression: "SET version = :next",
      ExpressionAttributeValues: { ":next": { N: "2" } },
    }),
  );
  await expect(leases.shardCounts(NOW)).rejects.toMatchObject({ code: "table-mismatch" });
  await expect(open().tables.ensure({ create: true })).rejects.toMatchObject({ code: "table-mismatch" });
});

test("capacity is reported with its index part, when asked for", async () => {
  const { tasksTableName, logsTableName } = pair();
  const used: { operation: string; table: string }[] = [];
  const stores = createStores({
    endpoint: database.endpoint,
    tasksTableName,
    logsTableName,
    onCapacity: (capacity) => used.push(capacity),
  });
  await stores.tables.ensure({ create: true });
  used.length = 0;
  await stores.tasks.read({ namespace: "n", id: "i" });
  expect(used).toMatchObject([{ operation: "GetItem", table: tasksTableName }]);
  stores.close();
});
