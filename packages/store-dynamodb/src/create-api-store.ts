// The table of the HTTP API: its keys, records of requests, and secrets.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type DatedAnswer, LIMITS } from "@hookclock/core";
import { secretKey } from "./api-codec.ts";
import { type ApiKeyStore, makeApiKeyStore } from "./api-keys.ts";
import { makeRequestStore, type RequestStore } from "./api-requests.ts";
import { toAttributes } from "./attributes.ts";
import { type ConnectionOptions, makeClient, watchDates } from "./client.ts";
import { Database } from "./database.ts";
import { API_SHAPE } from "./shapes.ts";
import { makeTables, type Tables } from "./tables.ts";

export type ApiStoreOptions = ConnectionOptions & {
  apiTableName: string;
  /** A client of one's own; the connection options are then not used, and `close` leaves it open. */
  client?: DynamoDBClient | undefined;
  /** Told the date of every answer, with the instants by `now` at which it was asked for and arrived. */
  dates?: { now: () => number; onDate: (answer: DatedAnswer) => void } | undefined;
  /** Keys the table may hold, those that ended and are still listed included. */
  keysMax?: number | undefined;
  sleep: (ms: number) => Promise<void>;
  random: () => number;
};

export type ApiStore = {
  keys: ApiKeyStore;
  requests: RequestStore;
  /** The secret of this name; where there is none, `candidate` becomes it, for all who ask. */
  secret(name: string, candidate: () => string): Promise<string>;
  tables: Tables;
  close(): void;
};

/** The store over the API's table. Nothing is sent before the first call. */
export function createApiStore(options: ApiStoreOptions): ApiStore {
  const { apiTableName: table, sleep, random, keysMax = LIMITS.keysMax } = options;
  const client = options.client ?? makeClient(options);
  const unwatch = options.dates && watchDates(client, options.dates.now, options.dates.onDate);
  const database = new Database(client, { sleep, random });
  return {
    keys: makeApiKeyStore({ database, table }, keysMax),
    requests: makeRequestStore({ database, table }),
    tables: makeTables(database, [{ table, shape: API_SHAPE }], sleep),
    async secret(name, candidate) {
      const found = await database.get(table, secretKey(name));
      if (typeof found?.["value"] === "string") return found["value"];
      // Several may get here at once: the first value stays, and all are told it.
      const made = await database.updateIf({
        TableName: table,
        Key: toAttributes(secretKey(name)),
        UpdateExpression: "SET #value = if_not_exists(#value, :candidate)",
        ExpressionAttributeNames: { "#value": "value" },
        ExpressionAttributeValues: toAttributes({ ":candidate": candidate() }),
        ReturnValues: "ALL_NEW",
      });
      return made === false || made === null ? "" : String(made["value"]);
    },
    close() {
      unwatch?.();
      if (options.client === undefined) client.destroy();
    },
  };
}
