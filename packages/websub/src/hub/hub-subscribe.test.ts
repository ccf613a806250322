import { expect, test } from "vitest";
import {
  agreeing,
  CALLBACK,
  createTestHub,
  FORM,
  formOf,
  type Peer,
  subscription,
  type TestHub,
  TOPIC,
  unreachable,
} from "./test-hub.ts";

const LEASE_MS = 864_000_000;

/** A hub with one subscription in force. */
async function subscribed(options: Parameters<typeof createTestHub>[0] = {}, more = {}): Promise<TestHub> {
  const hub = createTestHub(options);
  hub.peers.set(CALLBACK, agreeing);
  expect((await hub.post(subscription(more))).status).toBe(202);
  await hub.run();
  return hub;
}
const only = async ({ hub }: TestHub) => {
  const { items } = await hub.list({ namespace: "app", topic: TOPIC, limit: 10 });
  expect(items).toHaveLength(1);
  return items[0];
};
/** Fetches the row as it is stored, secrets included. */
const stored = ({ documents }: TestHub) =>
  documents.dump().find(({ pk }) => pk.startsWith("app/hub/url:"))?.data as {
    active: { secret: string | null; expiresAt: number } | null;
    pending: unknown;
  };

test("H-R2, H-R3, H-R11: 202 before anything is checked, and the same 202 whatever the callback is like", async () => {
  const hub = createTestHub();
  const replies = [await hub.post(subscription())];
  expect(hub.seen).toEqual([]);
  await hub.run();
  hub.peers.set(CALLBACK, () => ({ status: 500 }));
  replies.push(await hub.post(subscription()));
  hub.peers.set(CALLBACK, agreeing);
  replies.push(await hub.post(subscription()));
  expect(replies).toEqual([{ status: 202 }, { status: 202 }, { status: 202 }]);
});

test("H-V1, H-V2: the callback is asked with mode, topic as requested, challenge and lease, by one GET", async () => {
  const hub = await subscribed({}, { "hub.topic": "https://pub.example/a%20b?x=1&y=%C3%A9" });
  expect(hub.seen).toHaveLength(1);
  const [{ method, query, body }] = hub.seen as [TestHub["seen"][number]];
  expect([method, body]).toEqual(["GET", undefined]);
  expect([...query.keys()]).toEqual(["hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds"]);
  expect(query.get("hub.mode")).toBe("subscribe");
  expect(query.get("hub.topic")).toBe("https://pub.example/a%20b?x=1&y=%C3%A9");
  expect(query.get("hub.lease_seconds")).toBe("864000");
  expect(query.get("hub.challenge")).toMatch(/^[0-9a-f]{48}$/);
});

test("H-V5: every check has a challenge of its own, and an answer to an earlier one is none", async () => {
  const hub = await subscribed();
  const [first] = hub.seen;
  const old = first?.query.get("hub.challenge") ?? "";
  hub.peers.set(CALLBACK, () => ({ body: old }));
  await hub.post(subscription({ "hub.secret": "new" }));
  await hub.pass(1_000);
  expect(hub.seen).toHaveLength(2);
  expect(hub.seen[1]?.query.get("hub.challenge")).not.toBe(old);
  expect(stored(hub).active?.secret).toBeNull();
});

test("H-V3: the callback's own query stays, parameters of the same name included", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription({ "hub.callback": `${CALLBACK}?token=a%2Fb&hub.mode=mine` }));
  await hub.run();
  const [check] = hub.seen;
  expect(check?.url.startsWith(`${CALLBACK}?token=a%2Fb&hub.mode=mine&hub.mode=subscribe&`)).toBe(true);
});

const refusals: [string, Peer][] = [
  ["404", () => ({ status: 404 })],
  ["404 with the challenge", ({ query }) => ({ status: 404, body: query.get("hub.challenge") ?? "" })],
  [
    "302 with the challenge",
    ({ query }) => ({ status: 302, headers: { location: CALLBACK }, body: query.get("hub.challenge") ?? "" }),
  ],
  ["500", () => ({ status: 500 })],
  ["another body", () => ({ body: "something else" })],
  ["an empty body", () => ({ status: 204 })],
  ["a line break behind it", ({ query }) => ({ body: `${query.get("hub.challenge")}\n` })],
  ["a space before it", ({ query }) => ({ body: ` ${query.get("hub.challenge")}` })],
  ["another case", ({ query }) => ({ body: query.get("hub.challenge")?.toUpperCase() ?? "" })],
  ["half of it", ({ query }) => ({ body: query.get("hub.challenge")?.slice(0, 24) ?? "" })],
  ["endless text behind it", ({ query }) => ({ body: (query.get("hub.challenge") ?? "").repeat(1_000) })],
  ["a time-out", () => unreachable("timeout")],
  ["a reset", () => unreachable("reset")],
];

