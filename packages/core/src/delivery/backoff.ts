import { LIMITS } from "../limits.ts";
import type { RetryPolicy } from "../task/row.ts";

/**
 * How long to wait, in whole milliseconds, after the `failedAttempt`-th attempt of an occurrence failed (1 = the first).
 *
 * The policy's own delay doubles from `baseMs` up to `maxMs`; up to its `jitter` share is taken off at random, so that
 * tasks that failed together do not come back together. `random` gives numbers from 0 up to but not including 1.
 *
 * A receiver's wish (`retryAfterMs`, RFC 9110 Retry-After) is a lower bound: we wait at least that long, but never
 * longer for it than `LIMITS.retryAfterMsMax`. No jitter is taken off that wish: earlier would be against it.
 */
export function retryDelayMs(
  policy: RetryPolicy,
  failedAttempt: number,
  random: () => number,
  retryAfterMs?: number,
): number {
  const baseMs = Math.max(policy.baseMs, LIMITS.retryBaseMsMin);
  // 2^1024 is Infinity, which the cap turns back into a delay: no attempt number overflows.
  const cappedMs = Math.min(baseMs * 2 ** Math.max(0, failedAttempt - 1), policy.maxMs);
  const jitteredMs = cappedMs * (1 - policy.jitter * random());
  const ownMs = Math.max(Math.round(jitteredMs), LIMITS.retryBaseMsMin);
  if (retryAfterMs === undefined || Number.isNaN(retryAfterMs)) return ownMs;
  return Math.max(ownMs, Math.min(Math.ceil(retryAfterMs), LIMITS.retryAfterMsMax));
}
