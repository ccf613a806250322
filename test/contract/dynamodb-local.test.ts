import { DescribeTimeToLiveCommand, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import {
  type LocalDatabase,
  loudSkip,
  missingForDynamoDbLocal,
  startDynamoDbLocal,
} from "@hookclock/testkit";
import {
  aTask,
  describeLeaseStore,
  describeLogStore,
  describeTaskStore,
  finished,
  freshPlace,
} from "@hookclock/testkit/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStores } from "./open-stores.ts";
import { scriptedClient } from "./scripted-client.ts";

// On a laptop without Java the rest of the suite is worth running; where it is the gate, nothing is left out.
const describeHere = loudSkip<typeof describe.skip>(describe, await missingForDynamoDbLocal());

describeHere("stores on DynamoDB Local", () => {
  let database: LocalDatabase;
  beforeAll(async () => {
    database = await startDynamoDbLocal();
  });
  afterAll(() => database?.stop());

  const open = () => openStores(database.endpoint);
  describeTaskStore("DynamoDB Local", open);
  describeLogStore("DynamoDB Local", open);
  describeLeaseStore("DynamoDB Local", open);

  test("tasks and logs expire by their ttl attribute, and making the tables again leaves that as it is", async () => {
    const { tables, client, tasksTableName, logsTableName } = await open();
    await tables.ensure({ create: true });
    for (const TableName of [tasksTableName, logsTableName]) {
      const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
      expect(TimeToLiveDescription).toMatchObject({ AttributeName: "ttl", TimeToLiveStatus: "ENABLED" });
    }
  });

  test("a table made before tasks had an end gets its TTL when tables are made again", async () => {
    const { tables, client, tasksTableName: TableName } = await open();
    const off = { TableName, TimeToLiveSpecification: { Enabled: false, AttributeName: "ttl" } };
    await client.send(new UpdateTimeToLiveCommand(off));
    await tables.ensure({ create: true });
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: "ttl", TimeToLiveStatus: "ENABLED" });
  });

  test("25 changes are saved with one request", async () => {
    const script = scriptedClient(database.endpoint);
    const { tasks } = await openStores(database.endpoint, { client: script.client });
    const { namespace } = freshPlace();
    const rows = Array.from({ length: 25 }, (_, index) => aTask({ namespace, id: `t-${index}` }));
    await tasks.insertMany(rows.map((row) => ({ row, fresh: true })));
    script.sent.length = 0;
    script.loseAnswer("BatchExecuteStatement");
    const results = await tasks.saveMany(rows.map((before) => ({ before, after: finished(before) })));
    expect(new Set(results)).toStrictEqual(new Set(["saved"]));
    // Sent twice because its answer was lost; the rows then tell by their marks that it was done.
    const batches = script.sent.filter((operation) => operation === "BatchExecuteStatement");
    expect(batches).toHaveLength(2);
    expect(script.sent.filter((operation) => operation === "UpdateItem")).toHaveLength(0);
  });
});
