// Execution logs of one task, from its own partition.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { type LogRow, logIdOf } from "@hookclock/core";
import type { LogCursor, LogListQuery, Page } from "@hookclock/engine";
import { type Item, toAttribute, toAttributes } from "./attributes.ts";
import type { Database } from "./database.ts";
import { taskLogsPartition } from "./keys.ts";
import { decodeLog } from "./log-codec.ts";
import { fillPage } from "./paging.ts";

export type LogTable = { database: Database; table: string };

const PAGE_ROWS = 100;

/** Logs of one task, in the order of occurrence and attempt. */
export async function listTaskLogs(
  { database, table }: LogTable,
  query: LogListQuery,
  taskId: string,
): Promise<Page<LogRow, LogCursor>> {
  const pk = taskLogsPartition(query.namespace, taskId);
  const values: Record<string, AttributeValue> = {
    ":pk": toAttribute(pk),
    ":ttl": toAttribute(expiryBound(query.now)),
  };
  const filters = ["#ttl >= :ttl"];
  const names: Record<string, string> = { "#ttl": "ttl" };
  const filter = (name: string, sign: string, key: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    names[`#${name}`] = name;
    values[`:${key}`] = toAttribute(value);
    filters.push(`#${name} ${sign} :${key}`);
  };
  filter("status", "=", "status", query.status);
  filter("createdAt", ">=", "from", query.from);
  filter("createdAt", "<=", "to", query.to);

  const from = query.after === undefined ? undefined : { pk, sk: query.after.position };
  const { rows, next } = await fillPage<LogRow>(query.limit, from, async (start, missing) => {
    const { items, last } = await database.query({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      FilterExpression: filters.join(" AND "),
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ScanIndexForward: !query.descending,
      Limit: filters.length === 1 ? Math.min(missing, PAGE_ROWS) : PAGE_ROWS,
      ...(start === undefined ? {} : { ExclusiveStartKey: toAttributes({ pk, sk: start["sk"] ?? "" }) }),
    });
    const wanted = (row: LogRow | null) =>
      row !== null && (query.idPrefix === undefined || logIdOf(row).startsWith(query.idPrefix)) ? row : null;
    return { candidates: items.map((item) => ({ position: item, row: wanted(decodeLog(item)) })), last };
  });
  return { rows, next: next === null ? null : taskLogCursor(query, next) };
}

const taskLogCursor = ({ namespace }: LogListQuery, item: Item): LogCursor => ({
  namespace,
  createdAt: typeof item["createdAt"] === "number" ? item["createdAt"] : 0,
  position: String(item["sk"]),
});

/** TTL is in whole seconds: the first one that is not before `now`. */
export const expiryBound = (now: number): number => Math.ceil(now / 1_000);
