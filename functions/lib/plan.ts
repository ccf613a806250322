// The numbers by which ticks, wake-ups and stream records fit together. Why they are so: docs/decisions/0013.
import { wakeWindowMs } from "@hookclock/core";

/** A tick runs what becomes due so soon, and until the end of that bucket, by itself: a wake-up would hardly come earlier. */
export const TICK_WINDOW_MS = 10_000;
/** How far wake-ups are asked for: over the next tick and the one after, should one be lost and the other late. */
export const HORIZON_MS = 150_000;

/** A wake-up comes so long before its moment, and up to a second more: a warm start and a look take a tenth of it. */
const LEAD_MS = 1_000;
/** Moments of a shard this close together share a wake-up. */
const BUCKET_MS = 5_000;
/** What SQS allows at most. */
const DELAY_MAX_SECONDS = 900;
export const WAKE_PLAN = {
  leadMs: LEAD_MS,
  bucketMs: BUCKET_MS,
  delayMaxSeconds: DELAY_MAX_SECONDS,
} as const;

/** Shards that share a wake-up: whoever is woken waits once for all of them. Tables of more shards have more groups. */
const GROUP = 8;
export const groupOf = (shard: number): number => Math.floor(shard / GROUP);
export const shardsOf = (group: number): number[] =>
  Array.from({ length: GROUP }, (_, index) => group * GROUP + index);

/** Where the bucket of a moment ends. What is overdue belongs to the present one. */
export const bucketEndOf = (at: number, now: number): number =>
  (Math.floor(Math.max(at, now) / BUCKET_MS) + 1) * BUCKET_MS;

/** Whoever comes for what is due already looks again for so long: a shard may be in another's hands for a moment. */
const WINDOW_MIN_MS = 1_500;

/** How far one who was woken at `now` has to look ahead, ms, for moments up to `until`. */
export const windowOf = (until: number, now: number): number =>
  Math.max(WINDOW_MIN_MS, Math.min(until - now, wakeWindowMs(WAKE_PLAN)));

/** A pass starts no attempt after this long: by then the next tick is there to go on. */
const BUDGET_MS = 50_000;
/** Kept free before the time-out: for attempts in flight, and to hand everything back. */
const MARGIN_MS = 25_000;
/** With a time-out so short that the margin would eat it up, a share of the time is used. */
const BUDGET_SHARE_MIN = 0.4;

/** How long a pass may start attempts, ms, in an invocation that has so long to live. */
export function budgetOf(remainingMs: number): number {
  const usable = Math.max(remainingMs - MARGIN_MS, remainingMs * BUDGET_SHARE_MIN);
  return Math.max(1, Math.floor(Math.min(BUDGET_MS, usable)));
}

/** Attempts that one pass makes in its budget even with receivers that take a second: 50 at a time for 50 s. */
const PER_INVOCATION = 2_000;
/** Further invocations of one tick at most. Shards bound it as well. */
const FAN_OUT_MAX = 32;
export const FAN_OUT = { perInvocation: PER_INVOCATION, invocationsMax: FAN_OUT_MAX } as const;
