// Makes a table full: rows as the library itself writes them, many of them.
import { type AttributeValue, BatchWriteItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { plainClient } from "./counting-client.ts";

const BATCH = 25;
const AT_ONCE = 8;

/** Writes copies of a row of the namespace under ids of their own, straight to the table. */
export async function copyRow(options: {
  endpoint: string;
  table: string;
  namespace: string;
  copies: number;
}) {
  const { endpoint, table, namespace, copies } = options;
  const client = plainClient(endpoint);
  const found = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "#namespace = :namespace",
      ExpressionAttributeNames: { "#namespace": "namespace" },
      ExpressionAttributeValues: { ":namespace": { S: namespace } },
      Limit: 1,
    }),
  );
  const row = found.Items?.[0];
  if (row === undefined) throw new Error(`no row in namespace ${namespace} to copy`);
  let written = 0;
  const writeSome = async (): Promise<void> => {
    while (written < copies) {
      const from = written;
      written += BATCH;
      const ids = Array.from(
        { length: Math.min(BATCH, copies - from) },
        (_, index) => `copy-${from + index}`,
      );
      let open = ids.map((id) => ({ PutRequest: { Item: withId(row, id) } }));
      while (open.length > 0) {
        const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: open } }));
        open = (answer.UnprocessedItems?.[table] ?? []) as typeof open;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writeSome));
  client.destroy();
}

const withId = (row: Record<string, AttributeValue>, id: string): Record<string, AttributeValue> => ({
  ...row,
  id: { S: id },
});
