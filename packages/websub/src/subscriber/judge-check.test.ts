import { expect, test } from "vitest";
import { judgeCheck, sameText } from "./judge-check.ts";
import { confirmed, requested, unsubscribed } from "./moves.ts";
import type { Subscription } from "./subscription.ts";

const TOPIC = "https://a.example/feed";
const aim = { topic: TOPIC, hub: "https://hub.example/", token: "right" };
const fresh: Subscription = {
  ...{ namespace: "app", id: "s1", url: TOPIC, state: "pending", createdAt: 0, requests: 0 },
  ...{ former: [], moves: 1, history: [] },
  wish: {
    ...{ leaseSeconds: 10, secret: "auto", legacyVerifyToken: false, onBadSignature: "refuse" },
    rotateCallback: true,
  },
};
const ask = { task: "t", until: 100, now: 0, aim };
const pending = requested(fresh, { ...ask, mode: "subscribe" });
const active = confirmed(pending, aim, { leaseSeconds: 1_000, renewAt: 900_000, now: 0 });
const leaving = requested(active, { ...ask, mode: "unsubscribe" });
const left = unsubscribed(leaving, 0);

const query = (more: Record<string, string | null> = {}): URLSearchParams => {
  const given = {
    "hub.mode": "subscribe",
    "hub.topic": TOPIC,
    "hub.challenge": "c",
    "hub.lease_seconds": "9",
  };
  const entries = Object.entries({ ...given, ...more }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return new URLSearchParams(entries);
};
const judged = (subscription: Subscription, more = {}, token = "right", now = 0) =>
  judgeCheck(subscription, token, query(more), now).is;

test("S-V1: a check of what is pending is agreed to", () => {
  expect(judgeCheck(pending, "right", query(), 0)).toEqual({ is: "confirm", aim, challenge: "c" });
  expect(judgeCheck(leaving, "right", query({ "hub.mode": "unsubscribe" }), 0)).toEqual({
    is: "end",
    challenge: "c",
  });
});

test.each<[string, Record<string, string | null>, string]>([
  ["another topic", { "hub.topic": `${TOPIC}?invalid` }, "right"],
  ["no topic", { "hub.topic": null }, "right"],
  ["another token", {}, "wrong"],
  ["an empty token", {}, ""],
  ["a mode that was not asked for", { "hub.mode": "unsubscribe" }, "right"],
  ["an unknown mode", { "hub.mode": "publish" }, "right"],
  ["no mode", { "hub.mode": null }, "right"],
  ["no challenge", { "hub.challenge": null }, "right"],
  ["an empty challenge", { "hub.challenge": "" }, "right"],
  ["an endless challenge", { "hub.challenge": "x".repeat(10_000) }, "right"],
])("S-V3: a check with %s is refused", (_, more, token) => {
  expect(judged(pending, more, token)).toBe("refusal");
});

test("S-V3, D-3.3-3: an unsubscribe check does nothing to an active subscription, a subscribe check nothing to one that ends", () => {
  expect(judged(active, { "hub.mode": "unsubscribe" })).toBe("refusal");
  expect(judged(leaving)).toBe("refusal");
  expect(judged(left)).toBe("refusal");
});

test("a check that comes again right after it was answered gets its answer and changes nothing; later it is refused", () => {
  expect(judged(active, {}, "right", 600_000)).toBe("repeat");
  expect(judged(active, {}, "right", 600_001)).toBe("refusal");
  expect(judged(active, { "hub.topic": "https://a.example/" }, "right", 0)).toBe("refusal");
  expect(judged(left, { "hub.mode": "unsubscribe" }, "right", 600_000)).toBe("repeat");
  expect(judged(left, { "hub.mode": "unsubscribe" }, "right", 600_001)).toBe("refusal");
  const renewing = requested(active, { ...ask, mode: "subscribe", aim: { ...aim, token: "next" } });
  expect(judged(renewing, {}, "right", 0)).toBe("refusal");
});

test("S-V6: a denial counts for what is pending and for what is active, with token and topic; not for what is over", () => {
  const denial = { "hub.mode": "denied", "hub.challenge": null };
  expect(judgeCheck(active, "right", query({ ...denial, "hub.reason": "paid only" }), 0)).toEqual({
    is: "denial",
    reason: "paid only",
  });
  expect(judged(pending, denial)).toBe("denial");
  expect(judged(pending, denial, "wrong")).toBe("refusal");
  expect(judged(active, { ...denial, "hub.topic": "https://b.example/" })).toBe("refusal");
  expect(judged(left, denial)).toBe("refusal");
  expect(judged(fresh, denial)).toBe("refusal");
});

test("D-3.3-4: a word for hubs of before the standard must fit where it comes back, and need not come back", () => {
  const legacy = requested(fresh, { ...ask, mode: "subscribe", verifyToken: "word" });
  expect(judged(legacy, { "hub.verify_token": "word" })).toBe("confirm");
  expect(judged(legacy)).toBe("confirm");
  expect(judged(legacy, { "hub.verify_token": "other" })).toBe("refusal");
});

test("texts of any lengths can be compared", () => {
  expect(sameText("", "")).toBe(true);
  expect(sameText("a", "ab")).toBe(false);
  expect(sameText("é".repeat(1_000), "é".repeat(1_000))).toBe(true);
});
