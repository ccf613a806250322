// The state of the HTTP API, put together: its table, a clock, chance.
import { check, HookclockError } from "@hookclock/core";
import { createApiStore } from "@hookclock/store-dynamodb";
import * as z from "zod";
import { makeIdempotencyRecords } from "./api-idempotency.ts";
import { makeApiKeys } from "./api-keys.ts";
import type { ApiState, ApiStateOptions, ApiStateSeams } from "./api-state-types.ts";
import { checkConnection, connectionFields, tableName } from "./connection.ts";
import { createDatabaseClock } from "./database-clock.ts";
import { once } from "./once.ts";
import * as system from "./system.ts";

export const apiTableName = tableName.default("hookclock-api");
const schema = z.strictObject({
  ...connectionFields,
  apiTableName,
  createTable: z.boolean().default(false),
});

const CURSOR_SECRET = "cursor";
const SECRET_BYTES = 32;

/** Keys, records of requests and secrets of the HTTP API, in a table of its own. Nothing is sent before the first call. */
export function createApiState(options: ApiStateOptions = {}, seams: ApiStateSeams = {}): ApiState {
  const { createTable, ...checked } = check(schema, options, "options");
  checkConnection(checked);
  const base = seams.clock ?? system.systemClock;
  const databaseClock = (seams.databaseTime ?? seams.clock === undefined) ? createDatabaseClock(base) : null;
  const clock = databaseClock ?? base;
  const randomBytes = seams.randomBytes ?? system.randomBytes;
  const store = createApiStore({
    ...checked,
    sleep: (ms) => clock.sleep(ms),
    random: system.random,
    ...(databaseClock ? { dates: { now: () => base.now(), onDate: databaseClock.learn } } : {}),
  });
  const ready = once(() => store.tables.ensure({ create: createTable }));
  const cursorSecret = once(async () => {
    await ready();
    const made = () => Buffer.from(randomBytes(SECRET_BYTES)).toString("base64url");
    return secretOf(await store.secret(CURSOR_SECRET, made));
  });
  return {
    keys: makeApiKeys({ store: store.keys, clock, randomBytes, ready }),
    idempotency: makeIdempotencyRecords({ store: store.requests, clock, randomBytes, ready }),
    cursorSecret: async () => Uint8Array.from(await cursorSecret()),
    ready,
    checkTable: () => store.tables.check(),
    async close() {
      store.close();
    },
  };
}

function secretOf(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length === SECRET_BYTES) return bytes;
  throw new HookclockError("row-unreadable", "the secret that signs cursors cannot be read from the table");
}
