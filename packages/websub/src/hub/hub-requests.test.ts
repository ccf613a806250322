import { expect, test } from "vitest";
import { agreeing, CALLBACK, createTestHub, FORM, formOf, subscription, TOPIC } from "./test-hub.ts";
import { only, stored, subscribed } from "./test-subscribed.ts";

test("T-3: of several requests of a pair the newest counts, also against an answer that is under way", async () => {
  const hub = createTestHub();
  const answers: (() => void)[] = [];
  hub.peers.set(
    CALLBACK,
    (request) => new Promise((resolve) => answers.push(() => resolve(agreeing(request) as { body: string }))),
  );
  await hub.post(subscription({ "hub.secret": "one" }));
  const first = hub.run();
  await hub.clock.settle();
  expect(answers).toHaveLength(1);
  await hub.post(subscription({ "hub.secret": "two" }));
  await hub.post(subscription({ "hub.secret": "three" }));
  answers[0]?.();
  await first;
  expect(stored(hub).active).toBeNull();
  const second = hub.pass(1_000);
  await hub.clock.settle();
  for (let turn = 0; turn < 20 && answers.length < 2; turn += 1) await hub.clock.settle();
  answers[1]?.();
  await second;
  expect(hub.seen).toHaveLength(2);
  expect(stored(hub).active?.secret).toBe("three");
});

test("T-3: subscribe and unsubscribe at once: what came last holds", async () => {
  const hub = await subscribed();
  await hub.pass(5_000);
  await Promise.all([hub.post(subscription({ "hub.mode": "unsubscribe" })), hub.post(subscription())]);
  await hub.pass(5_000, 1_000);
  const last = hub.seen.at(-1)?.query.get("hub.mode");
  expect((await only(hub))?.state).toBe(last === "subscribe" ? "active" : "over");
  expect(hub.seen).toHaveLength(2);
});

test("one pair is asked at most once a second, however many requests name it", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, () => ({ status: 404 }));
  for (let round = 0; round < 30; round += 1) {
    await hub.post(subscription());
    await hub.pass(100);
  }
  await hub.pass(2_000, 500);
  expect(hub.seen.length).toBeLessThanOrEqual(4);
  expect(hub.seen.length).toBeGreaterThanOrEqual(3);
});

test("checks under way at one host are bounded, and there is room again when they are over", async () => {
  const hub = createTestHub({ hub: { pendingPerHostMax: 3 } });
  const ask = (n: number) => hub.post(subscription({ "hub.callback": `https://victim.example/${n}` }));
  expect(await Promise.all([ask(1), ask(2), ask(3)])).toMatchObject([
    { status: 202 },
    { status: 202 },
    { status: 202 },
  ]);
  const refused = await ask(4);
  expect(refused).toMatchObject({ status: 429, headers: { "retry-after": "10" } });
  expect((await ask(2)).status).toBe(202);
  expect((await hub.post(subscription({ "hub.callback": "https://other.example/1" }))).status).toBe(202);
  hub.peers.set("https://victim.example/1", agreeing);
  hub.peers.set("https://victim.example/2", () => ({ status: 404 }));
  await hub.pass(1_000);
  expect([(await ask(4)).status, (await ask(5)).status, (await ask(6)).status]).toEqual([202, 202, 429]);
});

test("a callback with a host name as long as a form allows is a request like any other", async () => {
  const hub = createTestHub();
  const callback = `https://${"x".repeat(4_000)}.example/cb`;
  expect((await hub.post(subscription({ "hub.callback": callback }))).status).toBe(202);
  for (const { pk } of hub.documents.dump()) expect(Buffer.byteLength(pk)).toBeLessThanOrEqual(2_048);
  await hub.pass(60_000, 5_000);
  expect(await only(hub)).toMatchObject({ state: "over", endReason: "not-confirmed" });
});

test("T-1: unsubscribing in another spelling of topic and callback ends the same subscription", async () => {
  const hub = await subscribed();
  hub.peers.set("HTTPS://Sub.Example:443/cb", agreeing);
  await hub.pass(2_000);
  const other = {
    "hub.topic": "https://PUB.example:443/feed",
    "hub.callback": "HTTPS://Sub.Example:443/cb#x",
  };
  await hub.post(subscription({ "hub.mode": "unsubscribe", ...other }));
  await hub.run();
  expect(await only(hub)).toMatchObject({ state: "over", endReason: "unsubscribed" });
  expect(hub.seen.at(-1)?.query.get("hub.topic")).toBe("https://PUB.example:443/feed");
});

