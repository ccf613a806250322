// The state table, put together: documents, a clock, chance.
import { check } from "@hookclock/core";
import type { Clock, DocumentStore } from "@hookclock/engine";
import { createDocumentStore, type TableProblem } from "@hookclock/store-dynamodb";
import * as z from "zod";
import { type ConnectionOptions, checkConnection, connectionFields, tableName } from "./connection.ts";
import { createDatabaseClock } from "./database-clock.ts";
import { once } from "./once.ts";
import * as system from "./system.ts";

/** Every field has a default; the connection is given as for `Hooks`. */
export type StateOptions = ConnectionOptions & {
  /** Default `hookclock-state`. */
  stateTableName?: string;
  /** Create the table, with TTL, if it is missing; the first call waits for it. Default false. */
  createTable?: boolean;
};

/** Time, for tests. */
export type StateSeams = {
  clock?: Clock;
  /** Correct the clock by the database's, from the dates of its answers. Default: only if `clock` is not given. */
  databaseTime?: boolean;
};

/** The state table, opened. */
export type State = {
  documents: DocumentStore;
  /** The clock that the documents' time is told by: the database's, as far as its answers prove it. */
  clock: Clock;
  /** Resolves when the table is there and fits; creates it first with `createTable`. Every call waits for it. */
  ready(): Promise<void>;
  /** What is wrong with the table; empty when it fits. Writes nothing. */
  checkTable(): Promise<TableProblem[]>;
  close(): Promise<void>;
};

export const stateFields = {
  ...connectionFields,
  stateTableName: tableName.default("hookclock-state"),
  createTable: z.boolean().default(false),
};
const schema = z.strictObject(stateFields);

/** Small rows beside the tasks, in a table of their own. Nothing is sent before the first call. */
export function createState(options: StateOptions = {}, seams: StateSeams = {}): State {
  const { createTable, ...checked } = check(schema, options, "options");
  checkConnection(checked);
  const base = seams.clock ?? system.systemClock;
  const databaseClock = (seams.databaseTime ?? seams.clock === undefined) ? createDatabaseClock(base) : null;
  const clock = databaseClock ?? base;
  const store = createDocumentStore({
    ...checked,
    sleep: (ms) => clock.sleep(ms),
    random: system.random,
    ...(databaseClock ? { dates: { now: () => base.now(), onDate: databaseClock.learn } } : {}),
  });
  const ready = once(() => store.tables.ensure({ create: createTable }));
  return {
    documents: waitingFor(ready, store.documents),
    clock,
    ready,
    checkTable: () => store.tables.check(),
    async close() {
      store.close();
    },
  };
}

/** The same store, each of whose calls first waits. */
function waitingFor(ready: () => Promise<void>, store: DocumentStore): DocumentStore {
  const after =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await ready();
      return call(...args);
    };
  return {
    get: after(store.get),
    getMany: after(store.getMany),
    insert: after(store.insert),
    save: after(store.save),
    putMany: after(store.putMany),
    add: after(store.add),
    remove: after(store.remove),
    removeMany: after(store.removeMany),
    list: after(store.list),
  };
}
