// The table of WebSub, looked at without WebSub: a file of its own in the bundle, for who asks about tables.
import { createState, type State } from "hookclock";

let opened: State | null = null;

/** What is wrong with it; empty when it fits. */
export function checkStateTable(stateTableName: string): ReturnType<State["checkTable"]> {
  opened ??= createState({ stateTableName });
  return opened.checkTable();
}
