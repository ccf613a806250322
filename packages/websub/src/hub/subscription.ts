// One subscription of the hub: what is in force, what was asked for last, and the moves between them. Pure.
import * as z from "zod";

const count = z.number().int().min(0);

const requestSchema = z.object({
  /** Made anew for each request: tells the newest of a pair from all before it. */
  id: z.string(),
  mode: z.enum(["subscribe", "unsubscribe"]),
  /** As they were written in the request; the keys are made of what they mean. */
  topic: z.string(),
  callback: z.string(),
  leaseSeconds: count,
  secret: z.string().nullable(),
  exact: z.boolean(),
  requestedAt: count,
});
export type SubscriptionRequest = z.infer<typeof requestSchema>;

const activeSchema = z.object({
  /** The request that was confirmed last. */
  id: z.string(),
  topic: z.string(),
  callback: z.string(),
  leaseSeconds: count,
  secret: z.string().nullable(),
  exact: z.boolean(),
  verifiedAt: count,
  /** From when on it has been in force without a gap, renewals included; left out by rows of before. */
  startedAt: count.nullable().default(null),
  expiresAt: count,
});
export type ActiveSubscription = z.infer<typeof activeSchema>;

export const END_REASONS = ["unsubscribed", "denied", "gone"] as const;
export type EndReason = (typeof END_REASONS)[number];

export const subscriptionSchema = z.object({
  topic: z.string(),
  callback: z.string(),
  /** Id of the newest request, whatever became of it. */
  latest: z.string(),
  active: activeSchema.nullable(),
  pending: requestSchema.nullable(),
  /** `of`: the request that was ended, or that ended it: so that the end is told once, however often it is told. */
  ended: z
    .object({ reason: z.enum(END_REASONS), at: count, of: z.string().nullable().default(null) })
    .nullable(),
  lastError: z.object({ message: z.string(), at: count }).nullable(),
  /** When the newest check was, or is to be, made. */
  checkAt: count,
  createdAt: count,
});
export type HubSubscription = z.infer<typeof subscriptionSchema>;

/** A request whose check has not been made by then is forgotten: its task is lost, or was never registered. */
export const PENDING_MS = 60 * 60_000;
/** One callback is asked about one topic at most so often, however many requests there are. */
export const CHECK_EVERY_MS = 1_000;
/** How long a subscription that is over can still be seen. */
const SEEN_AFTER_MS = 24 * 60 * 60_000;

export const isLive = ({ active }: HubSubscription, now: number): boolean =>
  active !== null && active.expiresAt > now;
/** Since when the subscriber has been sent everything, epoch ms. */
export const startOf = ({ startedAt, verifiedAt }: ActiveSubscription): number => startedAt ?? verifiedAt;
export const isPending = ({ pending }: HubSubscription, now: number): boolean =>
  pending !== null && pending.requestedAt + PENDING_MS > now;

/** From when on nobody needs the row any more, epoch ms. */
export const forgottenAt = ({ active, pending, ended, createdAt }: HubSubscription): number =>
  SEEN_AFTER_MS +
  Math.max(
    createdAt,
    active?.expiresAt ?? 0,
    ended?.at ?? 0,
    pending === null ? 0 : pending.requestedAt + PENDING_MS,
  );

/** When a request that comes now may be checked: at once, unless its pair was asked a moment ago. */
export const checkTimeOf = (before: HubSubscription | null, now: number): number => {
  if (before === null) return now;
  // A check that still waits will be this request's; one far off comes from a clock that was wrong.
  if (before.checkAt > now) return Math.min(before.checkAt, now + CHECK_EVERY_MS);
  return Math.max(now, before.checkAt + CHECK_EVERY_MS);
};

/** A new request of the pair: it takes the place of one that waits, and leaves what is in force as it is. */
export const requested = (
  before: HubSubscription | null,
  pending: SubscriptionRequest,
  checkAt: number,
): HubSubscription => ({
  active: before?.active ?? null,
  ended: before?.ended ?? null,
  lastError: before?.lastError ?? null,
  createdAt: before?.createdAt ?? pending.requestedAt,
  topic: pending.topic,
  callback: pending.callback,
  latest: pending.id,
  pending,
  checkAt,
});

/**
 * The subscriber agreed to what it was asked at `askedAt`, from which the lease counts. All of the new state replaces
 * all of the old in one step: a renewal without a secret ends the use of the one before. Null when a newer request
 * has taken this one's place: then its answer is the one that counts.
 */
export function confirmed(row: HubSubscription, requestId: string, askedAt: number): HubSubscription | null {
  const { pending } = row;
  if (pending?.id !== requestId) return null;
  const settled: HubSubscription = { ...row, pending: null, lastError: null };
  if (pending.mode === "unsubscribe") return ended(settled, "unsubscribed", askedAt, requestId);
  const { id, topic, callback, leaseSeconds, secret, exact } = pending;
  const terms = { id, topic, callback, leaseSeconds, secret, exact };
  const expiresAt = askedAt + leaseSeconds * 1_000;
  const startedAt = row.active !== null && isLive(row, askedAt) ? startOf(row.active) : askedAt;
  return { ...settled, active: { ...terms, verifiedAt: askedAt, startedAt, expiresAt }, ended: null };
}

/** The subscriber did not agree: what was in force stays exactly so. Null when a newer request took the place. */
export const refused = (
  row: HubSubscription,
  requestId: string,
  error: { message: string; at: number },
): HubSubscription | null =>
  row.pending?.id === requestId ? { ...row, pending: null, lastError: error } : null;

/** Nothing is in force any more, and its secret is forgotten. */
export const ended = (row: HubSubscription, reason: EndReason, at: number, of: string): HubSubscription => ({
  ...row,
  active: null,
  pending: null,
  ended: { reason, at, of },
});

/** A denial holds for what was asked for until then; a request made later is judged by itself. */
export const isDeniable = (row: HubSubscription | null, latest: string): row is HubSubscription =>
  row !== null && row.latest === latest;

/** What a callback's 410 ends: the subscription it was sent to, unless that was confirmed anew meanwhile. */
export const gone = (row: HubSubscription, activeId: string, at: number): HubSubscription | null =>
  row.active?.id === activeId ? { ...row, active: null, ended: { reason: "gone", at, of: activeId } } : null;
