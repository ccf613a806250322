import { expect, test } from "vitest";
import { agreeing, CALLBACK, createTestHub, subscription, TOPIC, unreachable } from "./test-hub.ts";

const denials = (hub: ReturnType<typeof createTestHub>) =>
  hub.at(CALLBACK).filter(({ query }) => query.get("hub.mode") === "denied");
const states = async (hub: ReturnType<typeof createTestHub>) =>
  (await hub.hub.list({ namespace: "app", topic: TOPIC, limit: 5 })).items.map(({ state, endReason }) => [
    state,
    endReason,
  ]);
const DENIAL = { namespace: "app", topic: TOPIC, callback: CALLBACK };

test("H-D3, H-R5: a topic that policy refuses is taken with 202, then denied at the callback and never asked about", async () => {
  const hub = createTestHub({ hub: { policy: { topic: (topic) => `not ${topic} & others` } } });
  hub.peers.set(CALLBACK, agreeing);
  expect(await hub.post(subscription({ "hub.callback": `${CALLBACK}?t=1` }))).toEqual({ status: 202 });
  await hub.run();
  expect(hub.seen).toHaveLength(1);
  const [denial] = denials(hub);
  expect(denial?.method).toBe("GET");
  expect(denial?.url.startsWith(`${CALLBACK}?t=1&hub.mode=denied&`)).toBe(true);
  expect(Object.fromEntries(denial?.query ?? [])).toEqual({
    t: "1",
    "hub.mode": "denied",
    "hub.topic": TOPIC,
    "hub.reason": `not ${TOPIC} & others`,
  });
});

test("H-D2: what policy lets pass is asked about, and policy is asked for each namespace", async () => {
  const asked: string[] = [];
  const topic = async (url: string, namespace: string) => {
    asked.push(`${namespace} ${url}`);
    return namespace === "closed" ? "closed" : null;
  };
  const hub = createTestHub({ hub: { policy: { topic } } });
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.post(subscription(), "closed");
  await hub.run();
  expect(asked.sort()).toEqual([`app ${TOPIC}`, `closed ${TOPIC}`]);
  expect(hub.seen.map(({ query }) => query.get("hub.mode")).sort()).toEqual(["denied", "subscribe"]);
});

test("H-R12: a callback that policy refuses is told so at once and never called", async () => {
  const hub = createTestHub({ hub: { policy: { callback: () => "only for friends" } } });
  expect(await hub.post(subscription())).toMatchObject({ status: 403, body: "only for friends\n" });
  await hub.pass(10_000, 1_000);
  expect(hub.seen).toEqual([]);
  expect(hub.documents.dump()).toEqual([]);
});

test("H-R12: who may ping is policy too", async () => {
  const publisher = (topic: string) => (topic === TOPIC ? null : "not yours");
  const hub = createTestHub({ hub: { policy: { publisher } } });
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.run();
  expect((await hub.post({ "hub.mode": "publish", "hub.url": TOPIC })).status).toBe(204);
  const mixed: [string, string][] = [
    ["hub.mode", "publish"],
    ["hub.url", TOPIC],
    ["hub.url", "https://other.example/"],
  ];
  expect(await hub.post(mixed)).toMatchObject({ status: 403, body: "not yours\n" });
});

test("H-D1: leaving needs nobody's leave", async () => {
  let isOpen = true;
  const hub = createTestHub({ hub: { policy: { topic: () => (isOpen ? null : "closed") } } });
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.run();
  isOpen = false;
  await hub.post(subscription({ "hub.mode": "unsubscribe" }));
  await hub.pass(2_000, 1_000);
  expect(denials(hub)).toEqual([]);
  expect(await states(hub)).toEqual([["over", "unsubscribed"]]);
});

test("H-D4: an active subscription can be denied at any time, once; then nothing is delivered any more", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.run();
  expect(await hub.hub.deny({ ...DENIAL, reason: "gone to seed" })).toBe(true);
  expect(await states(hub)).toEqual([["over", "denied"]]);
  expect(await hub.hub.deny({ ...DENIAL, reason: "again" })).toBe(false);
  expect(await hub.hub.deny({ ...DENIAL, callback: "https://sub.example/none", reason: "" })).toBe(false);
  const content = { namespace: "app", topic: TOPIC, contentType: "text/plain", bytes: Uint8Array.of(1) };
  await hub.hub.publishContent(content);
  await hub.run();
  expect(denials(hub).map(({ query }) => query.get("hub.reason"))).toEqual(["gone to seed"]);
  expect(hub.at(CALLBACK, "POST")).toEqual([]);
  expect(hub.events.map(({ type }) => type)).toEqual(["hub.verified", "hub.denied"]);
});

