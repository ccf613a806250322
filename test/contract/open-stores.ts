// Stores over a local database, as the suites want them.
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { createStores, type Stores, type StoresOptions } from "@hookclock/store-dynamodb";
import type { StoresUnderTest } from "@hookclock/testkit/contract";

let opened = 0;

export type OpenedStores = Stores &
  StoresUnderTest & { client: DynamoDBClient; tasksTableName: string; logsTableName: string };

export const localClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

/** New tables of their own, ready for use. */
export async function openStores(
  endpoint: string,
  options: Partial<StoresOptions> = {},
): Promise<OpenedStores> {
  opened += 1;
  const tasksTableName = `tasks-${opened}`;
  const logsTableName = `logs-${opened}`;
  const client = options.client ?? localClient(endpoint);
  const stores = createStores({ tasksTableName, logsTableName, client, ...options });
  await stores.tables.ensure({ create: true });
  return {
    ...stores,
    client,
    tasksTableName,
    logsTableName,
    async corrupt({ namespace, id }) {
      const command = new UpdateItemCommand({
        TableName: tasksTableName,
        Key: { namespace: { S: namespace }, id: { S: id } },
        UpdateExpression: "SET #repeat = :nonsense",
        ExpressionAttributeNames: { "#repeat": "repeat" },
        ExpressionAttributeValues: { ":nonsense": { S: '{"interval": ' } },
      });
      await client.send(command);
    },
  };
}
