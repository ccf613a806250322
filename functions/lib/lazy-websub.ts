// WebSub as long as nobody needs it: its handlers and its parts by name, which load it when they are first used. A cold
// start that has nothing to do with subscriptions, which is nearly every one, does not pay for them.
import type { Handler, Hooks, WebSub } from "hookclock";
import * as z from "zod";
import { WEBSUB_KINDS } from "./websub-kinds.ts";

export type WebSubParts = Pick<WebSub, "consumers" | "contentBytesMax" | "events" | "hub" | "subscriptions">;
export type LazyWebSub = {
  parts: WebSubParts;
  /** For `new Hooks`: the hooks are those that WebSub will work by. */
  handlers(this: void, hooks: Hooks): readonly Handler[];
};

const laneSchema = z.object({ lane: z.string() });

/** `open` is called once, when WebSub is first needed, and again only after it failed. */
export function makeLazyWebSub(contentBytesMax: number, open: (hooks: Hooks) => Promise<WebSub>): LazyWebSub {
  let hooks: Hooks | null = null;
  let opened: Promise<WebSub> | null = null;
  const load = (): Promise<WebSub> => {
    if (hooks === null) throw new TypeError("WebSub has no hooks whose tasks it could use");
    opened ??= open(hooks).catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
  return {
    parts: {
      contentBytesMax,
      consumers: late(async () => (await load()).consumers),
      events: late(async () => (await load()).events),
      hub: late(async () => (await load()).hub),
      subscriptions: late(async () => (await load()).subscriptions),
    },
    handlers(those) {
      hooks = those;
      return WEBSUB_KINDS.map((kind) => lateHandler(kind, load));
    },
  };
}

/** Its content is judged when it runs: the door is the wrong place to load all this, and WebSub makes its tasks itself. */
const lateHandler = (kind: string, load: () => Promise<WebSub>): Handler => ({
  kind,
  laneOf({ payload }) {
    const parsed = laneSchema.safeParse(payload);
    return parsed.success ? parsed.data.lane : undefined;
  },
  async run(task, context) {
    const handler = (await load()).handlers.find((one) => one.kind === kind);
    if (handler === undefined) throw new TypeError(`WebSub has no handler of kind ${kind}`);
    return handler.run(task, context);
  },
});

/** The methods of a part that is loaded when one of them is called. All of them resolve, so nobody sees a difference. */
const late = <Part extends object>(load: () => Promise<Part>): Part =>
  new Proxy({} as Part, {
    get:
      (_target, name) =>
      async (...given: unknown[]): Promise<unknown> => {
        const part = await load();
        const method: unknown = Reflect.get(part, name);
        if (typeof method !== "function") throw new TypeError(`WebSub has no method ${String(name)}`);
        return Reflect.apply(method, part, given);
      },
  });
