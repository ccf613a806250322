import { isHookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import { createTestWorld, entryMessage, unreachable } from "./test-world.ts";

const hook = { namespace: "app", name: "hook", type: "http", url: "https://hook.example/in" } as const;
const blog = { namespace: "app", source: { subscription: "blog" }, consumer: "hook" } as const;

const bodyOf = (request: { body?: Uint8Array | string } | undefined): unknown =>
  JSON.parse(Buffer.from(request?.body ?? "").toString());

test("a message goes to the consumers that its source is linked to, and to no other", async () => {
  const world = createTestWorld();
  const { consumers } = world;
  await consumers.put(hook);
  await consumers.put({ ...hook, name: "second", url: "https://second.example/" });
  await consumers.put({ ...hook, name: "stranger", url: "https://stranger.example/" });
  await consumers.link(blog);
  await consumers.link({ ...blog, consumer: "second" });
  await consumers.link({ ...blog, source: { subscription: "other" }, consumer: "stranger" });
  expect(await consumers.sink.accept([entryMessage(world)])).toEqual({ accepted: 1 });
  await world.run();
  expect(world.requests.map(({ url }) => url).sort()).toEqual([
    "https://hook.example/in",
    "https://second.example/",
  ]);
  expect(world.tasksOf("deliver/").map(({ status }) => status)).toEqual(["DONE", "DONE"]);
  expect(world.tasksOf("deliver/hook/")[0]).toMatchObject({ kind: "consumer.deliver", lane: "hook.example" });
});

test("an envelope says what kind of message it is, when it came, and all of it", async () => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  await world.consumers.link(blog);
  const publishedAt = world.clock.now() - 1_000;
  await world.consumers.sink.accept([entryMessage(world, { publishedAt, categories: ["a", "b"] })]);
  await world.run();
  expect(world.requests[0]).toMatchObject({
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  expect(bodyOf(world.requests[0])).toEqual({
    type: "hookclock.entry",
    timestamp: "2030-01-01T00:00:00.000Z",
    data: {
      id: "e1@v1",
      namespace: "app",
      source: { subscription: "blog" },
      topic: "https://blog.example/feed",
      receivedDate: "2030-01-01T00:00:00.000Z",
      entry: {
        id: "e1",
        version: "v1",
        title: "First",
        url: "https://blog.example/1",
        categories: ["a", "b"],
        publishedDate: "2029-12-31T23:59:59.000Z",
      },
      payload: null,
      content: null,
    },
  });
});

test("a failed delivery is tried again by the consumer's own policy, with the same id", async () => {
  const world = createTestWorld();
  await world.consumers.put({ ...hook, retry: { limit: 2, baseMs: 1_000, maxMs: 1_000 } });
  await world.consumers.link(blog);
  world.script.reply = () => ({ status: 503 });
  await world.consumers.sink.accept([entryMessage(world)]);
  await world.run();
  await world.pass(10_000, 1_000);
  expect(world.requests).toHaveLength(3);
  expect(new Set(world.requests.map(({ headers }) => headers?.["webhook-id"])).size).toBe(1);
  expect(world.tasksOf("deliver/")[0]).toMatchObject({ status: "FAILED", reason: "max-attempts" });
  expect(world.logs()[0]).toMatchObject({ error: "status", message: "hook.example answered 503" });
});

test("what a receiver asks for by Retry-After is waited for", async () => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  await world.consumers.link(blog);
  world.script.reply = () => ({ status: 429, headers: { "retry-after": "120" } });
  await world.consumers.sink.accept([entryMessage(world)]);
  await world.run();
  expect(world.tasksOf("deliver/")[0]?.dueAt).toBe(world.clock.now() + 120_000);
});

test("a missing consumer: the message waits as FAILED with its reason, blocks nobody, and can be retried", async () => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  await world.consumers.link(blog);
  await world.consumers.link({ ...blog, consumer: "later" });
  await world.consumers.sink.accept([entryMessage(world)]);
  await world.run();
  expect(world.requests).toHaveLength(1);
  expect(world.tasksOf("deliver/later/")[0]).toMatchObject({ status: "FAILED", reason: "rejected" });
  expect(world.logs().find(({ taskId }) => taskId.startsWith("deliver/later/"))).toMatchObject({
    error: "consumer-missing",
  });
  await world.consumers.put({ ...hook, name: "later", url: "https://later.example/" });
  expect(await world.world.tasks.retryMany({ namespace: "app", id: "deliver/later/" })).toMatchObject({
    count: 1,
  });
  await world.run();
  expect(world.requests[1]?.url).toBe("https://later.example/");
  expect(world.tasksOf("deliver/later/")[0]).toMatchObject({ status: "DONE" });
});

test("a consumer deleted with messages under way gets none of them", async () => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  await world.consumers.link(blog);
  await world.consumers.sink.accept([entryMessage(world)]);
  expect(await world.consumers.delete({ namespace: "app", name: "hook" })).toMatchObject({ name: "hook" });
  await world.run();
  expect(world.requests).toEqual([]);
  expect(world.tasksOf("deliver/")[0]).toMatchObject({ status: "FAILED" });
});

