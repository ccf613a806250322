// The tasks and the logs table behind the engine's ports.
import { randomBytes } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type DatedAnswer, DEFAULTS, HookclockError, LIMITS } from "@hookclock/core";
import type { LeaseStore, LogStore, TaskStore } from "@hookclock/engine";
import { type Capacity, type ConnectionOptions, makeClient, watchCapacity, watchDates } from "./client.ts";
import { Database } from "./database.ts";
import { makeLeaseStore } from "./leases.ts";
import { makeLogStore } from "./logs.ts";
import { Meta } from "./meta.ts";
import { LOGS_SHAPE, TASKS_SHAPE } from "./shapes.ts";
import { makeTableLibrary, makeTables, type TableProblem } from "./tables.ts";
import { makeTaskStore } from "./tasks.ts";
import { makeWriteMarks } from "./write-marks.ts";

export type StoresOptions = ConnectionOptions & {
  tasksTableName: string;
  logsTableName: string;
  /** A client of one's own; the connection options are then not used, and `close` leaves it open. */
  client?: DynamoDBClient | undefined;
  /** Shards of the due index, for tables that are new. Later `growShards` is the way. */
  shards?: number | undefined;
  /** Batches of conditional writes as PartiQL. Off: one request for each row. Servers without it are noticed. */
  statements?: boolean | undefined;
  /** Called with what each request used. Asking for it costs a little: for measuring. */
  onCapacity?: ((used: Capacity) => void) | undefined;
  /** Told the date of every answer, with the instants by `now` at which it was asked for and arrived. */
  dates?: { now: () => number; onDate: (answer: DatedAnswer) => void } | undefined;
  /** Waiting and dice, for tests that own them. */
  sleep?: ((ms: number) => Promise<void>) | undefined;
  random?: (() => number) | undefined;
};

export type Stores = {
  tasks: TaskStore;
  logs: LogStore;
  leases: LeaseStore;
  tables: {
    /** With `create`, makes missing tables and waits for them; either way checks both and rejects naming every difference. */
    ensure(options: { create: boolean }): Promise<void>;
    /** What is missing or different, for people. Empty: all is well. */
    check(): Promise<TableProblem[]>;
    /** More shards for the due index; `now` is epoch ms. Never fewer. */
    growShards(shards: number, now: number): Promise<void>;
  };
  close(): void;
};

const MARK_PREFIX_BYTES = 6;

/** Stores over two DynamoDB tables. Nothing is sent before the first call. */
export function createStores(options: StoresOptions): Stores {
  const {
    tasksTableName,
    logsTableName,
    shards = DEFAULTS.shards,
    onCapacity,
    random = Math.random,
  } = options;
  if (!Number.isInteger(shards) || shards < 1 || shards > LIMITS.shardsMax) {
    throw new HookclockError(
      "invalid-input",
      `shards is ${shards}; allowed: a whole number from 1 to ${LIMITS.shardsMax}`,
      { field: "shards", allowed: `1 to ${LIMITS.shardsMax}` },
    );
  }
  const sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  const client = options.client ?? makeClient(options);
  if (onCapacity !== undefined) watchCapacity(client, onCapacity);
  const unwatch = options.dates && watchDates(client, options.dates.now, options.dates.onDate);

  const database = new Database(client, { sleep, random });
  const meta = new Meta(database, tasksTableName, shards);
  const named = [
    { table: tasksTableName, shape: TASKS_SHAPE },
    { table: logsTableName, shape: LOGS_SHAPE },
  ];
  const tables = makeTables(database, named, sleep);
  const taskTable = {
    database,
    library: makeTableLibrary(client, tasksTableName, TASKS_SHAPE),
    table: tasksTableName,
    marks: makeWriteMarks(randomBytes(MARK_PREFIX_BYTES).toString("base64url")),
  };
  return {
    tasks: makeTaskStore(taskTable, { statements: options.statements ?? true }),
    logs: makeLogStore({ database, table: logsTableName }),
    leases: makeLeaseStore({ database, table: tasksTableName, meta }),
    tables: {
      check: tables.check,
      async ensure(how) {
        await tables.ensure(how);
        await meta.ensure();
      },
      growShards: (count, now) => meta.growShards(count, now),
    },
    close() {
      unwatch?.();
      if (options.client === undefined) client.destroy();
    },
  };
}
