// The state table over a local database, as the suites want it.
import { setTimeout as wait } from "node:timers/promises";
import {
  createDocumentStore,
  type DocumentStoreOptions,
  type OpenedDocumentStore,
} from "@hookclock/store-dynamodb";

let opened = 0;

export type OpenedState = OpenedDocumentStore & { stateTableName: string };

/** A table of its own on a database, ready for use. */
export async function openState(
  endpoint: string,
  options: Partial<DocumentStoreOptions> = {},
): Promise<OpenedState> {
  opened += 1;
  const stateTableName = `state-${process.pid}-${opened}`;
  const sleep = (ms: number) => wait(ms);
  const state = createDocumentStore({ endpoint, stateTableName, sleep, random: () => 0.5, ...options });
  await state.tables.ensure({ create: true });
  return { ...state, stateTableName };
}
