// The tasks that only need our own database: the end of a lease, news of a subscription, the content of a push.
import { isoOf, type Outcome, REDACTED } from "@hookclock/core";
import type { Handler } from "@hookclock/engine";
import { readContent } from "../content-store.ts";
import { payloadOf } from "../own-tasks.ts";
import { judgeLease } from "./ask-handlers.ts";
import { messagesOf } from "./messages.ts";
import { expired } from "./moves.ts";
import { change, notYet, type Parts, predicateOf, superseded } from "./parts.ts";
import type { Subscription } from "./subscription.ts";
import { KINDS, payloads } from "./tasks.ts";

const ok = (message: string): Outcome => ({ class: "ok", message });

/** `websub.expire`: the lease has run out and was not renewed. */
export function makeExpireHandler(parts: Parts): Handler {
  const { world, subscriptions } = parts;
  return {
    kind: KINDS.expire,
    validate: ({ payload }) => void payloadOf(payloads.expire, payload),
    async run(task, context) {
      const { subscription: id, expiresAt } = payloadOf(payloads.expire, task.payload);
      const key = { namespace: task.namespace, id };
      const lease = judgeLease((await subscriptions.find(key))?.subscription, expiresAt);
      if (lease === "ahead") return notYet(task, context.startedAt);
      if (lease === "past") return superseded;
      const remainingMs = expiresAt - world.clock.now();
      if (remainingMs > 0)
        return {
          class: "retryable",
          error: "not-yet",
          message: "the lease has not ended yet",
          retryAfterMs: remainingMs,
        };
      const ended = await change(parts, key, (current, now) =>
        judgeLease(current, expiresAt) === "current" ? { after: expired(current, now) } : null,
      );
      return ended === null ? superseded : ok(`the subscription is ${ended.state}`);
    },
  };
}

/** `websub.announce`: publishes a change of state as an event of the namespace. */
export function makeAnnounceHandler(parts: Parts): Handler {
  const { events, subscriptions } = parts;
  return {
    kind: KINDS.announce,
    validate: ({ payload }) => void payloadOf(payloads.announce, payload),
    async run(task, context) {
      const news = payloadOf(payloads.announce, task.payload);
      const key = { namespace: task.namespace, id: news.subscription };
      const subscription = (await subscriptions.find(key))?.subscription;
      if (subscription === undefined || subscription.moves < news.number)
        return notYet(task, context.startedAt);
      const predicate = predicateOf(news.state);
      const move = subscription.history.find(({ number }) => number === news.number);
      if (predicate === null || !happened(subscription, news)) return superseded;
      const { url, createdAt } = subscription;
      await events.publish({
        namespace: key.namespace,
        predicate,
        // A name that is used again after its subscription was forgotten is another one's.
        id: `subscription/${key.id}/${createdAt}/${news.number}`,
        payload: {
          subscription: key.id,
          url: placeOf(url),
          state: news.state,
          message: news.message,
          date: isoOf(move?.at ?? task.scheduledAt),
        },
      });
      return ok(`published ${predicate}`);
    },
  };
}

/** Events go to whoever subscribed to them, and tokens live in queries. */
function placeOf(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return search === "" ? url : `${origin}${pathname}?${REDACTED}`;
}

/** The history is short: a change that is older than all of it is believed. */
function happened({ history }: Subscription, { number, state }: { number: number; state: string }): boolean {
  const move = history.find((one) => one.number === number);
  return move === undefined ? number < (history[0]?.number ?? 0) : move.state === state;
}

/** Messages handed on in one go: a feed of thousands does not have to be in flight at once. */
const MESSAGES_AT_ONCE = 100;

/** `websub.receive`: makes messages of a push that was stored, and hands them on. */
export function makeReceiveHandler({ world, sink }: Parts): Handler {
  return {
    kind: KINDS.receive,
    validate: ({ payload }) => void payloadOf(payloads.receive, payload),
    async run(task) {
      const payload = payloadOf(payloads.receive, task.payload);
      const { namespace } = task;
      const reference = { namespace, id: payload.push, bytes: payload.bytes };
      const bytes = await readContent(world.documents, reference, world.clock.now());
      if (bytes === null)
        return { class: "permanent", error: "content-gone", message: "the content is not there any more" };
      const { messages, problem } = messagesOf(namespace, payload, bytes);
      let acceptedCount = 0;
      for (let from = 0; from < messages.length; from += MESSAGES_AT_ONCE) {
        const { accepted } = await sink.accept(messages.slice(from, from + MESSAGES_AT_ONCE));
        acceptedCount += accepted;
      }
      const note = problem === undefined ? "" : `; taken as one piece: ${problem}`;
      return ok(`${acceptedCount} of ${messages.length} messages were new${note}`);
    },
  };
}
