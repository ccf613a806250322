import { expect, test } from "vitest";
import { added, advertised, createTestSubscriber, HUB, KEY, subscribed, TOPIC } from "./test-subscriber.ts";

test("the same call with the same id is the same subscription; another wish is a conflict", async () => {
  const world = await added();
  const first = await world.subscriber.get(KEY);
  expect(await world.subscriber.add({ ...KEY, url: TOPIC })).toEqual(first);
  await world.run();
  expect(world.hub.asked).toHaveLength(1);
  for (const other of [{ url: "https://other.example/" }, { url: TOPIC, leaseSeconds: 5 }]) {
    await expect(world.subscriber.add({ ...KEY, ...other })).rejects.toMatchObject({
      ...{ code: "id-conflict", field: "id" },
    });
  }
});

test("two calls at once with one id make one subscription", async () => {
  const world = createTestSubscriber();
  world.places.set(TOPIC, advertised());
  world.places.set(HUB, (request) => world.hub.place(request));
  await Promise.all([1, 2, 3].map(() => world.subscriber.add({ ...KEY, url: TOPIC })));
  await world.run();
  expect(world.hub.asked).toHaveLength(1);
  await world.hub.check();
  expect(await world.state()).toBe("active");
});

test("one that has ended begins anew, with the wish of now", async () => {
  const world = await subscribed();
  await world.subscriber.remove(KEY);
  await world.run();
  await world.hub.check();
  expect(await world.subscriber.add({ ...KEY, url: TOPIC, leaseSeconds: 7_000 })).toMatchObject({
    ...{ state: "pending", leaseSeconds: 7_000 },
  });
  await world.run();
  await world.hub.check();
  expect(await world.state()).toBe("active");
  expect(world.hub.asked.at(-1)?.form.get("hub.lease_seconds")).toBe("7000");
});

test("one that is being ended is not added again: it would end all the same", async () => {
  const world = await subscribed();
  await world.subscriber.remove(KEY);
  const again = { ...KEY, url: TOPIC, consumer: "hook" };
  await expect(world.subscriber.add(again)).rejects.toMatchObject({ code: "wrong-status", field: "id" });
  expect(world.links).toEqual([]);
  await world.run();
  await world.hub.check();
  expect(await world.subscriber.add(again)).toMatchObject({ state: "pending" });
});

test("its consumer is linked before anybody is asked, and neither when the subscription is refused", async () => {
  const world = await added();
  const other = { ...KEY, url: "https://other.example/", consumer: "hook" };
  await expect(world.subscriber.add(other)).rejects.toMatchObject({ code: "id-conflict" });
  const badName = { namespace: "app", id: "new", url: TOPIC, consumer: "no name" };
  await expect(world.subscriber.add(badName)).rejects.toMatchObject({
    ...{ code: "invalid-input", field: "consumer" },
  });
  expect(world.links).toEqual([]);
  expect(await world.state("new")).toBeUndefined();
  // Whatever is cut off after the first write, the consumer is there before the subscription.
  world.crash.plan({ at: 1, when: "before" });
  const fine = { namespace: "app", id: "new", url: TOPIC, consumer: "hook" };
  await expect(world.subscriber.add(fine)).rejects.toMatchObject({ code: "store-unavailable" });
  world.crash.plan(null);
  expect(world.links).toEqual([{ subscription: "new", consumer: "hook" }]);
  expect(await world.state("new")).toBeUndefined();
});

test("without an id each call is a subscription of its own, with callbacks that have nothing in common", async () => {
  const world = await added();
  const ids = new Set<string>();
  for (let index = 0; index < 3; index += 1)
    ids.add((await world.subscriber.add({ namespace: "app", url: TOPIC })).id);
  await world.run();
  await world.hub.check();
  expect(ids.size).toBe(3);
  const tokens = world.hub.asked.map(({ callback }) => callback.split("/").at(-1));
  expect(new Set(tokens).size).toBe(4);
  const secrets = world.hub.asked.map(({ secret }) => secret);
  expect(new Set(secrets).size).toBe(4);
});

test.each([
  ["my app/1", "a/b c?#%é"],
  ["ü".repeat(128), "é".repeat(64)],
])("ids and namespaces of any letters find their way through a whole life: %s, %s", async (namespace, id) => {
  const world = createTestSubscriber();
  world.places.set(TOPIC, advertised());
  world.places.set(HUB, (request) => world.hub.place(request));
  const key = { namespace, id };
  await world.subscriber.add({ ...key, url: TOPIC });
  await world.run();
  expect(await world.hub.check()).toEqual([200]);
  expect(await world.hub.publish("x")).toEqual([202]);
  await world.run();
  expect(world.messages.size).toBe(1);
  await world.passUntil(Date.parse((await world.subscriber.get(key))?.lease?.renewDate ?? ""));
  expect(await world.hub.check()).toEqual([200]);
  await world.subscriber.remove(key);
  await world.run();
  expect(await world.hub.check()).toEqual([200]);
  expect(await world.subscriber.get(key)).toMatchObject({ state: "unsubscribed" });
  await world.run();
  expect(world.published.map(({ predicate }) => predicate.split(".").at(-1))).toEqual([
    "active",
    "unsubscribed",
  ]);
  expect(world.tasks().filter(({ status }) => status === "FAILED")).toEqual([]);
});