test("checks that were lost hold up nobody for ever", async () => {
  const hub = createTestHub({ hub: { pendingPerHostMax: 1 } });
  hub.stores.faults.failBefore("tasks.insert");
  await expect(hub.post(subscription())).rejects.toMatchObject({ code: "store-unavailable" });
  const other = subscription({ "hub.callback": "https://sub.example/2" });
  expect((await hub.post(other)).status).toBe(429);
  await hub.clock.advance(60 * 60_000);
  expect((await hub.post(other)).status).toBe(202);
});

test("a callback at which nobody listens is tried to be reached a few times, then the request is over", async () => {
  const hub = createTestHub();
  await hub.post(subscription());
  await hub.pass(60_000, 1_000);
  expect(hub.seen).toHaveLength(3);
  expect(await only(hub)).toMatchObject({
    state: "over",
    lastError: { message: expect.stringMatching(/refused/) },
  });
});

test("cut off while the answer is saved, the check is made again and holds", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  let faults = 2;
  hub.documents.beforeWrite = (method) => {
    if (method === "save" && faults-- > 0) throw new Error("cut off");
  };
  await hub.pass(60_000, 1_000);
  expect(await only(hub)).toMatchObject({ state: "active" });
  expect(hub.events.filter(({ type }) => type === "hub.verified")).toHaveLength(1);
});

test("H-R9: percent-encoded unreserved characters make no other topic, and no other callback", async () => {
  const hub = await subscribed({}, { "hub.topic": "https://pub.example/%7euser/%41?q=%2f" });
  await hub.pass(2_000);
  await hub.post(
    subscription({
      "hub.topic": "https://pub.example/~user/A?q=%2F",
      "hub.callback": "https://sub.example/%63b",
    }),
  );
  const same = await hub.hub.list({
    namespace: "app",
    topic: "https://pub.example/~user/A?q=%2F",
    limit: 10,
  });
  expect(same.items).toMatchObject([{ state: "renewing", topic: "https://pub.example/%7euser/%41?q=%2f" }]);
  const other = await hub.hub.list({ namespace: "app", topic: "https://pub.example/~user/A?q=/", limit: 10 });
  expect(other.items).toEqual([]);
});

test("T-1, T-2: other topic, other callback or other namespace is another subscription", async () => {
  const hub = await subscribed();
  hub.peers.set("https://sub.example/other", agreeing);
  await hub.post(subscription({ "hub.callback": "https://sub.example/other" }));
  await hub.post(subscription({ "hub.topic": `${TOPIC}/` }));
  await hub.post(subscription(), "elsewhere");
  await hub.run();
  const count = async (namespace: string, topic?: string) =>
    (await hub.hub.list({ namespace, limit: 10, ...(topic === undefined ? {} : { topic }) })).items.length;
  expect([await count("app", TOPIC), await count("app"), await count("elsewhere")]).toEqual([2, 3, 1]);
});

test("no secret and no challenge in tasks, logs, events or lists", async () => {
  const hub = await subscribed({}, { "hub.secret": "do-not-tell" });
  const challenge = hub.seen[0]?.query.get("hub.challenge") ?? "none";
  const { tasks, logs } = hub.stores.dump();
  const told = JSON.stringify([tasks, logs, hub.events, await hub.hub.list({ namespace: "app", limit: 5 })]);
  expect(told).toContain("hub.verify");
  expect(told).not.toContain("do-not-tell");
  expect(told).not.toContain(challenge);
});

test("lists go on where they were, topic by topic, and refuse a key that is none", async () => {
  const hub = createTestHub();
  for (let n = 0; n < 7; n += 1) {
    const callback = `https://s${n}.example/cb`;
    hub.peers.set(callback, agreeing);
    await hub.post(subscription({ "hub.topic": `${TOPIC}/${n % 3}`, "hub.callback": callback }));
  }
  await hub.run();
  const found: string[] = [];
  let startKey: string | undefined;
  do {
    const page: Awaited<ReturnType<typeof hub.hub.list>> = await hub.hub.list({
      ...{ namespace: "app", limit: 2 },
      ...(startKey === undefined ? {} : { startKey }),
    });
    found.push(...page.items.map(({ callback }) => callback));
    startKey = page.nextKey ?? undefined;
  } while (startKey !== undefined);
  expect(new Set(found).size).toBe(7);
  expect(found).toHaveLength(7);
  await expect(hub.hub.list({ namespace: "app", limit: 2, startKey: "e30" })).rejects.toMatchObject({
    code: "invalid-cursor",
  });
});

test("H-R4: a body that is no form is 415, in plain words", async () => {
  const hub = createTestHub();
  const request = { namespace: "app", body: formOf(subscription()) };
  expect(await hub.hub.request({ ...request, contentType: "application/json" })).toMatchObject({
    status: 415,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
  expect((await hub.hub.request({ ...request, contentType: `${FORM}; charset=utf-8` })).status).toBe(202);
});
