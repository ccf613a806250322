// The tasks of a subscription: their kinds, ids, payloads and retries, each said once. Payloads hold ids, never secrets.
import { isoOf, type RegisterInput } from "@hookclock/core";
import * as z from "zod";
import { OWN_TASK_KEPT_SECONDS } from "../own-tasks.ts";
import type { Mode, Subscription, SubscriptionState } from "./subscription.ts";
import type { SubscriptionKey } from "./subscription-repository.ts";
import { ASK_TIMEOUT_MS, OWN_RETRY, type RetryTimes } from "./timing.ts";

export const KINDS = {
  subscribe: "websub.subscribe",
  unsubscribe: "websub.unsubscribe",
  renew: "websub.renew",
  check: "websub.check",
  expire: "websub.expire",
  announce: "websub.announce",
  receive: "websub.receive",
  poll: "websub.poll",
} as const;
type KindName = keyof typeof KINDS;

const subscription = z.string();
const number = z.number().int();
const lane = z.string();
export const payloads = {
  subscribe: z.object({ subscription, number, lane }),
  unsubscribe: z.object({ subscription, number, lane }),
  renew: z.object({ subscription, expiresAt: number, lane }),
  check: z.object({ subscription, number }),
  expire: z.object({ subscription, expiresAt: number }),
  announce: z.object({ subscription, number, state: z.string(), message: z.string() }),
  receive: z.object({
    subscription,
    push: z.string(),
    topic: z.string(),
    type: z.string(),
    bytes: number,
    receivedAt: number,
  }),
  poll: z.object({ subscription, number, lane }),
};
export type ReceivePayload = z.infer<typeof payloads.receive>;

export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : "");

/** Begins with this: all tasks of one kind and subscription. */
const idOf = (kind: KindName, { id }: SubscriptionKey, rest: string | number): string =>
  `websub/${kind}/${encodeURIComponent(id)}/${rest}`;

const common = (key: SubscriptionKey, at: number, kind: KindName) => ({
  namespace: key.namespace,
  kind: KINDS[kind],
  scheduledDate: isoOf(at),
  keepSeconds: OWN_TASK_KEPT_SECONDS,
});

/** The id of the task that will make a request; `nonce` keeps it apart from one that never came to be. */
export const askTaskId = (key: SubscriptionKey, mode: Mode, requestNumber: number, nonce: string): string =>
  idOf(mode, key, `${requestNumber}-${nonce}`);

export const askTask = (
  subscription: Subscription,
  ask: { id: string; mode: Mode; number: number; at: number; retry: RetryTimes },
): RegisterInput => ({
  ...common(subscription, ask.at, ask.mode),
  id: ask.id,
  payload: {
    subscription: subscription.id,
    number: ask.number,
    lane: hostOf(subscription.lease?.hub ?? subscription.wish.hub ?? subscription.url),
  },
  timeoutMs: ASK_TIMEOUT_MS,
  retry: ask.retry,
});

/** Looks whether a request was verified. Several looks at one request have several times. */
export const checkTask = (key: SubscriptionKey, requestNumber: number, at: number): RegisterInput => ({
  ...common(key, at, "check"),
  id: idOf("check", key, `${requestNumber}/${at}`),
  payload: { subscription: key.id, number: requestNumber },
  retry: OWN_RETRY,
});

export const renewTaskId = (key: SubscriptionKey, expiresAt: number): string => idOf("renew", key, expiresAt);

export const renewTask = (
  key: SubscriptionKey,
  lease: { hub: string; renewAt: number; expiresAt: number },
  retry: RetryTimes,
): RegisterInput => ({
  ...common(key, lease.renewAt, "renew"),
  id: renewTaskId(key, lease.expiresAt),
  payload: { subscription: key.id, expiresAt: lease.expiresAt, lane: hostOf(lease.hub) },
  timeoutMs: ASK_TIMEOUT_MS,
  retry,
});

export const expireTask = (key: SubscriptionKey, expiresAt: number): RegisterInput => ({
  ...common(key, expiresAt, "expire"),
  id: idOf("expire", key, expiresAt),
  payload: { subscription: key.id, expiresAt },
  retry: OWN_RETRY,
});

export const announceTask = (
  key: SubscriptionKey,
  move: { number: number; state: SubscriptionState; message: string; at: number },
): RegisterInput => ({
  ...common(key, move.at, "announce"),
  id: idOf("announce", key, `${move.number}-${move.state}-${move.at}`),
  payload: { subscription: key.id, number: move.number, state: move.state, message: move.message },
  retry: OWN_RETRY,
});

export const receiveTask = (
  key: SubscriptionKey,
  payload: Omit<ReceivePayload, "subscription">,
): RegisterInput => ({
  ...common(key, payload.receivedAt, "receive"),
  id: idOf("receive", key, payload.push),
  payload: { subscription: key.id, ...payload },
  timeoutMs: ASK_TIMEOUT_MS,
  retry: OWN_RETRY,
});

export const pollTask = (
  subscription: Subscription,
  poll: { nonce: string; number: number; at: number; everySeconds: number },
): RegisterInput & { id: string } => ({
  ...common(subscription, poll.at, "poll"),
  // One for a subscription, and it never ends: should it fail for good, it stays to be seen.
  keepSeconds: null,
  id: idOf("poll", subscription, `${poll.number}-${poll.nonce}`),
  payload: { subscription: subscription.id, number: poll.number, lane: hostOf(subscription.url) },
  repeat: { interval: poll.everySeconds, unit: "seconds", max: 0 },
  timeoutMs: ASK_TIMEOUT_MS,
  retry: { limit: 2, baseMs: 5_000, maxMs: 60_000 },
});
