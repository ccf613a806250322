// The HTTP API as the gateway calls it.
import { createApi } from "@hookclock/api";
import { createApiState } from "hookclock";
import manifest from "../package.json" with { type: "json" };
import { wireHooks } from "./wire-hooks.ts";
import { wireWebSub } from "./wire-websub.ts";
import { type Room, settings } from "./wiring.ts";

/** The gateway waits for 30 seconds and hands an answer over only when it is complete. */
const STREAM = { holdMs: 20_000, endAfterFirst: true };

/** `current` tells of the invocation that runs now: a process has one at a time. */
export function wireApi(room: Room, current: () => { log: Room["log"]; newId: () => string }) {
  const { apiTable, stateTable } = settings("apiTable", "stateTable");
  const state = createApiState({ apiTableName: apiTable });
  const webSub = wireWebSub(room);
  return createApi({
    hooks: wireHooks(room, webSub),
    websub: webSub.parts,
    keys: state.keys,
    idempotency: state.idempotency,
    cursorSecret: state.cursorSecret,
    async checkOwnTables() {
      const { checkStateTable } = await import("./state-table.ts");
      return (await Promise.all([state.checkTable(), checkStateTable(stateTable)])).flat();
    },
    clock: { now: room.now, sleep: room.sleep },
    newId: () => current().newId(),
    version: manifest.version,
    stream: STREAM,
    log: {
      request: (entry) => current().log.info(entry, "request"),
      error: (entry) => current().log.error(entry, "a request failed"),
    },
  });
}