test.each<[string, Record<string, unknown>, string, string]>([
  ["a URL that is none", { url: "blog" }, "invalid-input", "url"],
  ["a private place", { url: "http://10.0.0.1/feed" }, "egress-refused", "url"],
  ["a private hub", { hub: "http://169.254.169.254/" }, "egress-refused", "hub"],
  ["no lease at all", { leaseSeconds: 0 }, "invalid-input", "leaseSeconds"],
  ["a lease for ever", { leaseSeconds: 366 * 86_400 }, "invalid-input", "leaseSeconds"],
  ["an empty secret", { secret: "" }, "invalid-input", "secret"],
  ["S-R6: a secret of 200 bytes", { secret: "x".repeat(200) }, "invalid-input", "secret"],
  ["S-R6: a secret of 200 bytes in 100 letters", { secret: "é".repeat(100) }, "invalid-input", "secret"],
  ["polling every second", { poll: { everySeconds: 1 } }, "invalid-input", "poll.everySeconds"],
  ["an option that does not exist", { leaseSecond: 5 }, "unknown-option", "leaseSecond"],
  ["a long id", { id: "x".repeat(129) }, "invalid-input", "id"],
  ["a reserved namespace", { namespace: "#own" }, "invalid-input", "namespace"],
])("refused with its name: %s", async (_, more, code, field) => {
  const world = createTestSubscriber();
  const call = world.subscriber.add({ namespace: "app", url: TOPIC, ...more });
  await expect(call).rejects.toMatchObject({ code, field });
  if (typeof more["secret"] === "string" && more["secret"] !== "")
    await expect(call).rejects.not.toThrow(more["secret"]);
  expect(world.memory.dump()).toEqual([]);
  expect(world.tasks()).toEqual([]);
});

test("S-R6: a secret of 199 bytes is sent as it is", async () => {
  const world = await added({}, { secret: "x".repeat(199) });
  await world.run();
  expect(world.hub.asked[0]?.secret).toBe("x".repeat(199));
});

test("lists go by id, page by page, and by state", async () => {
  const world = await added();
  for (const id of ["s2", "s3", "s4", "s5"]) await world.subscriber.add({ namespace: "app", id, url: TOPIC });
  await world.subscriber.add({ namespace: "other", id: "s1", url: TOPIC });
  for (const id of ["s2", "s4"]) await world.subscriber.remove({ namespace: "app", id });
  const idsOf = async (query: Record<string, unknown>) => {
    const page = await world.subscriber.list({ namespace: "app", ...query });
    return { ids: page.items.map(({ id }) => id), nextKey: page.nextKey };
  };
  expect(await idsOf({})).toEqual({ ids: ["s1", "s2", "s3", "s4", "s5"], nextKey: null });
  expect(await idsOf({ limit: 2 })).toEqual({ ids: ["s1", "s2"], nextKey: "s2" });
  expect(await idsOf({ limit: 2, startKey: "s2" })).toEqual({ ids: ["s3", "s4"], nextKey: "s4" });
  expect(await idsOf({ state: "unsubscribed" })).toEqual({ ids: ["s2", "s4"], nextKey: null });
  expect((await idsOf({ state: "pending", limit: 2 })).ids).toEqual(["s1", "s3"]);
  expect(await idsOf({ state: "active" })).toEqual({ ids: [], nextKey: null });
});

test("one that is being ended is not renewed", async () => {
  const world = await subscribed();
  await world.subscriber.remove(KEY);
  await expect(world.subscriber.renew(KEY)).rejects.toMatchObject({ code: "wrong-status" });
});

test("a row that cannot be read is named, and a task of ours with a foreign payload is refused at the door", async () => {
  const world = await added();
  await world.memory.putMany([{ pk: "app/subscription", sk: "odd", data: { state: "happy" } }]);
  await expect(world.subscriber.get({ namespace: "app", id: "odd" })).rejects.toMatchObject({
    ...{ code: "row-unreadable", message: expect.stringContaining("odd") },
  });
  for (const handler of world.subscriber.handlers) {
    expect(() => handler.validate?.({ payload: { subscription: 7 } })).toThrow("payload");
  }
});

test("the tasks of one host share a lane", async () => {
  const world = await added();
  const [ask] = world.tasks().filter(({ kind }) => kind === "websub.subscribe");
  expect(ask?.lane).toBe("blog.example");
  await world.run();
  await world.hub.check();
  const [renewal] = world.tasks().filter(({ kind }) => kind === "websub.renew");
  expect(renewal?.lane).toBe("hub.example");
});
