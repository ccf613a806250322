// The questions asked of the tasks table, each answered by one index. Never a scan; never an unbounded read.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { isOver, type TaskRow } from "@hookclock/core";
import type { DueKey, Page, TaskCursor, TaskListQuery, TaskStore } from "@hookclock/engine";
import { type Item, toAttribute, toAttributes } from "./attributes.ts";
import { INDEX, INDEXED_STATUSES, statusKey } from "./keys.ts";
import { fillPage } from "./paging.ts";
import { decodeTask, isUnreadable, rowIdOf, salvage } from "./task-codec.ts";
import type { TaskTable } from "./task-writes.ts";

type DueQuery = Parameters<TaskStore["findDue"]>[0];

const PAGE_ROWS = 100;
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Due keys of one shard between two instants. The index holds nothing but what waits for its time. */
export async function findDue({ database, table }: TaskTable, query: DueQuery) {
  const { namespace, limit, from: dueFrom } = query;
  // DynamoDB refuses a range whose end is before its start; nothing is due there.
  if (dueFrom !== undefined && dueFrom > query.upTo) return { keys: [], after: null };
  const values: Record<string, AttributeValue> = {
    ":shard": toAttribute(String(query.shard)),
    ":upTo": toAttribute(query.upTo),
  };
  if (namespace !== undefined) values[":namespace"] = toAttribute(namespace);
  if (dueFrom !== undefined) values[":from"] = toAttribute(dueFrom);
  const range = dueFrom === undefined ? "dueAt <= :upTo" : "dueAt BETWEEN :from AND :upTo";
  const from = query.after === undefined ? undefined : dueStart(query.after, query.shard);
  const { rows, next } = await fillPage<DueKey>(limit, from, async (start, missing) => {
    const { items, last } = await database.query({
      TableName: table,
      IndexName: INDEX.due,
      KeyConditionExpression: `dueShard = :shard AND ${range}`,
      ExpressionAttributeValues: values,
      ScanIndexForward: query.newestFirst !== true,
      // A filter drops rows after they were counted: larger pages then find more per request.
      Limit: namespace === undefined ? missing : Math.max(missing, PAGE_ROWS),
      ...(namespace === undefined ? {} : NAMESPACE_FILTER),
      ...startFrom(start),
    });
    return { candidates: items.map((item) => ({ position: item, row: toDueKey(item) })), last };
  });
  return { keys: rows, after: next === null ? null : toDueKey(next) };
}

const NAMESPACE_FILTER = {
  FilterExpression: "#namespace = :namespace",
  ExpressionAttributeNames: { "#namespace": "namespace" },
};
const startFrom = (start: Item | undefined) =>
  start === undefined ? {} : { ExclusiveStartKey: toAttributes(start) };

const dueStart = (after: DueKey, shard: number): Item => ({
  dueShard: String(shard),
  dueAt: after.dueAt,
  namespace: after.namespace,
  id: after.id,
});

function toDueKey(item: Item): DueKey {
  const key: DueKey = {
    namespace: textOf(item["namespace"]),
    id: textOf(item["id"]),
    dueAt: numberOf(item["dueAt"]),
  };
  if (typeof item["lane"] === "string") key.lane = item["lane"];
  return key;
}

/** One page of a namespace: by id when a prefix is given, by planned time otherwise. */
export function listTasks(tasks: TaskTable, query: TaskListQuery): Promise<Page<TaskRow, TaskCursor>> {
  return query.idPrefix === undefined ? listByTime(tasks, query) : listById(tasks, query, query.idPrefix);
}

/** From the table itself: consistent, and a prefix reads no more than what it matches. */
async function listById(
  { database, table }: TaskTable,
  query: TaskListQuery,
  prefix: string,
): Promise<Page<TaskRow, TaskCursor>> {
  const values: Record<string, AttributeValue> = { ":namespace": toAttribute(query.namespace) };
  // An empty prefix matches every id, and DynamoDB takes no empty text in a key condition.
  if (prefix !== "") values[":prefix"] = toAttribute(prefix);
  const { after } = query;
  return collect(query, after && { namespace: after.namespace, id: after.id }, async (start, count) => {
    const { items, last } = await database.query({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: `namespace = :namespace${prefix === "" ? "" : " AND begins_with(id, :prefix)"}`,
      ExpressionAttributeValues: values,
      ScanIndexForward: !query.descending,
      Limit: count,
      ...startFrom(start),
    });
    return { positions: items, rows: items, last };
  });
}

