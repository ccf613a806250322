// Other workers that are faster than we are, and troubles that outlast every retry.
import { trigger } from "@hookclock/engine";
import { expect, test } from "vitest";
import {
  added,
  advertised,
  createTestSubscriber,
  DAY_MS,
  HOUR_MS,
  HUB,
  KEY,
  subscribed,
  TOPIC,
} from "./test-subscriber.ts";

test("tasks that are run before what wants them is saved wait for it", async () => {
  const world = createTestSubscriber();
  world.places.set(TOPIC, advertised());
  world.places.set(HUB, (request) => world.hub.place(request));
  let early = 0;
  world.race.afterRegister = async () => {
    await world.clock.advance(300);
    early += (await trigger(world.engine)).processed;
  };
  await world.subscriber.add({ ...KEY, url: TOPIC });
  expect(early).toBe(1);
  expect(world.hub.asked).toEqual([]);
  await world.pass(30_000);
  expect(world.hub.asked).toHaveLength(1);
  world.hub.leaseSeconds = 86_400;
  await world.hub.check();
  await world.pass(DAY_MS - 10_000);
  expect(await world.state()).toBe("renewing");
  await world.hub.check();
  await world.subscriber.remove(KEY);
  await world.pass(60_000);
  await world.hub.check();
  await world.pass(60_000);
  expect(await world.state()).toBe("unsubscribed");
  expect(world.published.map(({ predicate }) => predicate.split(".").at(-1))).toEqual([
    "active",
    "unsubscribed",
  ]);
});

test("a task whose state never came to be ends by itself", async () => {
  const world = createTestSubscriber();
  world.places.set(TOPIC, advertised());
  world.places.set(HUB, (request) => world.hub.place(request));
  world.crash.plan({ at: 2, when: "before" });
  await expect(world.subscriber.add({ ...KEY, url: TOPIC })).rejects.toThrow("crash");
  expect(world.tasks()).not.toEqual([]);
  await world.pass(2 * DAY_MS);
  expect(world.tasks().map(({ status }) => status)).toEqual(["DONE", "DONE"]);
  expect(world.hub.asked).toEqual([]);
});

test("a request that was taken is not made twice, though its task is run again", async () => {
  const world = await added();
  const [row] = world.tasks().filter(({ kind }) => kind === "websub.subscribe");
  const handler = world.subscriber.handlers.find(({ kind }) => kind === "websub.subscribe");
  if (row === undefined || handler === undefined) throw new Error("there should be a task");
  await world.run();
  const context = { signal: new AbortController().signal, deliveryId: "d", startedAt: 0, attempt: 1 };
  expect(await handler.run(row, context)).toMatchObject({ class: "ok" });
  expect(world.hub.asked).toHaveLength(1);
});

test("a first request whose task failed by our own fault is made again by what looks after it", async () => {
  const world = await added();
  let isBroken = true;
  world.places.set(TOPIC, (request) => {
    if (isBroken) throw new TypeError("a defect of ours");
    return advertised()(request);
  });
  await world.pass(0.85 * DAY_MS);
  expect(world.tasks().filter(({ status }) => status === "FAILED")).toHaveLength(1);
  expect(await world.state()).toBe("pending");
  isBroken = false;
  world.hub.isSynchronous = true;
  await world.pass(0.5 * DAY_MS);
  expect(await world.state()).toBe("active");
});

test("a database that is down for hours ends neither looking nor what a lease needs", async () => {
  const looking = createTestSubscriber();
  looking.places.set(TOPIC, () => ({ body: String(looking.clock.now()) }));
  await looking.subscriber.add({ ...KEY, url: TOPIC, poll: { everySeconds: 600 } });
  await looking.run();
  const before = looking.messages.size;
  looking.crash.goDown(true);
  await looking.pass(6 * HOUR_MS);
  expect(looking.messages.size).toBe(before);
  looking.crash.goDown(false);
  await looking.pass(HOUR_MS);
  expect(looking.messages.size).toBeGreaterThan(before);

  const leased = await subscribed();
  const { renewAt = 0, expiresAt = 0 } = (await leased.row())?.lease ?? {};
  await leased.passUntil(renewAt - HOUR_MS);
  leased.crash.goDown(true);
  await leased.pass(6 * HOUR_MS);
  leased.crash.goDown(false);
  await leased.pass(2 * HOUR_MS);
  await leased.hub.check();
  expect((await leased.row())?.lease?.expiresAt).toBeGreaterThan(expiresAt);
});

test("content and checks that come while the database is down are not acknowledged", async () => {
  const world = await subscribed();
  world.crash.goDown(true);
  expect(await world.hub.publish("x")).toEqual([500]);
  world.crash.goDown(false);
  expect(await world.hub.publish("x")).toEqual([202]);
  await world.run();
  expect(world.messages.size).toBe(1);
});
