// The moves of a subscription. Pure: each takes the row and gives the row after it.
import { headOf } from "@hookclock/core";
import type { Aim, Former, Mode, Request, Subscription, SubscriptionState } from "./subscription.ts";

const HISTORY_MAX = 20;
const FORMER_MAX = 5;
const MESSAGE_BYTES_MAX = 500;

function moveTo(subscription: Subscription, state: SubscriptionState, now: number): Subscription {
  if (subscription.state === state) return subscription;
  const number = subscription.moves + 1;
  const history = [...subscription.history, { number, state, at: now }].slice(-HISTORY_MAX);
  return { ...subscription, state, moves: number, history };
}

export type Begin = {
  mode: Mode;
  task: string;
  /** When its task has given up, epoch ms. */
  until: number;
  verifyToken?: string | undefined;
  aim?: Aim | undefined;
  now: number;
};

/** A new request takes the place of the one that was under way: the newest wins. */
export function requested(subscription: Subscription, begin: Begin): Subscription {
  const { mode, task, until, now, aim, verifyToken } = begin;
  const { request: before } = subscription;
  const request: Request = {
    number: subscription.requests + 1,
    ...{ mode, task, until, begunAt: now },
    tries: before?.mode === mode ? before.tries + 1 : 0,
    ...(aim === undefined ? {} : { aim }),
    ...(verifyToken === undefined ? {} : { verifyToken }),
  };
  const next = { ...subscription, requests: request.number, request };
  return moveTo(next, stateWhileAsking(subscription, mode), now);
}

function stateWhileAsking({ state, lease }: Subscription, mode: Mode): SubscriptionState {
  if (mode === "unsubscribe") return "unsubscribing";
  // Looking goes on until a hub has agreed.
  if (state === "polling") return "polling";
  return lease !== undefined && (state === "active" || state === "renewing") ? "renewing" : "pending";
}

/** The request got its aim; stored before it is sent, because a hub may check before it answers. */
export function aimed(subscription: Subscription, request: Request, aim: Aim): Subscription {
  const { acceptedAt: _acceptedAt, ...rest } = request;
  return { ...subscription, request: { ...rest, aim } };
}

export const accepted = (subscription: Subscription, request: Request, now: number): Subscription => ({
  ...subscription,
  request: { ...request, acceptedAt: now },
});

/** The request came to nothing, and what was there before goes on. */
export function dropped(subscription: Subscription): Subscription {
  const { request: _request, ...rest } = subscription;
  return rest;
}

/** Something went wrong that does not change the state. */
export function troubled(subscription: Subscription, trouble: Trouble, now: number): Subscription {
  const message = headOf(trouble.message, MESSAGE_BYTES_MAX);
  return { ...subscription, error: { at: now, word: trouble.word, message } };
}
export type Trouble = { word: string; message: string };

/** The hub checked, and it was what we had asked for. The lease counts from now. */
export function confirmed(
  subscription: Subscription,
  aim: Aim,
  granted: { leaseSeconds: number; renewAt: number; now: number },
): Subscription {
  const { leaseSeconds, renewAt, now } = granted;
  const { request: _request, lease: before, error: _error, poll: _poll, ...rest } = subscription;
  const expiresAt = now + leaseSeconds * 1_000;
  // The old callback stays good for as long as the hub may use it: our answer to this check may get lost.
  const old: Former[] =
    before === undefined || before.token === aim.token ? [] : [formerOf(before, before.expiresAt, false)];
  const former = [...rest.former.filter((one) => one.token !== aim.token), ...old].slice(-FORMER_MAX);
  const answered = { mode: "subscribe" as const, topic: aim.topic, token: aim.token, at: now };
  const lease = { ...aim, leaseSeconds, confirmedAt: now, expiresAt, renewAt };
  return moveTo({ ...rest, former, answered, lease }, "active", now);
}

const formerOf = ({ token, secret }: Aim, until: number, isOver: boolean): Former =>
  secret === undefined ? { token, until, isOver } : { token, secret, until, isOver };

/** Hubs try content again that they could not deliver, and know only the callback of that time. For so long it is taken. */
export const LATE_MS = 2 * 3_600_000;

/** Whether a callback of before is open for longer than it has to be, once the hub uses the new one. */
export const isWideOpen = (subscription: Subscription, now: number): boolean =>
  subscription.former.some((one) => !one.isOver && one.until > now + LATE_MS);

/** Content came to the new callback, so the hub knows it: to those of before only what is late may come. */
export const proven = (subscription: Subscription, now: number): Subscription => ({
  ...subscription,
  former: subscription.former.map((one) => ({ ...one, until: Math.min(one.until, now + LATE_MS) })),
});

/** Nothing comes any more, whoever ended it. Pushes to the callbacks of before are told so. */
function ended(subscription: Subscription, state: SubscriptionState, now: number): Subscription {
  const { lease, request: _request, poll: _poll, ...rest } = subscription;
  const last = lease === undefined ? [] : [formerOf(lease, lease.expiresAt, true)];
  const former = [...rest.former.map((one) => ({ ...one, isOver: true })), ...last].slice(-FORMER_MAX);
  return moveTo({ ...rest, former }, state, now);
}

/** The hub said no. Whoever asked to end it has what was wanted; what was looked at before is looked at still. */
export function denied(subscription: Subscription, reason: string | null, now: number): Subscription {
  if (subscription.state === "unsubscribing") return unsubscribed(subscription, now);
  const why = reason === null || reason.trim() === "" ? "" : `: ${reason.trim()}`;
  const after = subscription.state === "polling" ? dropped(subscription) : ended(subscription, "denied", now);
  return troubled(after, { word: "denied", message: `the hub denied the subscription${why}` }, now);
}

/** The lease ran out. A request that is under way stays good: its check may only be late. */
export function expired(subscription: Subscription, now: number): Subscription {
  if (subscription.state === "unsubscribing") return unsubscribed(subscription, now);
  const { request } = subscription;
  const over = ended(subscription, "expired", now);
  return request?.acceptedAt === undefined ? over : { ...over, request };
}

export function unsubscribed(subscription: Subscription, now: number): Subscription {
  const { lease, state } = subscription;
  const over = ended(subscription, "unsubscribed", now);
  if (lease === undefined || state !== "unsubscribing") return over;
  return { ...over, answered: { mode: "unsubscribe", topic: lease.topic, token: lease.token, at: now } };
}

export const failed = (subscription: Subscription, trouble: Trouble, now: number): Subscription =>
  troubled(ended(subscription, "failed", now), trouble, now);

/** There is no hub: the topic is looked at instead. */
export function polled(subscription: Subscription, task: string, now: number): Subscription {
  const { error: _error, ...over } = ended(subscription, "polling", now);
  return { ...over, poll: { task, contents: 0 } };
}
