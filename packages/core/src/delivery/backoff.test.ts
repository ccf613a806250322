import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULTS, LIMITS } from "../limits.ts";
import type { RetryPolicy } from "../task/row.ts";
import { retryDelayMs } from "./backoff.ts";

const steady: RetryPolicy = { limit: 10, baseMs: 1_000, maxMs: 60_000, jitter: 0 };
const never = () => 0;
const almostOne = () => 1 - 2 ** -53;

test.each([
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [6, 32_000],
  [7, 60_000],
  [100, 60_000],
  [1_024, 60_000],
  [1_025, 60_000],
  [1_000_000, 60_000],
])("without jitter, failure %i is followed by %i ms", (failedAttempt, delayMs) => {
  expect(retryDelayMs(steady, failedAttempt, never)).toBe(delayMs);
});

test("jitter takes up to its share off, and never adds", () => {
  const policy = { ...steady, jitter: 0.2 };
  expect(retryDelayMs(policy, 1, never)).toBe(1_000);
  expect(retryDelayMs(policy, 1, () => 0.5)).toBe(900);
  expect(retryDelayMs(policy, 1, almostOne)).toBe(800);
});

test("full jitter on a tiny base still waits the least that is allowed", () => {
  const policy: RetryPolicy = { limit: 1, baseMs: 0, maxMs: 0, jitter: 1 };
  for (const random of [never, almostOne]) {
    expect(retryDelayMs(policy, 1, random)).toBe(LIMITS.retryBaseMsMin);
    expect(retryDelayMs(policy, 1_000_000, random)).toBe(LIMITS.retryBaseMsMin);
  }
});

test("a base of 0 still backs off", () => {
  const policy: RetryPolicy = { limit: 9, baseMs: 0, maxMs: 1_000, jitter: 0 };
  expect(retryDelayMs(policy, 3, never)).toBe(LIMITS.retryBaseMsMin * 4);
});

test("the receiver's wish is a lower bound", () => {
  expect(retryDelayMs(steady, 1, never, 5_000)).toBe(5_000);
  expect(retryDelayMs(steady, 1, never, 0)).toBe(1_000);
  expect(retryDelayMs(steady, 6, never, 5_000)).toBe(32_000);
});

test("the receiver's wish is bounded, its own jitter is none, and nonsense is ignored", () => {
  expect(retryDelayMs(steady, 1, never, 1e15)).toBe(LIMITS.retryAfterMsMax);
  expect(retryDelayMs(steady, 1, never, Number.POSITIVE_INFINITY)).toBe(LIMITS.retryAfterMsMax);
  expect(retryDelayMs({ ...steady, jitter: 1 }, 1, almostOne, 5_000)).toBe(5_000);
  expect(retryDelayMs(steady, 1, never, Number.NaN)).toBe(1_000);
  expect(retryDelayMs(steady, 1, never, -5)).toBe(1_000);
});

test("a policy that waits longer than the bound on Retry-After keeps its own delay", () => {
  const slow: RetryPolicy = {
    limit: 1,
    baseMs: 3 * LIMITS.retryAfterMsMax,
    maxMs: LIMITS.retryMaxMsMax,
    jitter: 0,
  };
  expect(retryDelayMs(slow, 1, never, 1e15)).toBe(slow.baseMs);
});

test("the default policy starts at a second and stays within the hour", () => {
  const policy: RetryPolicy = {
    limit: DEFAULTS.retryLimit,
    baseMs: DEFAULTS.retryBaseMs,
    maxMs: DEFAULTS.retryMaxMs,
    jitter: DEFAULTS.retryJitter,
  };
  expect(retryDelayMs(policy, 1, never)).toBe(1_000);
  expect(retryDelayMs(policy, 50, never)).toBe(3_600_000);
});

const policies = fc.record({
  limit: fc.constant(5),
  baseMs: fc.double({ min: 0, max: LIMITS.retryMaxMsMax, noNaN: true }),
  maxMs: fc.double({ min: 0, max: LIMITS.retryMaxMsMax, noNaN: true }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const failures = fc.integer({ min: 1, max: 1_000_000 });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("every delay is a whole number of milliseconds within the bounds", () => {
  fc.assert(
    fc.property(
      policies,
      failures,
      randoms,
      fc.option(fc.nat(1e15), { nil: undefined }),
      (policy, n, r, wishMs) => {
        const delayMs = retryDelayMs(policy, n, () => r, wishMs);
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(LIMITS.retryBaseMsMin);
        expect(delayMs).toBeGreaterThanOrEqual(Math.min(wishMs ?? 0, LIMITS.retryAfterMsMax));
        const ownMax = Math.max(Math.ceil(policy.maxMs), LIMITS.retryBaseMsMin);
        expect(delayMs).toBeLessThanOrEqual(Math.max(ownMax, Math.min(wishMs ?? 0, LIMITS.retryAfterMsMax)));
      },
    ),
  );
});

test("without jitter a later failure never waits less; with jitter it loses at most its share", () => {
  fc.assert(
    fc.property(policies, failures, failures, randoms, (policy, a, b, r) => {
      const calm = { ...policy, jitter: 0 };
      const [earlier, later] = [Math.min(a, b), Math.max(a, b)];
      const plainMs = retryDelayMs(calm, later, never);
      expect(plainMs).toBeGreaterThanOrEqual(retryDelayMs(calm, earlier, never));
      const jitteredMs = retryDelayMs(policy, later, () => r);
      expect(jitteredMs).toBeLessThanOrEqual(plainMs);
      expect(jitteredMs).toBeGreaterThanOrEqual(Math.floor(plainMs * (1 - policy.jitter)) - 1);
    }),
  );
});
