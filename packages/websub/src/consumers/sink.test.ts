import { expect, test } from "vitest";
import type { Message } from "../ports.ts";
import { createTestWorld, entryMessage, eventMessage, type TestWorld } from "./test-world.ts";

const hook = { namespace: "app", name: "hook", type: "http", url: "https://hook.example/in" } as const;
const blog = { namespace: "app", source: { subscription: "blog" }, consumer: "hook" } as const;

async function linked(): Promise<TestWorld> {
  const world = createTestWorld();
  await world.consumers.put(hook);
  await world.consumers.link(blog);
  return world;
}
const titlesOf = ({ requests }: TestWorld): unknown[] =>
  requests.map(
    ({ body }) => (JSON.parse(String(body)) as { data: { entry: { title: string } } }).data.entry.title,
  );

test("D-3.3-6: every entry of a push is a message, and an updated entry is delivered again", async () => {
  const world = await linked();
  const { sink } = world.consumers;
  const push = ["a", "b", "c"].map((id) => entryMessage(world, { id, title: id }));
  expect(await sink.accept(push)).toEqual({ accepted: 3 });
  await world.run();
  expect(titlesOf(world).sort()).toEqual(["a", "b", "c"]);
  await world.clock.advance(60_000);
  const next = [
    entryMessage(world, { id: "a", title: "a" }),
    entryMessage(world, { id: "b", version: "v2", title: "b, corrected" }),
    entryMessage(world, { id: "d", title: "d" }),
  ];
  expect(await sink.accept(next)).toEqual({ accepted: 2 });
  await world.run();
  expect(titlesOf(world).slice(3).sort()).toEqual(["b, corrected", "d"]);
});

const DAY_MS = 24 * 3_600_000;
const remembered = ({ documents }: TestWorld) =>
  documents.list({ pk: "app/seen/subscription%3Ablog", limit: 10 }, 0).then((page) => page.documents);

test("D-3.3-6: an entry stays known while a feed shows it, however seldom it is written", async () => {
  const world = await linked();
  await world.consumers.sink.accept([entryMessage(world)]);
  for (let pushes = 0; pushes < 4; pushes += 1) {
    await world.clock.advance(399 * DAY_MS);
    expect(await world.consumers.sink.accept([entryMessage(world)])).toEqual({ accepted: 0 });
  }
  // Nobody showed it for more than a year.
  await world.clock.advance(401 * DAY_MS);
  expect(await world.consumers.sink.accept([entryMessage(world)])).toEqual({ accepted: 1 });
});

test("that an entry was seen again is written once in 30 days, not with each push", async () => {
  const world = await linked();
  await world.consumers.sink.accept([entryMessage(world)]);
  const [first] = await remembered(world);
  await world.clock.advance(29 * DAY_MS);
  await world.consumers.sink.accept([entryMessage(world)]);
  expect(await remembered(world)).toEqual([first]);
  await world.clock.advance(1 * DAY_MS);
  await world.consumers.sink.accept([entryMessage(world)]);
  const [again] = await remembered(world);
  expect(again).toMatchObject({ data: first?.data, expiresAt: (first?.expiresAt ?? 0) + 30 * DAY_MS });
});

test("what is no entry is known for 30 days: it does not come again with each push", async () => {
  const world = createTestWorld();
  const event = eventMessage(world, "orders.paid", { total: 7 });
  await world.consumers.sink.accept([event]);
  await world.clock.advance(29 * DAY_MS);
  expect(await world.consumers.sink.accept([event])).toEqual({ accepted: 0 });
  await world.clock.advance(2 * DAY_MS);
  expect(await world.consumers.sink.accept([event])).toEqual({ accepted: 1 });
});

test("D-3.3-5: entries of one feed are told apart by their own ids, each is notified", async () => {
  const world = await linked();
  for (const id of ["1", "2", "3"]) {
    await world.consumers.sink.accept([entryMessage(world, { id, version: "same", title: id })]);
    await world.run();
  }
  expect(titlesOf(world)).toEqual(["1", "2", "3"]);
});

test("the same entry twice in one push is one message; in two subscriptions, it is two", async () => {
  const world = await linked();
  await world.consumers.link({ ...blog, source: { subscription: "mirror" } });
  const one = entryMessage(world);
  const other = entryMessage(world, {}, { id: "mirrored", source: { subscription: "mirror" } });
  expect(await world.consumers.sink.accept([one, { ...one }, other])).toEqual({ accepted: 2 });
  await world.run();
  expect(world.requests).toHaveLength(2);
});

