// The yardstick: how many single writes a second the same database takes from one process.
import { CreateTableCommand, DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { serve } from "../lib/child.ts";
import { plainClient } from "../lib/counting-client.ts";

const TEXT = "x".repeat(512);
let client = new DynamoDBClient({});
let table = "";
let written = 0;

const write = (key: number) =>
  client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { id: { S: String(key) } },
      UpdateExpression: "SET #text = :text",
      ExpressionAttributeNames: { "#text": "text" },
      ExpressionAttributeValues: { ":text": { S: TEXT } },
    }),
  );

async function writeMany({ writes, concurrency }: { writes: number; concurrency: number }) {
  const last = written + writes;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (written < last) await write(written++);
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startedAt) / 1000;
  return { perSecond: writes / seconds, cpuMsEach: (user + system) / 1000 / writes };
}

const commands = {
  open: async (options: { endpoint: string; table: string }) => {
    client = plainClient(options.endpoint);
    table = options.table;
    await client.send(
      new CreateTableCommand({
        TableName: table,
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    await writeMany({ writes: 500, concurrency: 50 });
  },
  measure: writeMany,
};
export type RawWriterCommands = typeof commands;
serve(commands);
