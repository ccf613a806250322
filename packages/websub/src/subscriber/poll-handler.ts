// `websub.poll`: looks at a topic that has no hub, again and again; and asks the hub, should one turn up.
import { isoOf, LIMITS, type Outcome, type TaskRow } from "@hookclock/core";
import type { AttemptContext, Handler } from "@hookclock/engine";
import { laneIn, payloadOf } from "../own-tasks.ts";
import { begin } from "./begin.ts";
import { type Look, look } from "./look.ts";
import { idOf } from "./messages.ts";
import { troubled } from "./moves.ts";
import { change, isLastAttempt, notYet, type Parts } from "./parts.ts";
import { hashOfContent, storeContent } from "./store-push.ts";
import type { Poll } from "./subscription.ts";
import type { SubscriptionKey } from "./subscription-repository.ts";
import { KINDS, payloads } from "./tasks.ts";

/** A hub that turned up and did not agree is asked again after so long. */
const ASK_AGAIN_MS = 86_400_000;

type Turn = { parts: Parts; key: SubscriptionKey; task: TaskRow; context: AttemptContext };

export function makePollHandler(parts: Parts): Handler {
  return {
    kind: KINDS.poll,
    validate: ({ payload }) => void payloadOf(payloads.poll, payload),
    laneOf: ({ payload }) => laneIn(payload),
    async run(task, context) {
      const payload = payloadOf(payloads.poll, task.payload);
      const key = { namespace: task.namespace, id: payload.subscription };
      const isLast = isLastAttempt(task, context.attempt);
      try {
        const outcome = await runTurn({ parts, key, task, context }, payload.number);
        return isLast ? lasting(outcome) : outcome;
      } catch (error) {
        // A recurring task ends after some failures in a row, and looking must never end by itself.
        if (!isLast) throw error;
        return { class: "ok", error: "fault", message: "could not look this time" };
      }
    },
  };
}

/** As long as retries of any task honour. */
const awayMs = (retryAfterMs: number): number => Math.min(Math.ceil(retryAfterMs), LIMITS.retryAfterMsMax);

const lasting = (outcome: Outcome): Outcome =>
  outcome.class === "ok" ? outcome : { ...outcome, class: "ok" };

async function runTurn(turn: Turn, number: number): Promise<Outcome> {
  const { parts, key, task, context } = turn;
  const subscription = (await parts.subscriptions.find(key))?.subscription;
  if (subscription?.poll?.task !== task.id) {
    const waiting = subscription?.request?.number === number ? notYet(task, context.startedAt) : null;
    if (waiting !== null && waiting.class !== "ok") return waiting;
    await parts.world.tasks.delete({ namespace: task.namespace, id: task.id });
    return { class: "ok", message: "superseded" };
  }
  const { world } = parts;
  // The attempts of one look wait by themselves; the next look has to know of it, too.
  const { notBefore = 0 } = subscription.poll;
  if (world.clock.now() < notBefore)
    return { class: "ok", message: `asked to stay away until ${isoOf(notBefore)}` };
  const limits = {
    bytesMax: world.settings.contentBytesMax,
    signal: context.signal,
    now: () => world.clock.now(),
  };
  const looked = await look(world.web, subscription.url, subscription.poll, limits);
  return conclude(turn, subscription.poll, looked);
}

async function conclude({ parts, key, task }: Turn, poll: Poll, looked: Look): Promise<Outcome> {
  const { world } = parts;
  if (looked.is === "failure") {
    const { error, message, retryAfterMs } = looked;
    await change(parts, key, (current, now) => {
      if (current.poll?.task !== task.id) return null;
      const away = retryAfterMs === undefined ? {} : { notBefore: now + awayMs(retryAfterMs) };
      const after = { ...current, poll: { ...current.poll, ...away } };
      return { after: troubled(after, { word: error, message }, now) };
    });
    const how = looked.isRetryable ? "retryable" : "ok";
    return { class: how, error, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const now = world.clock.now();
  if (looked.is === "unchanged") return save(parts, key, { ...poll, lookedAt: now }, "nothing new");
  const hash = hashOfContent(looked);
  const isNew = hash !== poll.hash;
  // The same look may be taken twice: whose it is, its number and its content say which it is.
  const push = idOf("look", task.id, String(poll.contents + 1), hash);
  if (isNew) await storeContent(parts, key, { ...looked, push, receivedAt: now });
  const { etag, lastModified, finalUrl } = looked;
  const after: Poll = {
    task: poll.task,
    contents: poll.contents + (isNew ? 1 : 0),
    ...{ hash, finalUrl, lookedAt: now },
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(poll.askedAt === undefined ? {} : { askedAt: poll.askedAt }),
  };
  return save(parts, key, after, isNew ? "new content" : "nothing new", looked.hubs.length > 0);
}

async function save(
  parts: Parts,
  key: SubscriptionKey,
  poll: Poll,
  message: string,
  hasHub = false,
): Promise<Outcome> {
  await change(parts, key, (current, now) => {
    if (current.poll?.task !== poll.task) return null;
    const mayAsk = current.request === undefined && now - (poll.askedAt ?? 0) >= ASK_AGAIN_MS;
    const { error: _error, ...fine } = current;
    if (!hasHub || !mayAsk) return { after: { ...fine, poll } };
    return begin(parts.world, { ...fine, poll: { ...poll, askedAt: now } }, "subscribe", now);
  });
  return { class: "ok", message: hasHub ? `${message}; there is a hub now` : message };
}