test.each(refusals)(
  "H-V4, H-V6: an answer that is no agreement makes no subscription: %s",
  async (_name, peer) => {
    const hub = createTestHub();
    hub.peers.set(CALLBACK, peer);
    expect((await hub.post(subscription())).status).toBe(202);
    await hub.pass(120_000, 30_000);
    expect(hub.seen).toHaveLength(1);
    expect(await only(hub)).toMatchObject({ state: "over", verifiedDate: null, endReason: "not-confirmed" });
  },
);

test.each(refusals)(
  "T-3: a renewal that is not agreed to leaves lease and secret as they were: %s",
  async (_name, peer) => {
    const hub = await subscribed({}, { "hub.secret": "old", "hub.lease_seconds": "5000" });
    const before = stored(hub).active;
    hub.peers.set(CALLBACK, peer);
    await hub.pass(10_000);
    await hub.post(subscription({ "hub.secret": "new", "hub.lease_seconds": "90000" }));
    expect(await only(hub)).toMatchObject({ state: "renewing" });
    await hub.pass(120_000, 30_000);
    expect(stored(hub)).toMatchObject({ active: before, pending: null });
    expect(await only(hub)).toMatchObject({ state: "active", lastError: { message: expect.any(String) } });
  },
);

test("H-L4, T-1, T-4, T-5: a renewal is the same subscription, from its check on, with the new secret or with none", async () => {
  const hub = await subscribed({}, { "hub.secret": "first" });
  expect(stored(hub).active?.secret).toBe("first");
  await hub.pass(60_000);
  const renewedAt = hub.clock.now();
  await hub.post(subscription({ "hub.secret": "second" }));
  expect(stored(hub).active?.secret).toBe("first");
  await hub.run();
  expect(stored(hub).active).toMatchObject({ secret: "second", expiresAt: renewedAt + LEASE_MS });
  expect(await only(hub)).toMatchObject({ state: "active", isSigned: true });
  await hub.pass(60_000);
  await hub.post(subscription());
  await hub.run();
  expect(stored(hub).active?.secret).toBeNull();
  expect(await only(hub)).toMatchObject({ isSigned: false });
});

test("H-R7, H-L2, H-L3: leases are bounded, ten days without a wish, and never without end", async () => {
  const wishes: [string | null, string][] = [
    [null, "864000"],
    ["", "864000"],
    ["1", "300"],
    ["5000", "5000"],
    ["2592001", "2592000"],
    ["99999999999999999999999", "2592000"],
  ];
  for (const [wish, granted] of wishes) {
    const hub = await subscribed({}, wish === null ? {} : { "hub.lease_seconds": wish });
    expect([wish, hub.seen[0]?.query.get("hub.lease_seconds")]).toEqual([wish, granted]);
    expect(stored(hub).active?.expiresAt).toBe(hub.clock.now() + Number(granted) * 1_000);
  }
});

test("H-V2: the lease counts from the moment of the check, not from the request", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription({ "hub.lease_seconds": "600" }));
  await hub.pass(30_000);
  expect(stored(hub).active?.expiresAt).toBe(hub.clock.now() + 600_000);
});

test("S-L3, H-R1, H-V7: unsubscribing is asked for at the callback and then holds; a lease is ignored there", async () => {
  const hub = await subscribed();
  await hub.pass(2_000);
  expect(
    (await hub.post(subscription({ "hub.mode": "unsubscribe", "hub.lease_seconds": "abc" }))).status,
  ).toBe(202);
  expect(await only(hub)).toMatchObject({ state: "active" });
  await hub.run();
  const check = hub.seen.at(-1);
  expect(check?.query.get("hub.mode")).toBe("unsubscribe");
  expect(check?.query.has("hub.lease_seconds")).toBe(false);
  expect(await only(hub)).toMatchObject({ state: "over", endReason: "unsubscribed" });
  expect(stored(hub).active).toBeNull();
});

test("H-V7: a forged unsubscribe, which the subscriber knows nothing of, changes nothing", async () => {
  const hub = await subscribed({}, { "hub.secret": "kept" });
  hub.peers.set(CALLBACK, ({ query, method }) =>
    query.get("hub.mode") === "unsubscribe" ? { status: 404 } : agreeing({ query, method } as never),
  );
  await hub.pass(2_000);
  await hub.post(subscription({ "hub.mode": "unsubscribe" }));
  await hub.run();
  expect(hub.seen).toHaveLength(2);
  expect(await only(hub)).toMatchObject({ state: "active", isSigned: true });
});

test("H-R3: unsubscribing an unknown pair is taken like any other, and asked for", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  expect(await hub.post(subscription({ "hub.mode": "unsubscribe" }))).toEqual({ status: 202 });
  await hub.run();
  expect(hub.seen.map(({ query }) => query.get("hub.mode"))).toEqual(["unsubscribe"]);
  expect(await only(hub)).toMatchObject({ state: "over" });
});

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
