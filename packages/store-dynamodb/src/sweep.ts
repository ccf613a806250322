// Deletes rows whose time is up, for databases that do not do it by themselves. The one place that scans: a page at a
// time, for a database on one's own machine.
import { type DynamoDBClient, ScanCommand, type ScanCommandInput } from "@aws-sdk/client-dynamodb";
import { fromAttributes, type Item, toAttributes } from "./attributes.ts";
import { type ConnectionOptions, makeClient } from "./client.ts";
import { Database, inParallel } from "./database.ts";
import { isTableMissing, translated } from "./errors.ts";
import { API_SHAPE, LOGS_SHAPE, STATE_SHAPE, TASKS_SHAPE, type TableShape } from "./shapes.ts";

export type SweepOptions = ConnectionOptions & {
  tasksTableName: string;
  logsTableName: string;
  apiTableName: string;
  stateTableName: string;
  /** Rows looked at in one step, at most: 1 to 1,000. Default 100. */
  pageRows?: number | undefined;
  /** A client of one's own; the connection options are then not used, and `close` leaves it open. */
  client?: DynamoDBClient | undefined;
};

export type SweepStep = {
  deleted: number;
  /** True when every table has been gone through: the next step begins anew. */
  isRoundOver: boolean;
};
export type Sweep = {
  /**
   * Looks at one page of one table and deletes what is over at `now` (epoch ms), each row on the condition that it still
   * is. After a failure the next step looks at the same page again; a table that does not exist is passed over.
   */
  step(now: number): Promise<SweepStep>;
  close(): void;
};

const PAGE_ROWS = 100;
const DELETES_AT_ONCE = 4;

type Swept = { table: string; keys: readonly [string, string]; ttl: string };

const sweptOf = (table: string, { partition, sort, ttl }: TableShape): Swept[] =>
  ttl === undefined ? [] : [{ table, keys: [partition.name, sort.name], ttl }];

/** A sweep over all tables, page by page. Nothing is sent before the first step. */
export function createSweep(options: SweepOptions): Sweep {
  const { pageRows = PAGE_ROWS } = options;
  const client = options.client ?? makeClient(options);
  // Batches are not used: nothing is ever waited for.
  const database = new Database(client, { sleep: async () => {}, random: () => 0 });
  const tables = [
    ...sweptOf(options.tasksTableName, TASKS_SHAPE),
    ...sweptOf(options.logsTableName, LOGS_SHAPE),
    ...sweptOf(options.apiTableName, API_SHAPE),
    ...sweptOf(options.stateTableName, STATE_SHAPE),
  ];
  let at = 0;
  let start: Item | null = null;
  return {
    async step(now) {
      const swept = tables[at] as Swept;
      const { deleted, next } = await sweepPage(database, swept, { now, start, pageRows });
      start = next;
      if (next === null) at = (at + 1) % tables.length;
      return { deleted, isRoundOver: next === null && at === 0 };
    },
    close() {
      if (options.client === undefined) client.destroy();
    },
  };
}

type Place = { now: number; start: Item | null; pageRows: number };

async function sweepPage(
  database: Database,
  { table, keys, ttl }: Swept,
  { now, start, pageRows }: Place,
): Promise<{ deleted: number; next: Item | null }> {
  // The second that `now` is in has not passed: what ends with it is left to the next round, whoever reads it how.
  const condition = {
    ExpressionAttributeNames: { "#ttl": ttl },
    ExpressionAttributeValues: toAttributes({ ":now": Math.floor(now / 1_000) }),
  };
  const [partition, sort] = keys;
  const page = await scan(database.client, {
    TableName: table,
    Limit: pageRows,
    FilterExpression: "#ttl < :now",
    ProjectionExpression: "#partition, #sort",
    ...condition,
    ExpressionAttributeNames: { "#ttl": ttl, "#partition": partition, "#sort": sort },
    ...(start === null ? {} : { ExclusiveStartKey: toAttributes(start) }),
  });
  if (page === null) return { deleted: 0, next: null };
  let deleted = 0;
  const remove = async (key: Item): Promise<void> => {
    const input = { TableName: table, Key: toAttributes(key), ConditionExpression: "#ttl < :now" };
    if (await database.deleteIf({ ...input, ...condition })) deleted += 1;
  };
  await inParallel(page.items, remove, DELETES_AT_ONCE);
  return { deleted, next: page.last };
}

/** One page of a table as it lies. Null when there is no such table. */
async function scan(
  client: DynamoDBClient,
  input: ScanCommandInput & { TableName: string },
): Promise<{ items: Item[]; last: Item | null } | null> {
  try {
    const { Items: items = [], LastEvaluatedKey: last } = await client.send(new ScanCommand(input));
    return { items: items.map(fromAttributes), last: last === undefined ? null : fromAttributes(last) };
  } catch (error) {
    if (isTableMissing(error)) return null;
    throw translated(error, { operation: "Scan", table: input.TableName });
  }
}