test("an unlinked handler ends its deliveries under way", async () => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  await world.consumers.link(blog);
  await world.consumers.sink.accept([entryMessage(world)]);
  await world.consumers.unlink({ namespace: "app", source: blog.source, id: "hook" });
  await world.run();
  expect(world.requests).toEqual([]);
  expect(world.logs()[0]).toMatchObject({ status: "SUCCESS" });
});

test("a template that is put right is used by deliveries that failed with the wrong one", async () => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  await world.consumers.link({ ...blog, template: "{{entry.titel}}" });
  world.script.reply = (request) => ({ status: String(request.body).includes("First!") ? 200 : 400 });
  await world.consumers.sink.accept([entryMessage(world, { title: "First!" })]);
  world.script.reply = () => ({ status: 400 });
  await world.run();
  await world.consumers.link({ ...blog, template: "{{entry.title}}" });
  world.script.reply = () => ({});
  await world.world.tasks.retryMany({ namespace: "app", id: "deliver/hook/" });
  await world.run();
  expect(bodyOf(world.requests[0])).toMatchObject({ data: { text: "" } });
  expect(bodyOf(world.requests[1])).toMatchObject({ data: { text: "First!" } });
});

test("a message that is no longer kept cannot be delivered, and says so", async () => {
  const world = createTestWorld();
  await world.consumers.link(blog);
  await world.consumers.sink.accept([entryMessage(world)]);
  await world.run();
  await world.consumers.put(hook);
  await world.clock.advance(31 * 24 * 3_600_000);
  await world.world.tasks.retryMany({ namespace: "app" });
  await world.run();
  expect(world.logs().at(-1)).toMatchObject({ error: "message-missing", outcome: "permanent" });
});

test("a message of type log stands in the execution log, and nothing is sent", async () => {
  const world = createTestWorld();
  await world.consumers.put({ namespace: "app", name: "hook", type: "log" });
  await world.consumers.link(blog);
  await world.consumers.link({
    ...blog,
    id: "short",
    consumer: "hook",
    source: { subscription: "short" },
    template: "new: {{entry.title}}",
  });
  await world.consumers.sink.accept([
    entryMessage(world),
    entryMessage(world, { id: "e2" }, { source: { subscription: "short" } }),
    entryMessage(world, { id: "e3", content: "ü".repeat(50_000) }),
  ]);
  await world.run();
  expect(world.requests).toEqual([]);
  const bodies = world.logs().map(({ request }) => request?.body);
  expect(bodies).toContainEqual(expect.objectContaining({ id: "e1@v1" }));
  expect(bodies).toContain("new: First");
  const long = bodies.find((body) => typeof body === "string" && body.endsWith("…"));
  expect(Buffer.byteLength(String(long))).toBeLessThanOrEqual(16 * 1024 + 3);
});

test("no secret is in a log, an outcome, a payload or an answer", async () => {
  const world = createTestWorld();
  const put = await world.consumers.put({
    ...hook,
    url: "https://hook.example/in?key=tiger",
    headers: { Authorization: "Bearer tiger", "x-mine": "tiger", "content-language": "tiger" },
    disableAfter: 1,
    retry: { limit: 0 },
  });
  const slack = {
    namespace: "app",
    name: "chat",
    type: "slack",
    url: "https://hooks.slack.com/T/B/tiger",
  } as const;
  await world.consumers.put(slack);
  await world.consumers.link(blog);
  await world.consumers.link({ ...blog, consumer: "chat" });
  const replies = [
    { status: 500 },
    unreachable("tls", "https://hooks.slack.com/T/B/tiger has no certificate"),
  ];
  world.script.reply = () => replies.shift() ?? { status: 404, headers: { "x-token": "tiger" } };
  await world.consumers.sink.accept([entryMessage(world)]);
  await world.run();
  await world.pass(60_000, 10_000);
  const secret = put.secret ?? "";
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const seen = JSON.stringify([
    world.stores.dump(),
    world.published,
    world.emitted,
    put.consumer,
    await world.consumers.list({ namespace: "app" }),
    await world.consumers.stats({ namespace: "app" }),
  ]);
  expect(world.published).toHaveLength(1);
  expect(seen).not.toContain("tiger");
  expect(seen).not.toContain(secret.slice(6));
  expect(world.requests.map(({ headers }) => headers?.["authorization"])).toContain("Bearer tiger");
});

test("a payload that is none is refused at the door", async () => {
  const world = createTestWorld();
  const task = {
    ...{ namespace: "app", id: "x", kind: "consumer.deliver", scheduledDate: new Date(world.clock.now()) },
    payload: { consumer: "../x", message: "m", lane: "l" },
  };
  const error = await Promise.resolve(world.world.tasks.register(task)).catch((caught: unknown) => caught);
  expect(isHookclockError(error, "invalid-input") && error.field).toBe("consumer");
});
