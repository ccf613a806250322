// The tasks of the hub: their kinds, ids, payloads and retries, each said once. Payloads hold ids and addresses, never
// a secret or content.
import { isoOf, type Outcome, type RegisterInput } from "@hookclock/core";
import * as z from "zod";
import { OWN_TASK_KEPT_SECONDS } from "../own-tasks.ts";
import { hashOf } from "./url-identity.ts";

export const HUB_KINDS = {
  verify: "hub.verify",
  deny: "hub.deny",
  fetch: "hub.fetch",
  fanOut: "hub.fanout",
  distribute: "hub.distribute",
} as const;

const pair = { collection: z.string(), callbackHash: z.string(), lane: z.string() };
export const verifyPayload = z.object({ ...pair, request: z.string() });
export const denyPayload = z.object({ ...pair, latest: z.string(), reason: z.string() });
export const fetchPayload = z.object({ topic: z.string(), lane: z.string() });
export const fanOutPayload = z.object({ update: z.string(), part: z.number().int() });
export const distributePayload = z.object({
  update: z.string(),
  callbackHash: z.string(),
  lane: z.string(),
  /** In which of the update's collections the subscription was found, where there are several. */
  at: z.number().int().min(0).optional(),
});

export type VerifyPayload = z.infer<typeof verifyPayload>;
export type DenyPayload = z.infer<typeof denyPayload>;
export type FanOutPayload = z.infer<typeof fanOutPayload>;
export type DistributePayload = z.infer<typeof distributePayload>;

/** Time for everything one attempt does, and for the request that is part of it: its end must still be told. */
export const ATTEMPT_MS = 20_000;
export const REQUEST_MS = 15_000;
/** A fan-out makes thousands of tasks, a fetch follows redirects. */
export const LONG_ATTEMPT_MS = 60_000;

const common = (namespace: string, at: number) => ({
  ...{ namespace, scheduledDate: isoOf(at), keepSeconds: OWN_TASK_KEPT_SECONDS },
});

/** The retries are for our own faults: how often a subscriber is asked is decided elsewhere. */
export const verifyTask = (namespace: string, payload: VerifyPayload, at: number): RegisterInput => ({
  ...common(namespace, at),
  id: `hub/verify/${payload.request}`,
  kind: HUB_KINDS.verify,
  payload,
  timeoutMs: ATTEMPT_MS,
  retry: { limit: 8, baseMs: 2_000, maxMs: 60_000 },
});

export const denyTask = (namespace: string, payload: DenyPayload, at: number): RegisterInput => ({
  ...common(namespace, at),
  id: `hub/deny/${payload.latest}`,
  kind: HUB_KINDS.deny,
  payload,
  timeoutMs: ATTEMPT_MS,
  retry: { limit: 4, baseMs: 5_000, maxMs: 60_000 },
});

/**
 * Pings of one second are one fetch, made when that second is over: so it sees what all of them were about. A publisher
 * that is down is waited for as long as subscribers are.
 */
export const fetchTask = (
  namespace: string,
  topic: { url: string; identity: string; lane: string },
  now: number,
): RegisterInput => {
  const second = Math.floor(now / 1_000) + 1;
  return {
    ...common(namespace, second * 1_000),
    id: `hub/fetch/${hashOf(topic.identity)}/${second}`,
    kind: HUB_KINDS.fetch,
    payload: { topic: topic.url, lane: topic.lane },
    timeoutMs: LONG_ATTEMPT_MS,
    retry: { limit: 10, baseMs: 5_000, maxMs: 30 * 60_000 },
  };
};

/** Retried for hours: it talks to nobody but our own database, and every subscriber waits for it. */
export const fanOutTask = (namespace: string, payload: FanOutPayload, at: number): RegisterInput => ({
  ...common(namespace, at),
  id: `hub/fanout/${payload.update}/${payload.part}`,
  kind: HUB_KINDS.fanOut,
  payload,
  timeoutMs: LONG_ATTEMPT_MS,
  retry: { limit: 100, baseMs: 1_000, maxMs: 5 * 60_000 },
});

/** Eleven attempts in an hour and a quarter; see `GIVE_UP_MS` for the time they may take in all. */
export const distributeTask = (namespace: string, payload: DistributePayload, at: number): RegisterInput => ({
  ...common(namespace, at),
  id: `hub/distribute/${payload.update}/${payload.callbackHash}`,
  kind: HUB_KINDS.distribute,
  payload,
  timeoutMs: ATTEMPT_MS,
  retry: { limit: 10, baseMs: 5_000, maxMs: 30 * 60_000 },
});
/** A receiver that asks to wait can make retries long: past this, an update is too old to be sent again. */
export const GIVE_UP_MS = 24 * 60 * 60_000;

export const superseded: Outcome = { class: "ok", message: "superseded" };
