// WebSub as the functions use it.
import { type LazyWebSub, makeLazyWebSub } from "./lazy-websub.ts";
import type { World } from "./ports.ts";
import { settings } from "./wiring.ts";

/** A push of more, in base64, is more than Lambda takes in one event. */
const CONTENT_BYTES_MAX = 4 * 1024 * 1024;

/** WebSub on the state table of this stage, at its address; loaded when a request or a task needs it. */
export function wireWebSub({ log }: Pick<World, "log">): LazyWebSub {
  const { stateTable, baseUrl, egressAllow } = settings("stateTable", "baseUrl", "egressAllow");
  return makeLazyWebSub(CONTENT_BYTES_MAX, async (hooks) => {
    const { openWebSub } = await import("./open-websub.ts");
    return openWebSub(hooks, {
      stateTableName: stateTable,
      baseUrl,
      contentBytesMax: CONTENT_BYTES_MAX,
      egress: { allow: egressAllow },
      onEvent: ({ type, namespace, id, message }) => log.info({ event: type, namespace, id }, message),
    });
  });
}
