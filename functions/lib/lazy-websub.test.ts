import { type AttemptContext, createWebSub, type Handler, type Hooks, type WebSub } from "hookclock";
import { expect, test } from "vitest";
import { makeLazyWebSub } from "./lazy-websub.ts";
import { WEBSUB_KINDS } from "./websub-kinds.ts";

const hooks = {} as Hooks;
const context = {} as AttemptContext;
type Task = Parameters<Handler["run"]>[0];
const taskOf = (kind: string): Task => ({ kind, id: "one" }) as unknown as Task;

/** A WebSub whose parts say what they were asked; `failures` openings go wrong first. */
function world(failures = 0) {
  const opened: Hooks[] = [];
  const run: Handler["run"] = async ({ id }) => ({ class: "ok", message: `ran ${id}` });
  const webSub = {
    handlers: WEBSUB_KINDS.map((kind) => ({ kind, run })),
    hub: {
      topics: 3,
      async list(this: { topics: number }, query: object) {
        return { query, topics: this.topics };
      },
    },
  };
  const lazy = makeLazyWebSub(1_024, async (those) => {
    opened.push(those);
    if (opened.length <= failures) throw new Error("no table");
    return webSub as unknown as WebSub;
  });
  return { ...lazy, opened };
}

test("its kinds are those of the library, and each goes by the lane that the library's would", async () => {
  const webSub = createWebSub({ baseUrl: "https://hooks.example.com", endpoint: "http://127.0.0.1:1" });
  expect([...WEBSUB_KINDS].sort()).toEqual(webSub.handlers.map(({ kind }) => kind).sort());
  const late = world().handlers(hooks);
  for (const { kind, laneOf } of webSub.handlers.filter((handler) => handler.laneOf !== undefined)) {
    const payload = { lane: "a.example", consumer: "mine", message: "m" };
    const ours = late.find((one) => one.kind === kind);
    expect([kind, ours?.laneOf?.({ payload })]).toEqual([kind, laneOf?.({ payload })]);
  }
  await webSub.close();
});

test("nothing is opened until a task runs or a part is asked, and then once, on the hooks it belongs to", async () => {
  const { handlers, parts, opened } = world();
  const [first] = handlers(hooks);
  expect(parts.contentBytesMax).toBe(1_024);
  expect(opened).toEqual([]);
  expect(await first?.run(taskOf(first.kind), context)).toEqual({ class: "ok", message: "ran one" });
  expect(await parts.hub.list({ namespace: "a", limit: 1 })).toEqual({
    query: { namespace: "a", limit: 1 },
    topics: 3,
  });
  expect(opened).toEqual([hooks]);
  expect(opened[0]).toBe(hooks);
});

test("an opening that failed is tried again, and its error is told meanwhile", async () => {
  const { handlers, parts, opened } = world(1);
  handlers(hooks);
  await expect(parts.hub.list({ namespace: "a", limit: 1 })).rejects.toThrow("no table");
  await parts.hub.list({ namespace: "a", limit: 1 });
  expect(opened).toHaveLength(2);
});

test("what the library does not have is no method here either", async () => {
  const { handlers, parts } = world();
  handlers(hooks);
  await expect(Reflect.get(parts.hub, "forget")()).rejects.toThrow("no method forget");
});