/** From the index by planned time, or by status where that is kept; the rows themselves are read consistently. */
async function listByTime({ database, table }: TaskTable, query: TaskListQuery) {
  // DynamoDB refuses a range whose end is before its start; nobody is planned there.
  if (query.from !== undefined && query.to !== undefined && query.from > query.to)
    return { rows: [], next: null };
  const status = INDEXED_STATUSES.find((one) => one === query.status);
  const { index, partition, value } =
    status === undefined
      ? { index: INDEX.byTime, partition: "namespace", value: query.namespace }
      : { index: INDEX.byStatus, partition: "statusKey", value: statusKey(query.namespace, status) };
  const values: Record<string, AttributeValue> = { ":partition": toAttribute(value) };
  const bounds = boundsOf(query, values);
  const { after } = query;
  const from: Item | undefined = after && {
    namespace: after.namespace,
    id: after.id,
    scheduledAt: after.scheduledAt ?? 0,
    [partition]: value,
  };
  return collect(query, from, async (start, count) => {
    const { items, last } = await database.query({
      TableName: table,
      IndexName: index,
      KeyConditionExpression: `${partition} = :partition${bounds}`,
      ExpressionAttributeValues: values,
      ScanIndexForward: !query.descending,
      Limit: count,
      ...startFrom(start),
    });
    const keys = items.map((item): Item => ({ namespace: item["namespace"] ?? "", id: item["id"] ?? "" }));
    return { positions: items, rows: await database.getMany(table, keys, rowIdOf), last };
  });
}

/** Rows of the first page: without a filter no more than asked for. */
const pageRows = ({ status, from, to, limit }: TaskListQuery): number =>
  status === undefined && from === undefined && to === undefined ? Math.min(limit, PAGE_ROWS) : PAGE_ROWS;

function boundsOf({ from, to }: TaskListQuery, values: Record<string, AttributeValue>): string {
  if (from !== undefined) values[":from"] = toAttribute(from);
  if (to !== undefined) values[":to"] = toAttribute(to);
  if (from !== undefined && to !== undefined) return " AND scheduledAt BETWEEN :from AND :to";
  if (from !== undefined) return " AND scheduledAt >= :from";
  return to === undefined ? "" : " AND scheduledAt <= :to";
}

/** Fills a page of tasks: every row is checked again, the index may be behind it. */
async function collect(
  query: TaskListQuery,
  from: Item | undefined,
  readPage: (
    start: Item | undefined,
    count: number,
  ) => Promise<{ positions: Item[]; rows: (Item | null)[]; last: Item | null }>,
): Promise<Page<TaskRow, TaskCursor>> {
  let count = pageRows(query);
  const { rows, next } = await fillPage<TaskRow>(query.limit, from, async (start) => {
    const { positions, rows: found, last } = await readPage(start, count);
    // Rows whose time is up may stand there by the thousand: whoever asks for few must not go past them few by few.
    count = Math.min(count * 2, PAGE_ROWS);
    const candidates = positions.map((position, index) => {
      const item = found[index] ?? null;
      const row = item === null ? null : readable(item);
      return { position, row: row !== null && matches(row, query) ? row : null };
    });
    return { candidates, last };
  });
  return { rows, next: next === null ? null : cursorAt(next, query) };
}

/** In lists a row that cannot be read is shown as what it will be set aside as, instead of being hidden. */
function readable(item: Item): TaskRow {
  const row = decodeTask(item);
  return isUnreadable(row) ? salvage(item) : row;
}

const matches = (row: TaskRow, { status, from, to, now }: TaskListQuery): boolean =>
  !isOver(row, now) &&
  (status === undefined || row.status === status) &&
  (from === undefined || row.scheduledAt >= from) &&
  (to === undefined || row.scheduledAt <= to);

function cursorAt(item: Item, query: TaskListQuery): TaskCursor {
  const cursor: TaskCursor = { namespace: query.namespace, id: textOf(item["id"]) };
  if (query.idPrefix === undefined) cursor.scheduledAt = numberOf(item["scheduledAt"]);
  return cursor;
}
