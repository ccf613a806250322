// The handlers of an instance: the one of its own, and those it was given.
import { HookclockError } from "@hookclock/core";
import type { Handler } from "@hookclock/engine";
import { checkHandlers, type HandlersOf } from "./options.ts";

/** Handlers by their kinds, which must differ. A function of them is asked once, for `self`. */
export function handlersByKind(
  own: Handler,
  given: readonly Handler[] | HandlersOf<object>,
  self: object,
): ReadonlyMap<string, Handler> {
  const more = checkHandlers(typeof given === "function" ? given(self) : given);
  const byKind = new Map<string, Handler>();
  for (const handler of [own, ...more]) {
    if (byKind.has(handler.kind)) {
      throw new HookclockError(
        "invalid-input",
        `handlers of options has two of kind "${handler.kind}"; allowed: one a kind`,
        { field: "handlers" },
      );
    }
    byKind.set(handler.kind, handler);
  }
  return byKind;
}
