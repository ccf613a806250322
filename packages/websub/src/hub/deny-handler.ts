// Tells a subscriber that there is no subscription for it (WebSub 5.2), at first or at any later time.
import { classifyFailure, failureMessage, type Outcome, type TaskRow } from "@hookclock/core";
import type { AttemptContext, Handler } from "@hookclock/engine";
import { laneIn, payloadOf, registerOnce } from "../own-tasks.ts";
import { denialUrl } from "./callback-url.ts";
import { type Announce, type HubParts, USER_AGENT } from "./hub-parts.ts";
import { type DenyPayload, denyPayload, denyTask, HUB_KINDS, REQUEST_MS, superseded } from "./hub-tasks.ts";
import { ended, type HubSubscription, isDeniable } from "./subscription.ts";
import type { PairKey } from "./subscription-repository.ts";
import { laneOfUrl } from "./url-identity.ts";

const ANSWER_BYTES_MAX = 1024;
const REASON_LENGTH_MAX = 500;

export function makeDenyHandler(parts: HubParts, announce: Announce): Handler {
  const { world, subscriptions } = parts;
  return {
    kind: HUB_KINDS.deny,
    validate: ({ payload }) => void payloadOf(denyPayload, payload),
    laneOf: ({ payload }) => laneIn(payload),
    async run(task: TaskRow, context: AttemptContext): Promise<Outcome> {
      const payload = payloadOf(denyPayload, task.payload);
      const key = { namespace: task.namespace, ...payload };
      const row = await endDenied(parts, announce, key, payload);
      await subscriptions.unmark(key, payload.lane);
      if (row === null) return superseded;
      const { topic, callback } = row;
      const answer = await world.web.send({
        method: "GET",
        url: denialUrl({ callback, topic, reason: payload.reason }),
        headers: { "user-agent": USER_AGENT },
        timeoutMs: REQUEST_MS,
        answerBytesMax: ANSWER_BYTES_MAX,
        signal: context.signal,
      });
      return outcomeOf(answer, payload.lane);
    },
  };
}

/** Ends it in our books first: whether the subscriber can be told changes nothing about that. Null when superseded. */
async function endDenied(
  { world, subscriptions }: HubParts,
  announce: Announce,
  key: PairKey,
  { latest, reason }: { latest: string; reason: string },
): Promise<HubSubscription | null> {
  let row = null as HubSubscription | null;
  const saved = await subscriptions.change(key, (before) => {
    row = isDeniable(before, latest) ? before : null;
    if (row === null || isDenied(row, latest)) return null;
    return ended(row, "denied", world.clock.now(), latest);
  });
  if (row === null) return null;
  const message = `A subscription is denied: ${reason}`;
  const isRepeat = saved === null;
  await announce("hub.denied", key, { message, topic: row.topic, occasion: latest, isRepeat });
  return row;
}

/** Not by a denial of before: a request that came after it is one more, and the row remembers the last end until it is confirmed. */
const isDenied = ({ ended: last }: HubSubscription, latest: string): boolean =>
  last?.reason === "denied" && last.of === latest;

/** An answer of any kind means that the subscriber was told, but only 2xx that it understood. */
function outcomeOf(answer: Awaited<ReturnType<HubParts["world"]["web"]["send"]>>, lane: string): Outcome {
  if (answer.kind === "unreachable") {
    const message = failureMessage(answer.word, lane);
    return { class: classifyFailure(answer.word), error: answer.word, message };
  }
  if (answer.status >= 200 && answer.status <= 299) return { class: "ok" };
  const again = answer.status === 429 || answer.status >= 500;
  return {
    class: again ? "retryable" : "permanent",
    error: "status",
    message: `The callback answered ${answer.status}`,
  };
}

/**
 * Denies a pair now, whether it waits or is in force. False when there is no such pair, or it is over already.
 */
export async function denyPair(
  parts: HubParts,
  announce: Announce,
  key: PairKey,
  givenReason: string,
): Promise<boolean> {
  const { world, subscriptions } = parts;
  const reason = givenReason.slice(0, REASON_LENGTH_MAX);
  for (;;) {
    const row = await subscriptions.get(key);
    if (row === null || (row.active === null && row.pending === null)) return false;
    const { collection, callbackHash } = key;
    const lane = laneOfUrl(row.callback);
    const payload: DenyPayload = { collection, callbackHash, lane, latest: row.latest, reason };
    // The task first: a subscription that ends without its subscriber being told would be the worse half.
    await registerOnce(world.tasks, denyTask(key.namespace, payload, world.clock.now()));
    if ((await endDenied(parts, announce, key, payload)) !== null) return true;
  }
}
