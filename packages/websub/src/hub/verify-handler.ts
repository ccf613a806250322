// Asks a subscriber whether it means what was asked in its name (WebSub 5.3), and puts that in force when it agrees.
import type { Outcome, TaskRow } from "@hookclock/core";
import type { AttemptContext, Handler } from "@hookclock/engine";
import { laneIn, payloadOf, registerOnce } from "../own-tasks.ts";
import { verificationUrl } from "./callback-url.ts";
import { type Announce, type Announcement, fault, type HubParts, USER_AGENT } from "./hub-parts.ts";
import {
  denyTask,
  HUB_KINDS,
  REQUEST_MS,
  superseded,
  type VerifyPayload,
  verifyPayload,
  verifyTask,
} from "./hub-tasks.ts";
import { confirmed, type HubSubscription, refused, type SubscriptionRequest } from "./subscription.ts";
import type { PairKey } from "./subscription-repository.ts";
import { type Verdict, verdictOf } from "./verification.ts";

const CHALLENGE_BYTES = 24;
/** Enough to see that a body is not the challenge alone. */
const ANSWER_BYTES_MAX = 1024;
/** How often it is tried to reach a callback at which nobody answers. */
const REACHES_MAX = 3;

type Check = { key: PairKey; payload: VerifyPayload; pending: SubscriptionRequest };

export function makeVerifyHandler(parts: HubParts, announce: Announce): Handler {
  const { world, subscriptions } = parts;
  return {
    kind: HUB_KINDS.verify,
    validate: ({ payload }) => void payloadOf(verifyPayload, payload),
    laneOf: ({ payload }) => laneIn(payload),
    async run(task: TaskRow, context: AttemptContext): Promise<Outcome> {
      const payload = payloadOf(verifyPayload, task.payload);
      const key = { namespace: task.namespace, ...payload };
      const row = await subscriptions.get(key);
      const pending = row?.pending;
      if (pending?.id !== payload.request) {
        if (row) await tidyUp(parts, announce, { key, payload, row });
        return superseded;
      }
      const check = { key, payload, pending };
      const reason = await refusalOf(parts, check);
      if (reason !== null) return deny(parts, check, reason);
      const askedAt = world.clock.now();
      const verdict = await ask(parts, check, context.signal);
      switch (verdict.kind) {
        case "aborted":
          return fault("aborted", verdict.message);
        case "confirmed":
          return confirm(parts, announce, check, askedAt);
        case "unreached":
          if (context.attempt < REACHES_MAX)
            return { class: "retryable", error: verdict.error, message: verdict.message };
      }
      return refuse(parts, check, verdict);
    },
  };
}

/** What was cut off after the row was saved: by an earlier attempt of this task, or by the request that came after. */
async function tidyUp(
  { world, subscriptions }: HubParts,
  announce: Announce,
  { key, payload, row }: { key: PairKey; payload: VerifyPayload; row: HubSubscription },
): Promise<void> {
  if (row.pending !== null) {
    // It took the place of a request that was promised a check, and may have been cut off before it had one itself.
    const newest = { ...payload, request: row.pending.id };
    return registerOnce(world.tasks, verifyTask(key.namespace, newest, row.checkAt));
  }
  await subscriptions.unmark(key, payload.lane);
  if (row.ended?.reason === "unsubscribed" && row.ended.of === payload.request) {
    await announce("hub.ended", key, { ...left(row, payload.request), isRepeat: true });
  }
}

const left = ({ topic }: HubSubscription, occasion: string): Announcement => ({
  ...{ message: "A subscriber has unsubscribed", topic, occasion },
});

/** What the policy says against it, asked at the time of the check. Who leaves needs nobody's leave. */
const refusalOf = async ({ world }: HubParts, { key, pending }: Check): Promise<string | null> => {
  if (pending.mode === "unsubscribe") return null;
  return (await world.settings.hub.policy.topic?.(pending.topic, key.namespace)) ?? null;
};

async function deny({ world }: HubParts, { key, payload }: Check, reason: string): Promise<Outcome> {
  const { collection, callbackHash, lane, request } = payload;
  const denial = { collection, callbackHash, lane, latest: request, reason };
  await registerOnce(world.tasks, denyTask(key.namespace, denial, world.clock.now()));
  return { class: "ok", message: "denied by policy" };
}

async function ask({ world }: HubParts, check: Check, signal: AbortSignal): Promise<Verdict> {
  // Made for this one request and kept nowhere: an answer to another one is never taken for it.
  const challenge = Buffer.from(world.randomBytes(CHALLENGE_BYTES)).toString("hex");
  const answer = await world.web.send({
    method: "GET",
    url: verificationUrl(check.pending, challenge),
    headers: { "user-agent": USER_AGENT },
    timeoutMs: REQUEST_MS,
    answerBytesMax: ANSWER_BYTES_MAX,
    signal,
  });
  return verdictOf(answer, challenge, check.payload.lane);
}

async function confirm(
  { subscriptions, topics }: HubParts,
  announce: Announce,
  { key, payload, pending }: Check,
  askedAt: number,
): Promise<Outcome> {
  if (pending.mode === "subscribe") {
    const until = askedAt + pending.leaseSeconds * 1_000;
    await topics.keep(key.namespace, { topic: pending.topic, collection: key.collection }, until);
  }
  const saved = await subscriptions.change(key, (row) => row && confirmed(row, payload.request, askedAt));
  await subscriptions.unmark(key, payload.lane);
  if (saved === null) return superseded;
  await tell(announce, key, saved, pending);
  return { class: "ok" };
}

const tell = (
  announce: Announce,
  key: PairKey,
  saved: HubSubscription,
  { id, mode, topic, leaseSeconds }: SubscriptionRequest,
): Promise<void> => {
  if (mode === "unsubscribe") return announce("hub.ended", key, left(saved, id));
  const message = `A subscription is confirmed for ${leaseSeconds} seconds`;
  return announce("hub.verified", key, { message, topic, occasion: id });
};

async function refuse(
  { world, subscriptions }: HubParts,
  { key, payload }: Check,
  { error, message }: { error: string; message: string },
): Promise<Outcome> {
  const at = world.clock.now();
  const saved = await subscriptions.change(
    key,
    (row) => row && refused(row, payload.request, { message, at }),
  );
  await subscriptions.unmark(key, payload.lane);
  return saved === null ? superseded : { class: "permanent", error, message };
}