test("H-D4: a request that waits for its check can be denied; it is not asked about any more", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  expect(await hub.hub.deny({ ...DENIAL, reason: "" })).toBe(true);
  await hub.run();
  expect(hub.seen.map(({ query }) => [query.get("hub.mode"), query.has("hub.reason")])).toEqual([
    ["denied", false],
  ]);
});

test("H-D4: who asks again after a denial is judged anew", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.run();
  await hub.hub.deny({ ...DENIAL, reason: "" });
  await hub.pass(2_000, 1_000);
  await hub.post(subscription());
  await hub.pass(2_000, 1_000);
  expect(await states(hub)).toEqual([["active", null]]);
  expect(await hub.hub.deny({ ...DENIAL, reason: "" })).toBe(true);
  await hub.run();
  expect(denials(hub)).toHaveLength(2);
});

test("H-D3: a reason that does not fit into a URL beside the topic is left out, the denial is told", async () => {
  const hub = createTestHub({ hub: { policy: { topic: () => "\u00fc".repeat(900) } } });
  hub.peers.set(CALLBACK, agreeing);
  const topic = `https://pub.example/${"x".repeat(6_000)}`;
  await hub.post(subscription({ "hub.topic": topic }));
  await hub.run();
  expect(denials(hub).map(({ url, query }) => [url.length < 8_192, query.get("hub.reason")])).toEqual([
    [true, null],
  ]);
});

test("H-D3: a denial that cannot be told is told again, but holds from the first moment", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.run();
  hub.peers.set(CALLBACK, () => unreachable("refused"));
  await hub.hub.deny({ ...DENIAL, reason: "x" });
  await hub.run();
  hub.peers.set(CALLBACK, () => ({ status: 200 }));
  await hub.pass(60_000, 5_000);
  expect(denials(hub)).toHaveLength(2);
});

test("H-D3: cut off between the task and the row, a denial is still told and holds", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.run();
  hub.documents.beforeWrite = () => {
    throw new Error("cut off");
  };
  await expect(hub.hub.deny({ ...DENIAL, reason: "x" })).rejects.toThrow("cut off");
  hub.documents.beforeWrite = () => {};
  await hub.run();
  expect(denials(hub)).toHaveLength(1);
  expect(await states(hub)).toEqual([["over", "denied"]]);
});

test("H-D3: policy that cannot be asked is asked again, and nothing is decided meanwhile", async () => {
  let isDown = true;
  const topic = () => {
    if (isDown) throw new Error("policy is down");
    return null;
  };
  const hub = createTestHub({ hub: { policy: { topic } } });
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.pass(3_000, 1_000);
  expect(hub.seen).toEqual([]);
  isDown = false;
  await hub.pass(60_000, 5_000);
  expect(await states(hub)).toEqual([["active", null]]);
});

test("a list shows no callback whole, and its id is enough to deny by", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription({ "hub.callback": `${CALLBACK}?token=s3cret&n=s3cret` }));
  await hub.run();
  const { items } = await hub.hub.list({ namespace: "app", topic: TOPIC, limit: 5 });
  expect(items).toMatchObject([{ callback: `${CALLBACK}?token=…&n=…`, state: "active" }]);
  expect(JSON.stringify(items)).not.toContain("s3cret");
  const id = items[0]?.id ?? "";
  expect(await hub.hub.deny({ ...DENIAL, callback: `${id.slice(1)}x`, reason: "" })).toBe(false);
  expect(await hub.hub.deny({ ...DENIAL, callback: id, reason: "over" })).toBe(true);
  expect(await states(hub)).toEqual([["over", "denied"]]);
});

test("H-D4: who asks again after a denial can be denied again, before the check and by policy", async () => {
  let isOpen = true;
  const hub = createTestHub({ hub: { policy: { topic: () => (isOpen ? null : "closed") } } });
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.run();
  expect(await hub.hub.deny({ ...DENIAL, reason: "first" })).toBe(true);
  await hub.run();
  await hub.post(subscription());
  expect(await hub.hub.deny({ ...DENIAL, reason: "second" })).toBe(true);
  await hub.run();
  await hub.pass(5_000, 1_000);
  expect(await states(hub)).toEqual([["over", "denied"]]);
  isOpen = false;
  await hub.post(subscription());
  await hub.pass(5_000, 1_000);
  expect(await states(hub)).toEqual([["over", "denied"]]);
  expect(denials(hub).map(({ query }) => query.get("hub.reason"))).toEqual(["first", "second", "closed"]);
  expect(hub.events.filter(({ type }) => type === "hub.denied")).toHaveLength(3);
});
