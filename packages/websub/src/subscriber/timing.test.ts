import fc from "fast-check";
import { expect, test } from "vitest";
import type { Request, Subscription } from "./subscription.ts";
import {
  FIRST_RETRY,
  judgeWait,
  leaseSecondsOf,
  lifeOf,
  OWN_RETRY,
  patienceMs,
  renewAt,
  retryUntil,
} from "./timing.ts";

const DAY_S = 86_400;
const MINUTE_MS = 60_000;

test("S-L1: a lease of ten days is renewed at 90 % of it, 5 % of it sooner or later", () => {
  const dayOf = (chance: number) => renewAt(0, 10 * DAY_S, () => chance) / (DAY_S * 1_000);
  expect(dayOf(0)).toBeCloseTo(8.5);
  expect(dayOf(0.5)).toBeCloseTo(9);
  expect(dayOf(0.999_999)).toBeCloseTo(9.5);
});

test("S-L1: any lease is renewed before it ends, 5 minutes before where there is room for that", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 30, max: 365 * DAY_S }),
      fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      fc.integer({ min: 0, max: 4_102_444_800_000 }),
      (leaseSeconds, chance, confirmedAt) => {
        const at = renewAt(confirmedAt, leaseSeconds, () => chance);
        const leftMs = confirmedAt + leaseSeconds * 1_000 - at;
        expect(Number.isInteger(at)).toBe(true);
        expect(at).toBeGreaterThanOrEqual(confirmedAt);
        expect(leftMs).toBeGreaterThanOrEqual(leaseSeconds >= 600 ? 5 * MINUTE_MS : leaseSeconds * 500);
      },
    ),
  );
});

test("a lease of seconds is left to end: no hub may have us ask again and again", () => {
  expect(renewAt(0, 1, () => 0.5)).toBe(15_000);
  expect(renewAt(0, 29, () => 0.5)).toBe(15_000);
  expect(renewAt(0, 10, () => 0.5, 2)).toBe(5_000);
});

test("retries of a renewal last until the lease ends and are not used up before", () => {
  fc.assert(
    fc.property(fc.integer({ min: 10_000, max: 40 * DAY_S * 1_000 }), (remainingMs) => {
      const { limit, baseMs, maxMs } = retryUntil(remainingMs);
      let waitedMs = 0;
      // Full jitter of the engine's policy takes a fifth off each wait.
      for (let retry = 0; retry < limit; retry += 1) waitedMs += 0.8 * Math.min(baseMs * 2 ** retry, maxMs);
      expect(waitedMs).toBeGreaterThan(remainingMs);
      expect(maxMs).toBeLessThanOrEqual(Math.max(remainingMs / 10, 1_000));
      expect(limit).toBeLessThanOrEqual(100);
    }),
  );
});

test("a first request is tried for about a day, our own steps for days", () => {
  expect(lifeOf(FIRST_RETRY) / (DAY_S * 1_000)).toBeCloseTo(0.95, 1);
  expect(lifeOf(OWN_RETRY)).toBeGreaterThan(3 * DAY_S * 1_000);
});

test.each([
  ["7200", 7_200],
  ["1", 1],
  ["+5", 5],
  ["999999999999", 365 * DAY_S],
  [null, 3_600],
  ["", 3_600],
  ["0", 3_600],
  ["-5", 3_600],
  ["1.5", 3_600],
  ["abc", 3_600],
  ["1e9", 3_600],
])("S-V4, D-3.3-3: hub.lease_seconds of %j is a lease of %d s", (value, seconds) => {
  expect(leaseSecondsOf(value)).toBe(seconds);
});

const at = (more: Partial<Subscription>, request: Partial<Request> | null): Subscription => {
  const base = {
    ...{ namespace: "app", id: "s1", url: "https://a.example/", createdAt: 0, requests: 3, moves: 1 },
    ...{ state: "pending" as const, former: [], history: [] },
    wish: {
      ...{ leaseSeconds: 10, secret: "auto" as const, legacyVerifyToken: false },
      ...{ onBadSignature: "refuse" as const, rotateCallback: true },
    },
    ...more,
  };
  const full = { number: 3, mode: "subscribe" as const, task: "t", begunAt: 0, until: 1_000_000, tries: 0 };
  return request === null ? base : { ...base, request: { ...full, ...request } };
};
const lease = {
  ...{ topic: "t", hub: "h", token: "x", leaseSeconds: 10_000 },
  ...{ confirmedAt: 0, expiresAt: 10_000_000, renewAt: 9_000_000 },
};

test("a request that was settled, replaced, or kept past its lease is not waited for", () => {
  expect(judgeWait(at({}, null), 3, 0)).toEqual({ do: "nothing" });
  expect(judgeWait(at({}, {}), 2, 0)).toEqual({ do: "nothing" });
  expect(judgeWait(at({ state: "renewing", lease }, {}), 3, 10_000_000)).toEqual({ do: "nothing" });
  expect(judgeWait(at({ state: "expired" }, { acceptedAt: 1 }), 3, 10_000_000)).toEqual({ do: "nothing" });
});

test("a hub is waited for from its yes on, longer each time, then asked again, and given up in the end", () => {
  const asked = (tries: number) => at({}, { acceptedAt: 500, tries });
  expect(judgeWait(at({}, {}), 3, 999_999)).toEqual({ do: "look-again", at: 1_000_000 });
  expect(judgeWait(at({}, {}), 3, 1_000_000)).toEqual({ do: "ask-again" });
  expect(judgeWait(asked(0), 3, 500)).toEqual({ do: "look-again", at: 500 + patienceMs(0) });
  expect(judgeWait(asked(0), 3, 500 + patienceMs(0))).toEqual({ do: "ask-again" });
  expect(judgeWait(asked(3), 3, 500 + patienceMs(3))).toEqual({ do: "ask-again" });
  expect(judgeWait(asked(4), 3, 500 + patienceMs(4))).toEqual({ do: "give-up" });
  expect(patienceMs(1)).toBe(2 * patienceMs(0));
  expect(patienceMs(30)).toBe(6 * 3_600_000);
});

test("a renewal is never given up before the lease ends", () => {
  const renewing = at({ state: "renewing", lease }, { acceptedAt: 9_000_000, tries: 50 });
  expect(judgeWait(renewing, 3, 9_050_000)).toEqual({ do: "look-again", at: 9_000_000 + 100_000 });
  expect(judgeWait(renewing, 3, 9_100_000)).toEqual({ do: "ask-again" });
});