test("content without entries is known by the message's own id", async () => {
  const world = await linked();
  const push = (id: string): Message =>
    entryMessage(world, {}, { id, entry: null, content: { type: "text/plain", bytes: Buffer.from("same") } });
  expect(await world.consumers.sink.accept([push("p1"), push("p2"), push("p1")])).toEqual({ accepted: 2 });
  expect(await world.consumers.sink.accept([push("p2")])).toEqual({ accepted: 0 });
});

test("a filter decides who gets a message", async () => {
  const world = await linked();
  await world.consumers.link({ ...blog, filter: { path: "entry.title", startsWith: "Release" } });
  await world.consumers.sink.accept([
    entryMessage(world, { id: "1", title: "Release 1" }),
    entryMessage(world, { id: "2", title: "Rumours" }),
  ]);
  await world.run();
  expect(titlesOf(world)).toEqual(["Release 1"]);
  expect(world.tasksOf("deliver/")).toHaveLength(1);
});

test("a consumer gets a message once, by the first of its handlers that wants it", async () => {
  const world = await linked();
  await world.consumers.link({
    ...blog,
    id: "a",
    filter: { path: "entry.title", contains: "x" },
    template: "a",
  });
  await world.consumers.link({ ...blog, id: "b", template: "b" });
  await world.consumers.sink.accept([entryMessage(world), entryMessage(world, { id: "2", title: "x" })]);
  await world.run();
  const texts = world.requests.map(({ body }) => JSON.parse(String(body)).data.text as string);
  expect(texts.sort()).toEqual(["a", "b"]);
});

test.each<[string, boolean, string, boolean]>([
  ["orders", false, "orders.paid", true],
  ["orders", false, "ORDERS", true],
  ["orders.*", false, "orders.paid.late", true],
  ["Orders.Paid", false, "orders.paid", true],
  ["orders", false, "ordersx.paid", false],
  ["orders.paid", false, "orders", false],
  ["*", false, "anything.at.all", true],
  ["orders", true, "orders.paid", false],
  ["orders", true, "Orders", true],
])("a handler of the topic %s (exact: %s), an event %s: %s", async (topic, exact, predicate, expected) => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  await world.consumers.link({ namespace: "app", source: { event: topic }, consumer: "hook", exact });
  await world.consumers.sink.accept([eventMessage(world, predicate, { total: 7 })]);
  await world.run();
  expect(world.requests).toHaveLength(expected ? 1 : 0);
});

test("an event goes to a consumer once, whatever the levels it is linked at; the nearest handler counts", async () => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  for (const event of ["*", "orders", "orders.paid"]) {
    await world.consumers.link({ namespace: "app", source: { event }, consumer: "hook", template: event });
  }
  await world.consumers.sink.accept([eventMessage(world, "orders.paid.late", { total: 7 })]);
  await world.run();
  expect(world.requests).toHaveLength(1);
  expect(JSON.parse(String(world.requests[0]?.body))).toMatchObject({
    type: "hookclock.event",
    data: { text: "orders.paid", payload: { total: 7 }, topic: "orders.paid.late", entry: null },
  });
});

test("cut off at any write, nothing is lost and nothing comes twice", async () => {
  const push = (world: TestWorld): Message[] => [
    entryMessage(world, { id: "1", content: "long ".repeat(50_000) }),
    entryMessage(world, { id: "2" }),
    entryMessage(
      world,
      {},
      { id: "p", entry: null, content: { type: "text/plain", bytes: Buffer.alloc(400_000, 97) } },
    ),
  ];
  let cuts = 0;
  for (let isWhole = false; !isWhole; cuts += 1) {
    const world = await linked();
    const messages = push(world);
    let writes = 0;
    const cut = (): void => {
      if (writes++ === cuts) throw new Error("cut off");
    };
    world.documents.beforeWrite = cut;
    const { registerMany } = world.world.tasks;
    world.world.tasks.registerMany = async (tasks) => {
      cut();
      const results = await registerMany(tasks);
      cut();
      return results;
    };
    isWhole = await world.consumers.sink.accept(messages).then(
      () => true,
      () => false,
    );
    // What is registered runs at once, before the repetition and after it.
    world.documents.beforeWrite = () => {};
    await world.run();
    await world.clock.advance(5_000);
    await world.consumers.sink.accept(messages);
    await world.run();
    expect(world.requests).toHaveLength(3);
    expect(world.tasksOf("deliver/").map(({ status }) => status)).toEqual(["DONE", "DONE", "DONE"]);
    expect(await world.consumers.sink.accept(messages)).toEqual({ accepted: 0 });
  }
  expect(cuts).toBeGreaterThan(8);
});

