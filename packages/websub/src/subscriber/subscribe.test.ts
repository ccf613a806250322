import { expect, test } from "vitest";
import { added, advertised, createTestSubscriber, HUB, KEY, subscribed, TOPIC } from "./test-subscriber.ts";

test("S-R1, S-R2, S-R3, S-R5, S-R6: the hub is asked by a form, for the topic's own URL", async () => {
  const world = await added({}, { url: "https://blog.example/", leaseSeconds: 1_234 });
  world.places.set("https://blog.example/", advertised());
  await world.run();
  const { method, headers, url } = world.requests.at(-1) ?? {};
  expect([method, url]).toEqual(["POST", HUB]);
  expect(headers?.["content-type"]).toBe("application/x-www-form-urlencoded");
  const { form } = world.hub.asked[0] ?? {};
  expect(Object.fromEntries(form ?? [])).toMatchObject({
    "hub.mode": "subscribe",
    "hub.topic": TOPIC,
    "hub.lease_seconds": "1234",
    "hub.callback": expect.stringMatching(/^https:\/\/me\.example\/callbacks\/app\/s1\/[\w-]{43}$/),
    "hub.secret": expect.stringMatching(/^[\w-]{43}$/),
  });
});

test("S-R11: the request is stored before it is sent, so a hub may check before it answers", async () => {
  const world = await added();
  world.hub.isSynchronous = true;
  await world.run();
  expect(world.hub.live()).toHaveLength(1);
  expect(await world.subscriber.get(KEY)).toMatchObject({
    state: "active",
    topic: TOPIC,
    hub: HUB,
    signed: true,
    lease: { leaseSeconds: 864_000 },
    request: null,
    history: [{ state: "pending" }, { state: "active" }],
  });
});

test("S-V1, S-V2, S-V4, S-V7: the check is answered with its challenge alone, as plain text; the lease is the hub's", async () => {
  const world = await added();
  world.hub.leaseSeconds = 7_200;
  await world.run();
  const [asked] = world.hub.asked;
  if (asked === undefined) throw new Error("nobody was asked");
  const reply = await world.visit("GET", world.hub.urlOf(asked, { "hub.challenge": "a b&c" }));
  expect(reply).toEqual({
    status: 200,
    body: "a b&c",
    headers: expect.objectContaining({
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
    }),
  });
  const { lease } = (await world.subscriber.get(KEY)) ?? {};
  expect(lease?.leaseSeconds).toBe(7_200);
  expect(Date.parse(lease?.expiresDate ?? "") - world.clock.now()).toBe(7_200_000);
});

test("neither token nor secret is shown to users, told to listeners, or in tasks and their logs", async () => {
  const world = await subscribed();
  await world.run();
  const { lease } = (await world.row()) ?? {};
  const shown = JSON.stringify([
    await world.subscriber.list({ namespace: "app" }),
    ...[world.emitted, world.published, world.tasks(), world.engine.stores.dump()],
  ]);
  expect(lease?.secret).toHaveLength(43);
  expect(shown).not.toContain(lease?.token);
  expect(shown).not.toContain(lease?.secret);
  expect(shown).toContain("s1");
});

test("the query of a URL, where tokens live, is no part of what is published", async () => {
  const world = createTestSubscriber();
  const url = `${TOPIC}?token=tiger`;
  world.places.set(url, () => ({ status: 404 }));
  await world.subscriber.add({ ...KEY, url });
  await world.run();
  expect(world.published).toMatchObject([{ payload: { url: `${TOPIC}?[redacted]`, state: "failed" } }]);
  expect(JSON.stringify([world.published, world.emitted])).not.toContain("tiger");
  expect(await world.subscriber.get(KEY)).toMatchObject({ url });
});
