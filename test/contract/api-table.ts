// The state of the HTTP API over a local database, as its suites want it.
import { setTimeout as wait } from "node:timers/promises";
import { createFakeClock, type FakeClock, type LocalDatabase } from "@hookclock/testkit";
import { type ApiState, type ApiStateOptions, createApiState } from "hookclock";
import { localClient } from "./open-stores.ts";

let opened = 0;

/** A table of its own on a database, and as many processes using it as a test wants: each with a cache of its own. */
export function apiTable(database: () => LocalDatabase) {
  opened += 1;
  const apiTableName = `api-${process.pid}-${opened}`;
  // The test's time, but waits for a table that another is making are real.
  const clock = { ...createFakeClock(), sleep: (ms: number) => wait(ms) };
  const client = localClient(database().endpoint);
  const open = (options: ApiStateOptions = {}): ApiState =>
    createApiState({ client, apiTableName, createTable: true, ...options }, { clock });
  return { apiTableName, clock, client, open, state: open() };
}

export const isoAfter = (clock: FakeClock, ms: number): string => new Date(clock.now() + ms).toISOString();
