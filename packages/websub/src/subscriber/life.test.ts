// Renewals and checks, each looked at by itself.
import { expect, test } from "vitest";
import {
  added,
  advertised,
  DAY_MS,
  HOUR_MS,
  HUB,
  KEY,
  living,
  subscribed,
  type TestWorld,
  TOPIC,
  unreachable,
} from "./test-subscriber.ts";

test("S-L2, S-R4: a renewal has a callback and a secret of its own; the old ones are good until the hub uses the new ones", async () => {
  const world = await subscribed();
  const [old] = world.hub.live();
  await world.passUntil((await world.row())?.lease?.renewAt ?? 0);
  await world.hub.check();
  const pairs = world.hub.live();
  const fresh = pairs.find(({ callback }) => callback !== old?.callback);
  if (old === undefined || fresh === undefined) throw new Error("there should be two pairs");
  expect(pairs).toHaveLength(2);
  expect(fresh.secret).not.toBe(old.secret);
  // The hub may not have heard our yes: then it goes on with the old one.
  expect((await world.hub.push(old, "one")).status).toBe(202);
  expect((await world.hub.push({ ...old, secret: fresh.secret }, "forged")).status).toBe(403);
  expect((await world.hub.push(fresh, "one")).status).toBe(202);
  expect((await world.hub.push(fresh, "two")).status).toBe(202);
  // What the hub sends to both is delivered once, and what is late and came to neither before is delivered too.
  for (const body of ["one", "two", "of before"]) expect((await world.hub.push(old, body)).status).toBe(202);
  await world.run();
  expect(contents(world)).toEqual(["of before", "one", "two"]);
  expect((await world.subscriber.get(KEY))?.pushes.received).toBe(3);
  await world.pass(2 * HOUR_MS);
  expect((await world.hub.push(old, "three")).status).toBe(410);
  expect((await world.hub.push(fresh, "three")).status).toBe(202);
});

/** Sorted: messages of one instant come in any order. */
const contents = ({ messages }: TestWorld) =>
  [...messages.values()].map(({ content }) => Buffer.from(content?.bytes ?? []).toString()).sort();

test("a hub that goes on with the old callback alone may say the same again, with another in between", async () => {
  const world = await subscribed();
  const [old] = world.hub.live();
  await world.passUntil((await world.row())?.lease?.renewAt ?? 0);
  await world.hub.check();
  if (old === undefined) throw new Error("there should be a pair");
  for (const body of ["on", "off", "on"]) await world.hub.push(old, body);
  await world.run();
  expect(contents(world)).toEqual(["off", "on", "on"]);
});

test("S-R4: with rotateCallback off, a renewal keeps callback and secret, unless topic or hub are others", async () => {
  const world = await subscribed({}, { rotateCallback: false });
  await world.passUntil((await world.row())?.lease?.renewAt ?? 0);
  await world.hub.check();
  const [first, second] = world.hub.asked;
  expect(second?.callback).toBe(first?.callback);
  expect(second?.secret).toBe(first?.secret);
  world.places.set(TOPIC, advertised("https://other.example/"));
  world.places.set("https://other.example/", (request) => world.hub.place(request));
  await world.passUntil((await world.row())?.lease?.renewAt ?? 0);
  expect(world.hub.asked[2]?.callback).not.toBe(first?.callback);
});

test("S-D7, S-L2: a renewal begins with a look at the topic, so it follows a publisher that moves", async () => {
  const world = await living();
  const moved = "https://new.example/feed";
  world.places.set(TOPIC, () => ({ status: 301, headers: { location: moved } }));
  world.places.set(moved, advertised("https://newhub.example/", moved));
  world.places.set("https://newhub.example/", (request) => world.hub.place(request));
  await world.passUntil(((await world.row())?.lease?.renewAt ?? 0) + 1);
  expect(await world.subscriber.get(KEY)).toMatchObject({
    ...{ state: "active", topic: moved, hub: "https://newhub.example/", url: TOPIC },
  });
});

test("a topic that is down, or has lost its links, does not stop a renewal", async () => {
  for (const place of [() => unreachable("dns"), () => ({ status: 404 }), () => ({ body: "no links" })]) {
    const world = await living();
    world.places.set(TOPIC, place);
    const before = (await world.row())?.lease?.expiresAt ?? 0;
    await world.passUntil(before);
    expect(await world.state()).toBe("active");
    expect((await world.row())?.lease?.expiresAt).toBeGreaterThan(before);
  }
});

test("content during a renewal is taken, whichever way the renewal goes", async () => {
  const world = await subscribed();
  world.hub.isSilent = true;
  await world.passUntil(((await world.row())?.lease?.renewAt ?? 0) + HOUR_MS);
  expect(await world.state()).toBe("renewing");
  expect(await world.hub.publish("meanwhile")).toEqual([202]);
  world.hub.isSilent = false;
  await world.pass(6 * HOUR_MS);
  await world.hub.check();
  expect(await world.state()).toBe("active");
  expect(await world.hub.publish("after")).toContain(202);
  await world.run();
  expect(world.messages.size).toBe(2);
});

