import { expect, test } from "vitest";
import {
  added,
  createTestSubscriber,
  DAY_MS,
  HOUR_MS,
  KEY,
  subscribed,
  unreachable,
} from "./test-subscriber.ts";

test("S-L3, S-V5: unsubscribing asks with the pair the hub knows, and ends with the hub's own check", async () => {
  const world = await subscribed();
  const [{ callback, topic } = { callback: "", topic: "" }] = world.hub.live();
  expect((await world.subscriber.remove(KEY)).state).toBe("unsubscribing");
  await world.run();
  expect(world.hub.asked.at(-1)).toMatchObject({ mode: "unsubscribe", callback, topic, secret: null });
  const [check] = [
    world.hub.urlOf({ mode: "unsubscribe", callback, topic }, { "hub.lease_seconds": "99999999" }),
  ];
  expect((await world.visit("GET", check)).status).toBe(200);
  expect(await world.subscriber.get(KEY)).toMatchObject({
    state: "unsubscribed",
    lease: null,
    request: null,
  });
  await world.pass(20 * DAY_MS);
  expect(await world.state()).toBe("unsubscribed");
  expect(world.hub.asked).toHaveLength(2);
  expect(world.published.map(({ predicate }) => predicate)).toEqual([
    "hookclock.subscription.active",
    "hookclock.subscription.unsubscribed",
  ]);
});

test("a forged unsubscribe check ends nothing", async () => {
  const world = await subscribed();
  const [{ callback, topic } = { callback: "", topic: "" }] = world.hub.live();
  expect((await world.visit("GET", world.hub.urlOf({ mode: "unsubscribe", callback, topic }))).status).toBe(
    404,
  );
  expect(await world.state()).toBe("active");
});

test("a hub that does not know the subscription has ended it", async () => {
  const world = await subscribed();
  await world.subscriber.remove(KEY);
  world.hub.trouble = { status: 404, body: "unknown" };
  await world.run();
  expect(await world.subscriber.get(KEY)).toMatchObject({
    state: "unsubscribed",
    lastError: { error: "status", message: expect.stringContaining("404: unknown") },
  });
});

test("a hub that is down, or never checks, is asked until the lease ends; then it is over all the same", async () => {
  for (const trouble of [unreachable("timeout"), null]) {
    const world = await subscribed();
    world.hub.trouble = trouble;
    world.hub.isSilent = true;
    await world.subscriber.remove(KEY);
    await world.pass(9 * DAY_MS);
    expect(await world.state()).toBe("unsubscribing");
    await world.pass(2 * DAY_MS);
    expect(await world.state()).toBe("unsubscribed");
    expect(world.emitted.at(-1)?.type).toBe("subscription.unsubscribed");
  }
});

test("what was never agreed to is over at once, and a check that is late is refused", async () => {
  const world = await added();
  await world.run();
  expect((await world.subscriber.remove(KEY)).state).toBe("unsubscribed");
  expect(await world.hub.check()).toEqual([404]);
  expect(await world.subscriber.remove(KEY)).toMatchObject({ state: "unsubscribed" });
  expect(world.hub.asked).toHaveLength(1);
});

test("S-V6: a denial ends what is pending, with the hub's reason", async () => {
  const world = await added();
  await world.run();
  const [asked] = world.hub.asked;
  if (asked === undefined) throw new Error("nobody was asked");
  expect((await world.hub.deny(asked, "members\nonly")).status).toBe(200);
  expect(await world.subscriber.get(KEY)).toMatchObject({
    state: "denied",
    lastError: { error: "denied", message: "the hub denied the subscription: members\nonly" },
  });
  expect(await world.hub.check()).toEqual([404]);
  await world.pass(DAY_MS);
  expect(world.published.map(({ predicate }) => predicate)).toEqual(["hookclock.subscription.denied"]);
  expect(await world.state()).toBe("denied");
});

test("S-V6: a denial ends an active subscription, a renewing one, and one that is being ended, at any time", async () => {
  for (const at of [HOUR_MS, 5 * DAY_MS, 9.6 * DAY_MS]) {
    const world = await subscribed();
    world.hub.isSilent = true;
    await world.pass(at);
    const [pair] = world.hub.live();
    if (pair === undefined) throw new Error("no pair");
    expect((await world.hub.deny({ ...pair, topic: "https://other.example/" })).status).toBe(404);
    expect((await world.hub.deny({ ...pair, callback: `${pair.callback}x` })).status).toBe(404);
    expect(await world.state()).toBe(at > 9.5 * DAY_MS ? "renewing" : "active");
    expect((await world.hub.deny(pair)).status).toBe(200);
    expect(await world.state()).toBe("denied");
    expect((await world.hub.push(pair, "x")).status).toBe(410);
    await world.pass(10 * DAY_MS);
    expect(await world.state()).toBe("denied");
  }
  const world = await subscribed();
  const [pair] = world.hub.live();
  await world.subscriber.remove(KEY);
  if (pair !== undefined) await world.hub.deny(pair);
  expect(await world.state()).toBe("unsubscribed");
});

test.each(["denied", "expired", "unsubscribed", "failed"])(
  "one that is %s can be asked for again",
  async (state) => {
    const world = await added();
    if (state === "failed") world.hub.trouble = { status: 400 };
    await world.run();
    if (state === "expired" || state === "unsubscribed") await world.hub.check();
    if (state === "expired") {
      world.hub.trouble = unreachable();
      await world.pass(11 * DAY_MS);
    }
    if (state === "unsubscribed") {
      await world.subscriber.remove(KEY);
      await world.run();
      await world.hub.check();
    }
    if (state === "denied") await world.hub.deny(world.hub.asked[0] ?? { topic: "", callback: "" });
    expect(await world.state()).toBe(state);
    world.hub.trouble = null;
    expect((await world.subscriber.renew(KEY)).state).toBe("pending");
    await world.run();
    await world.hub.check();
    expect(await world.state()).toBe("active");
    expect(await world.hub.publish("again")).toContain(202);
  },
);

test("an ended subscription is forgotten a month after it was ended by its user, and its name is free", async () => {
  const world = await subscribed();
  await world.subscriber.remove(KEY);
  await world.run();
  await world.hub.check();
  await world.pass(31 * DAY_MS);
  expect(await world.subscriber.get(KEY)).toBeNull();
  await world.subscriber.add({ ...KEY, url: "https://blog.example/feed" });
  await world.run();
  await world.hub.check();
  await world.run();
  expect(await world.state()).toBe("active");
  expect(world.published.map(({ predicate }) => predicate.split(".").at(-1))).toEqual([
    "active",
    "unsubscribed",
    "active",
  ]);
});

test("what is not there can be neither renewed nor removed", async () => {
  const { subscriber } = createTestSubscriber();
  await expect(subscriber.renew(KEY)).rejects.toMatchObject({ code: "not-found", field: "id" });
  await expect(subscriber.remove(KEY)).rejects.toMatchObject({ code: "not-found", field: "id" });
  expect(await subscriber.get(KEY)).toBeNull();
});
