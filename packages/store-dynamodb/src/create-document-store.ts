// The state table behind the port for documents.
import { randomBytes } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DatedAnswer } from "@hookclock/core";
import type { DocumentStore } from "@hookclock/engine";
import { type ConnectionOptions, makeClient, watchDates } from "./client.ts";
import { Database } from "./database.ts";
import { makeDocumentStore } from "./documents.ts";
import { STATE_SHAPE } from "./shapes.ts";
import { makeTables, type Tables } from "./tables.ts";
import { makeWriteMarks } from "./write-marks.ts";

export type DocumentStoreOptions = ConnectionOptions & {
  stateTableName: string;
  /** A client of one's own; the connection options are then not used, and `close` leaves it open. */
  client?: DynamoDBClient | undefined;
  /** Told the date of every answer, with the instants by `now` at which it was asked for and arrived. */
  dates?: { now: () => number; onDate: (answer: DatedAnswer) => void } | undefined;
  sleep: (ms: number) => Promise<void>;
  random: () => number;
};

export type OpenedDocumentStore = {
  documents: DocumentStore;
  tables: Tables;
  close(): void;
};

const MARK_PREFIX_BYTES = 6;

/** Documents in the state table. Nothing is sent before the first call. */
export function createDocumentStore(options: DocumentStoreOptions): OpenedDocumentStore {
  const { stateTableName: table, sleep, random } = options;
  const client = options.client ?? makeClient(options);
  const unwatch = options.dates && watchDates(client, options.dates.now, options.dates.onDate);
  const database = new Database(client, { sleep, random });
  const marks = makeWriteMarks<object>(randomBytes(MARK_PREFIX_BYTES).toString("base64url"));
  return {
    documents: makeDocumentStore({ database, table, marks }),
    tables: makeTables(database, [{ table, shape: STATE_SHAPE }], sleep),
    close() {
      unwatch?.();
      if (options.client === undefined) client.destroy();
    },
  };
}
