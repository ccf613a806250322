import { expect, test } from "vitest";
import { agreeing, CALLBACK, createTestHub, subscription, type TestHub, TOPIC } from "./test-hub.ts";
import { publish, subscribe } from "./test-publisher.ts";
import { only } from "./test-subscribed.ts";

/** The first write of its kind that fits is not made, once. */
const cutOff = (hub: TestHub, method: string, fits: (pk: string) => boolean = () => true): void => {
  let isOver = false;
  hub.documents.beforeWrite = (name, { pk }) => {
    if (isOver || name !== method || !fits(pk)) return;
    isOver = true;
    throw new Error("cut off");
  };
};
/** Events of the namespace by predicate: each is one update. */
const announced = (hub: TestHub): unknown[] =>
  hub.documents
    .dump()
    .filter(({ pk, data }) => pk === "app/update" && data["kind"] === "dot")
    .map(({ data }) => data["topic"]);
const isEvent = (pk: string): boolean => pk.startsWith("app/content/");

test("T-3: a request that was promised its check is not lost to one that was cut off before it had its task", async () => {
  const hub = createTestHub();
  hub.peers.set(CALLBACK, agreeing);
  expect((await hub.post(subscription({ "hub.secret": "one" }))).status).toBe(202);
  hub.stores.faults.failBefore("tasks.insert");
  await expect(hub.post(subscription({ "hub.secret": "two" }))).rejects.toMatchObject({
    code: "store-unavailable",
  });
  await hub.pass(5_000, 1_000);
  expect(hub.seen).toHaveLength(1);
  expect(await only(hub)).toMatchObject({ state: "active", isSigned: true });
});

test("cut off behind a check, it counts no longer among those under way", async () => {
  const hub = createTestHub({ hub: { pendingPerHostMax: 1 } });
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  cutOff(hub, "remove");
  await hub.pass(60_000, 1_000);
  expect(await only(hub)).toMatchObject({ state: "active" });
  expect((await hub.post(subscription({ "hub.callback": "https://sub.example/2" }))).status).toBe(202);
});

test("cut off before it is told that somebody left, it is told once", async () => {
  const hub = createTestHub({ announces: true });
  await subscribe(hub);
  await hub.pass(2_000);
  await hub.post(subscription({ "hub.mode": "unsubscribe" }));
  cutOff(hub, "putMany", isEvent);
  await hub.pass(60_000, 1_000);
  expect(announced(hub)).toEqual(["hookclock.hub.ended"]);
  expect(hub.at(CALLBACK)).toHaveLength(2);
});

test("H-C6: cut off before it is told that a 410 ended a subscription, it is told once", async () => {
  const hub = createTestHub({ announces: true });
  await subscribe(hub);
  hub.peers.set(CALLBACK, () => {
    cutOff(hub, "putMany", isEvent);
    return { status: 410 };
  });
  await publish(hub);
  await hub.pass(60_000, 1_000);
  expect(announced(hub)).toEqual(["hookclock.hub.ended"]);
  expect(await only(hub)).toMatchObject({ state: "over", endReason: "gone" });
  expect(hub.at(CALLBACK, "POST")).toHaveLength(1);
});

test("H-D3: cut off before it is told that somebody was denied, it is told once", async () => {
  const hub = createTestHub({ announces: true });
  await subscribe(hub);
  cutOff(hub, "putMany", isEvent);
  const denial = { namespace: "app", topic: TOPIC, callback: CALLBACK, reason: "no" };
  await expect(hub.hub.deny(denial)).rejects.toThrow("cut off");
  await hub.pass(60_000, 1_000);
  expect(announced(hub)).toEqual(["hookclock.hub.denied"]);
  const told = hub.at(CALLBACK).filter(({ query }) => query.get("hub.mode") === "denied");
  expect(told).toHaveLength(1);
});

test("each end of a subscription is an event of its own", async () => {
  const hub = createTestHub({ announces: true });
  for (let round = 0; round < 2; round += 1) {
    await subscribe(hub);
    await hub.pass(2_000);
    await hub.post(subscription({ "hub.mode": "unsubscribe" }));
    await hub.run();
    await hub.pass(2_000);
  }
  expect(announced(hub)).toEqual(["hookclock.hub.ended", "hookclock.hub.ended"]);
});
