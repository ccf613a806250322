// When things of a subscription happen. Pure: the instant and the chance are handed in.
import type { Request, Subscription } from "./subscription.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_S = 86_400;

/** For a hub that names no lease, or none that can be read. Renewing too early does no harm. */
const ASSUMED_LEASE_S = 3_600;
/** A longer one is renewed as if it were this long: no hub may promise for ever. */
const LEASE_S_MAX = 365 * DAY_S;

/** The granted lease in whole seconds, from what the hub wrote into its check. */
export function leaseSecondsOf(value: string | null): number {
  if (value === null || !/^\+?\d{1,15}$/.test(value.trim())) return ASSUMED_LEASE_S;
  const seconds = Number(value);
  return seconds === 0 ? ASSUMED_LEASE_S : Math.min(seconds, LEASE_S_MAX);
}

const RENEW_AT_SHARE = 0.9;
const JITTER_SHARE = 0.05;
const MARGIN_MS = 5 * MINUTE_MS;
/** No hub may keep us busy with leases of seconds: those are left to end. Seconds, unless the settings say otherwise. */
export const RENEW_AFTER_S = 15;

/**
 * When a lease is renewed: at 90 % of it, 5 % of it sooner or later, and 5 minutes before its end at the latest. Leases too
 * short for that are renewed at half their time, but never within `afterSeconds`.
 */
export function renewAt(
  confirmedAt: number,
  leaseSeconds: number,
  random: () => number,
  afterSeconds: number = RENEW_AFTER_S,
): number {
  const leaseMs = leaseSeconds * SECOND_MS;
  const wishedMs = leaseMs * (RENEW_AT_SHARE + JITTER_SHARE * (2 * random() - 1));
  const latestMs = leaseMs >= 2 * MARGIN_MS ? leaseMs - MARGIN_MS : leaseMs / 2;
  return confirmedAt + Math.floor(Math.max(Math.min(wishedMs, latestMs), afterSeconds * SECOND_MS));
}

/**
 * Tasks are registered before the row that wants them is saved. One that is due at once would often be run in between, find
 * itself too early and wait for a retry; this is longer than a save takes.
 */
export const SAVE_MS = 200;

export type RetryTimes = { limit: number; baseMs: number; maxMs: number };

/** A first request: tried for about a day. */
export const FIRST_RETRY: RetryTimes = { limit: 20, baseMs: SECOND_MS, maxMs: 3 * HOUR_MS };
/** A step that only needs our own database: tried for days, so that it outlives whatever is wrong with that. */
export const OWN_RETRY: RetryTimes = { limit: 100, baseMs: 2 * SECOND_MS, maxMs: HOUR_MS };

/** Retries that last until the end of a lease, whether that is minutes or months away: at most 100 of them. */
export function retryUntil(remainingMs: number): RetryTimes {
  const maxMs = Math.max(Math.ceil(remainingMs / 60), SECOND_MS);
  return {
    limit: 100,
    baseMs: SECOND_MS,
    maxMs: Math.min(maxMs, 7 * DAY_S * SECOND_MS),
  };
}

/** Time for one attempt: a look at the topic and a word with one or two hubs. */
export const ASK_TIMEOUT_MS = MINUTE_MS;

/** How long a task with these retries may live, ms: all its waits and all its attempts. */
export function lifeOf({ limit, baseMs, maxMs }: RetryTimes): number {
  let waitedMs = 0;
  for (let retry = 0; retry < limit; retry += 1) waitedMs += Math.min(baseMs * 2 ** retry, maxMs);
  return waitedMs + (limit + 1) * ASK_TIMEOUT_MS;
}

/** Requests of one wish that are taken by the hub and never verified, before it is given up. */
const TRIES_MAX = 5;
const PATIENCE_MS = 10 * MINUTE_MS;

/** How long a hub may take from its yes to its check, ms. Longer each time, and never past a good part of the lease. */
export function patienceMs(tries: number, remainingMs = Number.POSITIVE_INFINITY): number {
  const wishedMs = Math.min(PATIENCE_MS * 2 ** tries, 6 * HOUR_MS);
  return Math.max(Math.min(wishedMs, Math.floor(remainingMs / 10)), 5 * SECOND_MS);
}

export type Verdict = { do: "nothing" | "ask-again" | "give-up" } | { do: "look-again"; at: number };

/** What follows when a request was not verified by now. */
export function judgeWait(subscription: Subscription, number: number, now: number): Verdict {
  const { request, lease, state } = subscription;
  if (request === undefined || state === "expired" || request.number !== number) return { do: "nothing" };
  const isLeased = state === "renewing" || state === "unsubscribing";
  // Past its end a lease is the business of the task that ends it.
  if (isLeased && (lease === undefined || lease.expiresAt <= now)) return { do: "nothing" };
  const at = waitUntil(request, isLeased ? lease?.expiresAt : undefined);
  if (now < at) return { do: "look-again", at };
  return !isLeased && request.tries + 1 >= TRIES_MAX ? { do: "give-up" } : { do: "ask-again" };
}

function waitUntil({ acceptedAt, until, tries }: Request, leaseEndsAt = Number.POSITIVE_INFINITY): number {
  return acceptedAt === undefined ? until : acceptedAt + patienceMs(tries, leaseEndsAt - acceptedAt);
}