test("S-V4: a replayed check does not prolong the lease, and a renewal that is not asked for cannot be confirmed", async () => {
  const world = await subscribed();
  const [asked] = world.hub.asked;
  if (asked === undefined) throw new Error("nobody was asked");
  const lease = (await world.row())?.lease;
  const check = world.hub.urlOf(asked, { "hub.lease_seconds": "31536000" });
  await world.pass(60_000);
  expect((await world.visit("GET", check)).status).toBe(200);
  expect((await world.row())?.lease).toEqual(lease);
  await world.pass(HOUR_MS);
  expect((await world.visit("GET", check)).status).toBe(404);
  expect((await world.row())?.lease).toEqual(lease);
});

test("S-V3: forged checks are refused and change nothing", async () => {
  const world = await subscribed();
  const before = JSON.stringify(await world.row());
  const callback = world.hub.asked[0]?.callback ?? "";
  const forged = [
    { mode: "subscribe", topic: TOPIC, callback: callback.replace(/[^/]+$/, "guess") },
    { mode: "subscribe", topic: `${TOPIC}?other`, callback },
    { mode: "unsubscribe", topic: TOPIC, callback },
    { mode: "subscribe", topic: TOPIC, callback: callback.replace("/s1/", "/s2/") },
    { mode: "subscribe", topic: TOPIC, callback: callback.replace("/app/", "/other/") },
    { mode: "SUBSCRIBE", topic: TOPIC, callback },
  ];
  for (const one of forged) expect((await world.visit("GET", world.hub.urlOf(one))).status).toBe(404);
  expect(JSON.stringify(await world.row())).toBe(before);
});

test("verification that never comes: asked again, each time later, and failed in the end", async () => {
  const world = await added();
  world.hub.isSilent = true;
  await world.pass(2 * DAY_MS);
  expect(world.hub.asked).toHaveLength(5);
  expect(new Set(world.hub.asked.map(({ callback }) => callback)).size).toBe(1);
  expect(await world.subscriber.get(KEY)).toMatchObject({
    ...{ state: "failed", request: null },
    lastError: { error: "not-verified" },
  });
  expect(world.published).toEqual([expect.objectContaining({ predicate: "hookclock.subscription.failed" })]);
});

test("a check that is late is still agreed to", async () => {
  const world = await added();
  await world.pass(30 * 60_000);
  expect(world.hub.asked.length).toBeGreaterThan(1);
  expect(await world.hub.check()).toContain(200);
  expect(await world.state()).toBe("active");
});

test("D-3.3-7: what goes wrong with a first request is on the row; it is tried for a day and then failed", async () => {
  const world = await added();
  world.hub.trouble = unreachable("timeout");
  await world.run();
  expect(await world.subscriber.get(KEY)).toMatchObject({
    ...{ state: "pending", lastError: { error: "timeout" } },
  });
  await world.pass(2 * DAY_MS);
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "failed", lastError: { error: "timeout" } });
  const tries = world.requests.filter(({ url }) => url === HUB).length;
  expect(tries).toBe(21);
});

test("a hub that wants us to wait is waited for, but never past the end of the lease", async () => {
  const world = await living();
  const { expiresAt = 0, renewAt = 0 } = (await world.row())?.lease ?? {};
  world.hub.trouble = { status: 429, headers: { "retry-after": "86400" } };
  await world.passUntil(renewAt + 1_000);
  expect(await world.state()).toBe("renewing");
  const asked = world.requests.length;
  await world.pass(HOUR_MS);
  expect(world.requests).toHaveLength(asked);
  world.hub.trouble = null;
  await world.passUntil(expiresAt);
  expect(await world.state()).toBe("active");
});

test("a refusal is final for a first request", async () => {
  const world = await added();
  world.hub.trouble = { status: 400, body: "invalid topic" };
  await world.pass(DAY_MS);
  expect(await world.subscriber.get(KEY)).toMatchObject({
    ...{ state: "failed", lastError: { error: "status", message: expect.stringContaining("invalid topic") } },
  });
  expect(world.requests.filter(({ url }) => url === HUB)).toHaveLength(1);
});

test("a user's renewal asks at once, and the renewal that was planned does no harm", async () => {
  const world = await living();
  await world.pass(DAY_MS);
  expect((await world.subscriber.renew(KEY)).state).toBe("renewing");
  await world.run();
  expect(await world.state()).toBe("active");
  expect(world.hub.asked).toHaveLength(2);
  await world.pass(9.6 * DAY_MS);
  expect(await world.state()).toBe("active");
  expect(world.hub.asked).toHaveLength(3);
});

test("without its tasks, which somebody deleted, a subscription is not renewed any more until it is asked to be", async () => {
  const world = await living();
  for (const { namespace, id } of world.tasks()) await world.engine.stores.tasks.remove({ namespace, id });
  await world.pass(11 * DAY_MS);
  expect([await world.state(), world.hub.asked.length]).toEqual(["active", 1]);
  await world.subscriber.renew(KEY);
  await world.pass(30 * DAY_MS);
  expect(await world.state()).toBe("active");
  expect(world.hub.asked.length).toBeGreaterThan(3);
});
