// The state table as the library opens it.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createFakeClock, type LocalDatabase, startDynalite } from "@hookclock/testkit";
import { createState, type StateOptions } from "hookclock";
import { afterAll, beforeAll, expect, test } from "vitest";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

let tables = 0;
const freshTable = (): string => {
  tables += 1;
  return `state-of-library-${tables}`;
};

test("the first call makes the table, and the next ones use it", async () => {
  const stateTableName = freshTable();
  const open = () => createState({ endpoint: database.endpoint, stateTableName, createTable: true });
  const states = [open(), open(), open()];
  const key = { pk: "app/consumer", sk: "a" };
  await Promise.all(states.map(({ documents }, n) => documents.insert({ ...key, data: { n } }, 0)));
  const [first] = states;
  expect(await first?.documents.get(key, 0)).toMatchObject({ rev: 1 });
  expect((await first?.documents.list({ pk: key.pk, limit: 5 }, 0))?.documents).toHaveLength(1);
  expect(await first?.checkTable()).toStrictEqual([]);
  for (const state of states) await state.close();
});

test("a missing table is named, not made unless asked for, and looked for again later", async () => {
  const stateTableName = freshTable();
  const state = createState({ endpoint: database.endpoint, stateTableName });
  const key = { pk: "app/consumer", sk: "a" };
  const { documents } = state;
  const document = { ...key, data: {} };
  for (const call of [
    () => state.ready(),
    () => documents.get(key, 0),
    () => documents.getMany([key], 0),
    () => documents.insert(document, 0),
    () => documents.save({ before: { ...document, rev: 1 }, after: document }),
    () => documents.putMany([document]),
    () => documents.add(key, "n", 1),
    () => documents.remove(key),
    () => documents.removeMany([key]),
    () => documents.list({ pk: key.pk, limit: 1 }, 0),
  ])
    await expect(call()).rejects.toMatchObject({ code: "table-missing" });
  expect(await state.checkTable()).toStrictEqual([{ table: stateTableName, problem: "does not exist" }]);
  const maker = createState({ endpoint: database.endpoint, stateTableName, createTable: true });
  await maker.ready();
  expect(await documents.insert(document, 0)).toBe("inserted");
  await Promise.all([state.close(), maker.close()]);
});

test("its clock is the one that was given, or follows the database's", async () => {
  const clock = createFakeClock();
  const given = createState({ endpoint: database.endpoint, stateTableName: freshTable() }, { clock });
  expect(given.clock).toBe(clock);
  // A computer whose clock is an hour behind; the database's answers say so.
  const late = { ...clock, now: () => Date.now() - 3_600_000, sleep: async () => {} };
  const options = { endpoint: database.endpoint, stateTableName: freshTable(), createTable: true };
  const corrected = createState(options, { clock: late, databaseTime: true });
  await corrected.ready();
  expect(corrected.clock.now() - Date.now()).toBeGreaterThan(-60_000);
  await Promise.all([given.close(), corrected.close()]);
});

test("a client that was handed in stays open", async () => {
  const client = new DynamoDBClient({
    ...{ endpoint: database.endpoint, region: "us-east-1" },
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const options = { client, stateTableName: freshTable(), createTable: true };
  await createState(options).close();
  const again = createState(options);
  await again.ready();
  await again.close();
  expect(await again.checkTable()).toStrictEqual([]);
  client.destroy();
});

test.each<[string, Record<string, unknown>, string, string]>([
  ["a table name DynamoDB refuses", { stateTableName: "a b" }, "invalid-input", "stateTableName"],
  ["one key without the other", { accessKeyId: "a" }, "invalid-input", "secretAccessKey"],
  ["an endpoint that is no URL", { endpoint: "ftp://x" }, "invalid-input", "endpoint"],
  ["a client beside an endpoint", { client: { send() {} }, region: "x" }, "invalid-input", "client"],
  ["an unknown option", { tableName: "x" }, "unknown-option", "tableName"],
])("%s is refused", (_what, options, code, field) => {
  expect(() => createState(options as StateOptions)).toThrow(expect.objectContaining({ code, field }));
});
