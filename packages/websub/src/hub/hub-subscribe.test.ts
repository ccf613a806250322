import { expect, test } from "vitest";
import {
  agreeing,
  CALLBACK,
  createTestHub,
  type Peer,
  subscription,
  type TestHub,
  unreachable,
} from "./test-hub.ts";
import { only, stored, subscribed } from "./test-subscribed.ts";

const LEASE_MS = 864_000_000;

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
