import { expect, test } from "vitest";
import {
  accepted,
  aimed,
  confirmed,
  denied,
  expired,
  failed,
  isWideOpen,
  polled,
  proven,
  requested,
  troubled,
  unsubscribed,
} from "./moves.ts";
import { isEnded, type Subscription, takesContent } from "./subscription.ts";

const aim = (token: string) => ({
  topic: "https://a.example/",
  hub: "https://hub.example/",
  token,
  secret: `of ${token}`,
});
const fresh: Subscription = {
  ...{ namespace: "app", id: "s1", url: "https://a.example/", state: "pending", createdAt: 0, requests: 0 },
  ...{ former: [], moves: 1, history: [{ number: 1, state: "pending", at: 0 }] },
  wish: {
    ...{ leaseSeconds: 10, secret: "auto", legacyVerifyToken: false, onBadSignature: "refuse" },
    rotateCallback: true,
  },
};
const ask = { mode: "subscribe", task: "t1", until: 100, now: 5 } as const;
const granted = { leaseSeconds: 1_000, renewAt: 900_000, now: 10 };
const pending = requested(fresh, { ...ask, aim: aim("one") });
const active = confirmed(pending, aim("one"), granted);
const renewing = requested(active, { ...ask, aim: aim("two"), now: 900_000 });
const leaving = requested(active, { ...ask, mode: "unsubscribe", aim: aim("one"), now: 20 });

test("a request is numbered, replaces the one before, and counts how many of its kind went before it in vain", () => {
  expect(pending).toMatchObject({
    state: "pending",
    requests: 1,
    request: { number: 1, tries: 0, begunAt: 5 },
  });
  const again = requested(pending, { ...ask, task: "t2" });
  expect(again).toMatchObject({ requests: 2, request: { number: 2, tries: 1, task: "t2" } });
  expect(again.request?.aim).toBeUndefined();
  expect(leaving.request).toMatchObject({ mode: "unsubscribe", tries: 0 });
});

test("the state tells what is asked for while a lease is there", () => {
  expect([active, renewing, leaving].map(({ state }) => state)).toEqual([
    "active",
    "renewing",
    "unsubscribing",
  ]);
  expect([pending, active, renewing, leaving].map(takesContent)).toEqual([false, true, true, false]);
});

test("S-V4: a confirmed lease counts from the check, and the old callback stays good until its own end", () => {
  expect(active).toMatchObject({
    ...{
      state: "active",
      former: [],
      history: [{ state: "pending" }, { number: 2, state: "active", at: 10 }],
    },
    lease: { token: "one", confirmedAt: 10, expiresAt: 1_000_010, leaseSeconds: 1_000 },
  });
  expect(active.request).toBeUndefined();
  const renewed = confirmed(renewing, aim("two"), { ...granted, now: 900_001 });
  expect(renewed.former).toEqual([{ token: "one", secret: "of one", until: 1_000_010, isOver: false }]);
  // What is late is taken for two hours more, and never past the end of the lease.
  expect(proven(renewed, 900_002).former).toEqual(renewed.former);
  const long = { ...renewed, former: renewed.former.map((one) => ({ ...one, until: 10_000_000 })) };
  expect([isWideOpen(long, 900_002), isWideOpen(proven(long, 900_002), 900_003)]).toEqual([true, false]);
  expect(proven(long, 900_002).former).toMatchObject([{ token: "one", until: 8_100_002, isOver: false }]);
  expect(confirmed(renewing, aim("one"), { ...granted, now: 900_001 }).former).toEqual([]);
});

test("however often it is renewed, few callbacks of before are kept", () => {
  let subscription = active;
  for (let index = 0; index < 20; index += 1) {
    subscription = confirmed(requested(subscription, ask), aim(`t${index}`), granted);
  }
  expect(subscription.former.map(({ token }) => token)).toEqual(["t14", "t15", "t16", "t17", "t18"]);
  expect(subscription.history.length).toBeLessThanOrEqual(20);
  expect(subscription.moves).toBe(42);
});

test.each([
  ["denied", denied(active, "no\nreason", 30)],
  ["expired", expired(active, 30)],
  ["unsubscribed", unsubscribed(leaving, 30)],
  ["failed", failed(pending, { word: "status", message: "x" }, 30)],
])(
  "an ended subscription (%s) has no lease and no request, and its callback is known to be over",
  (state, ended) => {
    expect(ended.state).toBe(state);
    expect(isEnded(ended)).toBe(true);
    expect(takesContent(ended)).toBe(false);
    expect([ended.lease, ended.request, ended.poll]).toEqual([undefined, undefined, undefined]);
    expect(ended.history.at(-1)).toEqual({ number: ended.moves, state, at: 30 });
    if (state !== "failed") expect(ended.former.at(-1)).toMatchObject({ token: "one", isOver: true });
  },
);

test("S-V6: a denial keeps its reason; whoever was leaving has left", () => {
  expect(denied(active, " paid only ", 30).error?.message).toBe("the hub denied the subscription: paid only");
  expect(denied(active, null, 30).error?.message).toBe("the hub denied the subscription");
  expect(denied(leaving, "x", 30).state).toBe("unsubscribed");
  expect(expired(leaving, 30).state).toBe("unsubscribed");
  expect(denied(active, "x".repeat(10_000), 30).error?.message.length).toBeLessThanOrEqual(500);
});

test("a request that the hub took before the lease ended may still be confirmed after it", () => {
  const taken = renewing.request === undefined ? renewing : accepted(renewing, renewing.request, 950_000);
  const over = expired(taken, 1_000_010);
  expect(over.request?.acceptedAt).toBe(950_000);
  expect(confirmed(over, aim("two"), { ...granted, now: 1_000_020 }).state).toBe("active");
  expect(expired(renewing, 1_000_010).request).toBeUndefined();
});

test("a new aim has not been accepted yet, an error is no change of state, polling has no lease", () => {
  const taken = pending.request === undefined ? pending : accepted(pending, pending.request, 7);
  const again = taken.request === undefined ? taken : aimed(taken, taken.request, aim("three"));
  expect(again.request).toMatchObject({ aim: { token: "three" } });
  expect(again.request?.acceptedAt).toBeUndefined();
  const noted = troubled(active, { word: "dns", message: "m" }, 40);
  expect(noted).toEqual({ ...active, error: { at: 40, word: "dns", message: "m" } });
  expect(polled(noted, "p1", 50)).toMatchObject({ state: "polling", poll: { task: "p1", contents: 0 } });
  expect(requested(polled(noted, "p1", 50), ask).state).toBe("polling");
});
