import { isHookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import type { TellInput } from "./tell.ts";
import { createTestWorld, entryMessage } from "./test-world.ts";

const chat = {
  namespace: "app",
  name: "chat",
  type: "slack",
  url: "https://hooks.slack.com/services/T/B/x",
} as const;
const hook = { namespace: "app", name: "hook", type: "http", url: "https://hook.example/in" } as const;
const bodyOf = (request: { body?: Uint8Array | string } | undefined): unknown =>
  JSON.parse(String(request?.body));

test("a message that is told goes to its consumer alone, without a source", async () => {
  const world = createTestWorld();
  await world.consumers.put(chat);
  await world.consumers.put(hook);
  const told = await world.consumers.tell({
    namespace: "app",
    consumer: "chat",
    message: "Deployed <!here>",
  });
  expect(told).toMatchObject({ consumer: "enabled", taskId: expect.stringMatching(/^deliver\/chat\//) });
  await world.consumers.tell({ namespace: "app", consumer: "hook", message: { build: 7 } });
  await world.run();
  expect(world.requests.map(({ url }) => url).sort()).toEqual([hook.url, chat.url].sort());
  const at = (url: string) => world.requests.find((request) => request.url === url);
  expect(bodyOf(at(chat.url))).toEqual({ text: "Deployed <!here>" });
  expect(bodyOf(at(hook.url))).toMatchObject({
    type: "hookclock.message",
    data: { source: { direct: true }, topic: "", payload: { build: 7 }, entry: null },
  });
});

test("an entry is told to Slack in one POST with one text", async () => {
  const world = createTestWorld();
  await world.consumers.put(chat);
  await world.consumers.link({ namespace: "app", source: { subscription: "blog" }, consumer: "chat" });
  await world.consumers.sink.accept([entryMessage(world, { author: "Ada" })]);
  await world.run();
  expect(world.requests[0]).toMatchObject({
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  expect(bodyOf(world.requests[0])).toEqual({ text: "First — Ada\nhttps://blog.example/1" });
});

test("told to a consumer that is missing or disabled, it waits as FAILED and can be retried", async () => {
  const world = createTestWorld();
  const tell = (): ReturnType<typeof world.consumers.tell> =>
    world.consumers.tell({ namespace: "app", consumer: "hook", message: "hello" });
  expect(await tell()).toMatchObject({ consumer: "missing" });
  await world.run();
  await world.consumers.put(hook);
  await world.consumers.disable({ namespace: "app", name: "hook" });
  expect(await tell()).toMatchObject({ consumer: "disabled" });
  await world.run();
  expect(world.logs().map(({ error }) => error)).toEqual(["consumer-missing", "consumer-disabled"]);
  await world.consumers.enable({ namespace: "app", name: "hook" });
  await world.world.tasks.retryMany({ namespace: "app" });
  await world.run();
  expect(world.requests).toHaveLength(2);
});

test("the same id and message is told once; another message is another", async () => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  const one: TellInput = { namespace: "app", consumer: "hook", message: "one", id: "deploy 7" };
  const first = await world.consumers.tell(one);
  await world.run();
  await world.clock.advance(5_000);
  expect(await world.consumers.tell(one)).toEqual(first);
  await world.consumers.tell({ ...one, message: "two" });
  await world.run();
  expect(world.requests).toHaveLength(2);
});

test.each<[string, Record<string, unknown>, string]>([
  ["no message", { message: undefined }, "message"],
  ["an empty message", { message: "" }, "message"],
  ["a message that is no JSON", { message: { a: () => 1 } }, "message.a"],
  ["a message that is too large", { message: "x".repeat(300_000) }, "message"],
  ["no consumer", { consumer: "" }, "consumer"],
  ["an id with a line break", { id: "a\nb" }, "id"],
  ["a misspelt field", { text: "x" }, "text"],
])("refused, and nothing is written: %s", async (_name, change, field) => {
  const world = createTestWorld();
  const input = { namespace: "app", consumer: "hook", message: "x", ...change } as TellInput;
  const error = await world.consumers.tell(input).catch((caught: unknown) => caught);
  expect(isHookclockError(error) && error.field).toBe(field);
  expect([world.documents.dump(), world.stores.dump().tasks]).toEqual([[], []]);
});

test("statistics count deliveries by what became of them, and know consumers that are missing", async () => {
  const world = createTestWorld();
  await world.consumers.put({ ...hook, retry: { limit: 1 } });
  await world.consumers.put(chat);
  for (const consumer of ["hook", "ghost"]) {
    await world.consumers.link({ namespace: "app", source: { subscription: "blog" }, consumer });
  }
  await world.consumers.sink.accept([entryMessage(world), entryMessage(world, { id: "e2" })]);
  await world.run();
  world.script.reply = () => ({ status: 503 });
  await world.consumers.tell({ namespace: "app", consumer: "hook", message: "x" });
  await world.run();
  await world.consumers.tell({ namespace: "app2", consumer: "hook", message: "x" });
  const none = { waiting: 0, delivered: 0, failed: 0, suspended: 0 };
  expect(await world.consumers.stats({ namespace: "app" })).toEqual({
    namespace: "app",
    consumers: [
      { ...{ name: "chat", type: "slack", enabled: true, handlers: 0, failuresInARow: 0 }, deliveries: none },
      {
        ...{ name: "ghost", type: null, enabled: false, handlers: 1, failuresInARow: 0 },
        deliveries: { ...none, failed: 2 },
      },
      {
        ...{ name: "hook", type: "http", enabled: true, handlers: 1, failuresInARow: 0 },
        deliveries: { ...none, delivered: 2, waiting: 1 },
      },
    ],
    complete: true,
  });
});
