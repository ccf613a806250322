// The tasks that ask hubs: for a subscription, for its renewal, for its end; and the one that waits for the hub's check.
import type { Outcome, TaskRow } from "@hookclock/core";
import type { AttemptContext, Handler } from "@hookclock/engine";
import { laneIn, payloadOf, registerOnce } from "../own-tasks.ts";
import { begin, legacyWord } from "./begin.ts";
import { makeRequest, requestOf } from "./make-request.ts";
import { dropped, failed, requested, troubled } from "./moves.ts";
import { change, notYet, type Parts, superseded } from "./parts.ts";
import { type Subscription, takesContent } from "./subscription.ts";
import { checkTask, KINDS, payloads } from "./tasks.ts";
import { judgeWait } from "./timing.ts";

const ok = (message: string): Outcome => ({ class: "ok", message });

/** `websub.subscribe` and `websub.unsubscribe`: make one request, until the hub has taken it. */
export function makeAskHandler(parts: Parts, mode: "subscribe" | "unsubscribe"): Handler {
  const schema = payloads[mode];
  return {
    kind: KINDS[mode],
    validate: ({ payload }) => void payloadOf(schema, payload),
    laneOf: ({ payload }) => laneIn(payload),
    async run(task, context) {
      const payload = payloadOf(schema, task.payload);
      const key = { namespace: task.namespace, id: payload.subscription };
      const subscription = (await parts.subscriptions.find(key))?.subscription;
      if (subscription === undefined || subscription.requests < payload.number)
        return notYet(task, context.startedAt);
      return proceed(parts, task, context, subscription);
    },
  };
}

async function proceed(
  parts: Parts,
  task: TaskRow,
  context: AttemptContext,
  subscription: Subscription,
): Promise<Outcome> {
  const request = requestOf(subscription, task.id);
  if (request === null) return superseded;
  if (request.acceptedAt !== undefined) return ok("the hub took the request");
  const { namespace, id } = subscription;
  return makeRequest({ parts, key: { namespace, id }, task, context }, subscription);
}

/** For the tasks of a lease: what to do when it is not, or not yet, the lease of the subscription. */
export function judgeLease(
  subscription: Subscription | undefined,
  expiresAt: number,
): "current" | "ahead" | "past" {
  if (subscription?.lease?.expiresAt === expiresAt) return "current";
  const isBeingConfirmed = subscription?.request?.mode === "subscribe";
  return isBeingConfirmed && (subscription.lease?.expiresAt ?? 0) < expiresAt ? "ahead" : "past";
}

/** `websub.renew`: asks for the lease again, until the hub has taken the request or the lease has ended. */
export function makeRenewHandler(parts: Parts): Handler {
  const { world, subscriptions } = parts;
  return {
    kind: KINDS.renew,
    validate: ({ payload }) => void payloadOf(payloads.renew, payload),
    laneOf: ({ payload }) => laneIn(payload),
    async run(task, context) {
      const payload = payloadOf(payloads.renew, task.payload);
      const key = { namespace: task.namespace, id: payload.subscription };
      const subscription = (await subscriptions.find(key))?.subscription;
      const lease = judgeLease(subscription, payload.expiresAt);
      if (lease === "ahead") return notYet(task, context.startedAt);
      if (lease === "past" || subscription === undefined || !takesContent(subscription)) return superseded;
      if (requestOf(subscription, task.id) !== null) return proceed(parts, task, context, subscription);
      const begun = await change(parts, key, (current, now) => {
        const isWanted = judgeLease(current, payload.expiresAt) === "current" && takesContent(current);
        if (!isWanted) return null;
        const verifyToken = legacyWord(world, current);
        const request = {
          mode: "subscribe" as const,
          task: task.id,
          until: payload.expiresAt,
          verifyToken,
          now,
        };
        return { after: requested(current, request) };
      });
      return begun === null ? superseded : proceed(parts, task, context, begun);
    },
  };
}

/** `websub.check`: the hub took a request; looks whether it has checked since, and asks again when it has not. */
export function makeCheckHandler(parts: Parts): Handler {
  const { world, subscriptions } = parts;
  return {
    kind: KINDS.check,
    validate: ({ payload }) => void payloadOf(payloads.check, payload),
    async run(task, context) {
      const { subscription: id, number } = payloadOf(payloads.check, task.payload);
      const key = { namespace: task.namespace, id };
      const subscription = (await subscriptions.find(key))?.subscription;
      if (subscription === undefined || subscription.requests < number)
        return notYet(task, context.startedAt);
      const verdict = judgeWait(subscription, number, world.clock.now());
      if (verdict.do === "nothing") return ok("nothing is waited for");
      if (verdict.do === "look-again") {
        await registerOnce(world.tasks, checkTask(key, number, verdict.at));
        return ok("still waiting for the hub");
      }
      await change(parts, key, (current, now) => {
        const still = judgeWait(current, number, now);
        if (still.do === "give-up") return { after: givenUp(current, now) };
        if (still.do !== "ask-again" || current.request === undefined) return null;
        return begin(world, current, current.request.mode, now, "again");
      });
      return ok(verdict.do === "give-up" ? NOT_VERIFIED.message : "the hub did not check: it is asked again");
    },
  };
}
/** A topic that is looked at goes on being looked at. */
const givenUp = (subscription: Subscription, now: number): Subscription =>
  subscription.state === "polling"
    ? troubled(dropped(subscription), NOT_VERIFIED, now)
    : failed(subscription, NOT_VERIFIED, now);
const NOT_VERIFIED = { word: "not-verified", message: "the hub took the request, but never checked it" };