test("two that hand on the same push at the same time make each delivery once", async () => {
  const world = await linked();
  const push = Array.from({ length: 30 }, (_, at) => entryMessage(world, { id: String(at) }));
  await Promise.all([world.consumers.sink.accept(push), world.consumers.sink.accept(push.toReversed())]);
  await world.run();
  expect(world.requests).toHaveLength(30);
});

test("a store that is away is not taken for a success", async () => {
  const world = await linked();
  const failure = new Error("away");
  world.documents.beforeWrite = () => {
    throw failure;
  };
  await expect(world.consumers.sink.accept([entryMessage(world)])).rejects.toBe(failure);
  world.documents.beforeWrite = () => {};
  expect(await world.consumers.sink.accept([entryMessage(world)])).toEqual({ accepted: 1 });
});

test("ten thousand entries in one push, to two consumers", async () => {
  const world = await linked();
  await world.consumers.link({ ...blog, consumer: "chat", filter: { path: "entry.title", endsWith: "7" } });
  const push = Array.from({ length: 10_000 }, (_, at) =>
    entryMessage(world, { id: String(at), title: `n ${at}` }),
  );
  expect(await world.consumers.sink.accept(push)).toEqual({ accepted: 10_000 });
  expect(world.tasksOf("deliver/hook/")).toHaveLength(10_000);
  expect(world.tasksOf("deliver/chat/")).toHaveLength(1_000);
  // Where thousands are due at the very same moment, the embedded database may not find one of them.
  const due = world.tasksOf("deliver/hook/").map(({ scheduledAt }) => scheduledAt);
  expect(new Set(due).size).toBe(1_000);
  expect(Math.max(...due)).toBe(world.clock.now());
});

test("ids of any shape and length are names of their own", async () => {
  const world = await linked();
  const ids = ["a/b", "a%2Fb", "ü".repeat(2_000), `${"ü".repeat(1_999)}x`, "\ud800", " ", "__proto__"];
  const push = ids.map((id) => entryMessage(world, { id, title: id }, { id: `m ${id}` }));
  expect(await world.consumers.sink.accept(push)).toEqual({ accepted: ids.length });
  await world.run();
  expect(titlesOf(world)).toHaveLength(ids.length);
  for (const { pk, sk } of world.documents.dump()) {
    expect([Buffer.byteLength(pk) <= 2_048, Buffer.byteLength(sk) <= 1_024]).toEqual([true, true]);
  }
  expect(Math.max(...world.tasksOf("deliver/").map(({ id }) => id.length))).toBeLessThan(512);
});

test("a handler that cannot be read keeps nobody else from his messages, and gets its own when it can be again", async () => {
  const world = await linked();
  await world.consumers.link({ ...blog, consumer: "second" });
  await world.consumers.put({ ...hook, name: "second", url: "https://second.example/" });
  const key = { pk: "app/handler/subscription%3Ablog", sk: "hook" };
  const row = await world.documents.get(key, 0);
  if (row === null) throw new Error("the handler is not where it should be");
  await world.documents.putMany([{ ...key, data: { ...row.data, source: 7 } }]);
  const push = [entryMessage(world)];
  await expect(world.consumers.sink.accept(push)).rejects.toMatchObject({ code: "row-unreadable" });
  await world.run();
  expect(world.requests.map(({ url }) => url)).toEqual(["https://second.example/"]);
  await world.documents.putMany([row]);
  expect(await world.consumers.sink.accept(push)).toEqual({ accepted: 1 });
  await world.run();
  expect(world.requests.map(({ url }) => url)).toEqual([
    "https://second.example/",
    "https://hook.example/in",
  ]);
});

test("a consumer that cannot be read is our fault in its own deliveries, and no other's; it can be removed", async () => {
  const world = await linked();
  await world.consumers.link({ ...blog, consumer: "second" });
  await world.consumers.put({ ...hook, name: "second", url: "https://second.example/" });
  await world.documents.putMany([{ pk: "app/consumer", sk: "hook", data: { type: "http" } }]);
  expect(await world.consumers.sink.accept([entryMessage(world)])).toEqual({ accepted: 1 });
  await world.run();
  expect(world.requests.map(({ url }) => url)).toEqual(["https://second.example/"]);
  expect(world.logs().find(({ outcome }) => outcome === "fault")).toMatchObject({ error: "row-unreadable" });
  expect(world.tasksOf("deliver/hook/")[0]).toMatchObject({ status: "ACTIVE", reason: "retrying" });
  await world.consumers.delete({ namespace: "app", name: "hook" });
  expect(await world.consumers.get({ namespace: "app", name: "hook" })).toBeNull();
});
