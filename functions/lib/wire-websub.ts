// WebSub as the functions use it.
import { type LazyWebSub, makeLazyWebSub } from "./lazy-websub.ts";
import type { World } from "./ports.ts";
import { settings, webSubTexts } from "./wiring.ts";

/** WebSub on the state table of this stage, at its address; loaded when a request or a task needs it. */
export function wireWebSub({ log }: Pick<World, "log">): LazyWebSub {
  const { stateTable, baseUrl, egressAllow, contentBytesMax } = settings(
    "stateTable",
    "baseUrl",
    "egressAllow",
    "contentBytesMax",
  );
  return makeLazyWebSub(contentBytesMax, async (hooks) => {
    const { openWebSub } = await import("./open-websub.ts");
    const options = {
      stateTableName: stateTable,
      baseUrl,
      egress: { allow: egressAllow },
      onEvent: ({ type, namespace, id, message }) => log.info({ event: type, namespace, id }, message),
    } satisfies Parameters<typeof openWebSub>[1];
    return openWebSub(hooks, options, webSubTexts());
  });
}
