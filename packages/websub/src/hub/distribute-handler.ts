// Brings one update to one subscriber (WebSub 7).
import {
  classifyFailure,
  failureMessage,
  type Outcome,
  parseRetryAfter,
  type Received,
  redactHeaders,
  type TaskRow,
} from "@hookclock/core";
import type { AttemptContext, Handler, WebAnswer } from "@hookclock/engine";
import { laneIn, payloadOf } from "../own-tasks.ts";
import { sign } from "../signature.ts";
import { linkHeader } from "./addresses.ts";
import { wants } from "./fan-out-handler.ts";
import { type Announce, type Announcement, type HubParts, missing, USER_AGENT } from "./hub-parts.ts";
import { type DistributePayload, distributePayload, GIVE_UP_MS, HUB_KINDS, REQUEST_MS } from "./hub-tasks.ts";
import { isOutOfDate, outOfDate } from "./out-of-date.ts";
import { type ActiveSubscription, gone, type HubSubscription } from "./subscription.ts";
import type { PairKey } from "./subscription-repository.ts";
import type { UpdateFacts } from "./update.ts";

/** The answer's body means nothing here; its beginning is kept for who looks for a fault. */
const ANSWER_BYTES_MAX = 4 * 1024;

type Found = { key: PairKey; active: ActiveSubscription };
type PairRow = { key: PairKey; row: HubSubscription };

export function makeDistributeHandler(parts: HubParts, announce: Announce): Handler {
  const { world, updates } = parts;
  return {
    kind: HUB_KINDS.distribute,
    validate: ({ payload }) => void payloadOf(distributePayload, payload),
    laneOf: ({ payload }) => laneIn(payload),
    async run(task: TaskRow, context: AttemptContext): Promise<Outcome> {
      const payload = payloadOf(distributePayload, task.payload);
      const update = await updates.factsOf(task.namespace, payload.update);
      if (update === null) return missing("The update");
      if (context.attempt > 1 && world.clock.now() - update.createdAt > GIVE_UP_MS) {
        return { class: "permanent", error: "too-late", message: "The update is too old to be sent again" };
      }
      if (await isOutOfDate(parts, task.namespace, update)) return outOfDate;
      const { found, rows } = await subscriptionFor(parts, task.namespace, update, payload);
      if (found === null) {
        await repeatEnd(announce, rows);
        return { class: "ok", message: "the subscription has ended" };
      }
      const reference = { namespace: task.namespace, id: update.contentId, bytes: update.contentBytes };
      const body = await updates.contentOf(reference);
      if (body === null) return missing("The content");
      const answer = await world.web.send({
        method: "POST",
        url: found.active.callback,
        headers: headersOf(parts, update, found.active, body, context.deliveryId),
        body,
        timeoutMs: REQUEST_MS,
        answerBytesMax: ANSWER_BYTES_MAX,
        signal: context.signal,
      });
      if (answer.kind === "unreachable") {
        const message = failureMessage(answer.word, payload.lane);
        return { class: classifyFailure(answer.word), error: answer.word, message, timings: answer.timings };
      }
      if (answer.status === 410) await end(parts, announce, found);
      return outcomeOf(answer, world.clock.now());
    },
  };
}

/**
 * What is in force for this callback when it is sent: where the fan-out found it, which is its most special topic that
 * matches; if that has ended, the next.
 */
async function subscriptionFor(
  { world, subscriptions }: HubParts,
  namespace: string,
  update: UpdateFacts,
  { callbackHash, at }: DistributePayload,
): Promise<{ found: Found | null; rows: readonly PairRow[] }> {
  const { collections } = update;
  const there = at === undefined ? collections : collections.slice(at, at + 1);
  const elsewhere = collections.filter((collection) => !there.includes(collection));
  const rows: PairRow[] = [];
  for (const some of [there, elsewhere]) {
    if (some.length === 0) continue;
    const read = await subscriptions.ofCallback(namespace, some, callbackHash);
    rows.push(...read);
    const now = world.clock.now();
    for (const { key, row } of read) {
      if (row.active !== null && wants(row, { ...update, since: null }, now))
        return { found: { key, active: row.active }, rows };
    }
  }
  return { found: null, rows };
}

const headersOf = (
  { world }: HubParts,
  { contentType, links }: UpdateFacts,
  { secret }: ActiveSubscription,
  body: Uint8Array,
  deliveryId: string,
): Record<string, string> => ({
  "content-type": contentType,
  link: linkHeader(links),
  "user-agent": USER_AGENT,
  // The same with every repeat, so that a receiver can tell one from something new.
  "hookclock-delivery-id": deliveryId,
  ...(secret === null ? {} : { "x-hub-signature": sign(world.settings.hub.signature, secret, body) }),
});

/** Only 2xx is delivered; whatever else was answered may be otherwise later, but for a 410. */
function outcomeOf(answer: WebAnswer, now: number): Outcome {
  const { status, headers, timings } = answer;
  const received: Received = {
    status,
    headers: redactHeaders(headers),
    body: new TextDecoder().decode(answer.body),
  };
  if (status >= 200 && status <= 299) return { class: "ok", received, timings };
  const outcome: Outcome = {
    class: status === 410 ? "gone" : "retryable",
    error: "status",
    message:
      status >= 300 && status <= 399
        ? `The callback answered ${status}: redirects are not followed`
        : `The callback answered ${status}`,
    received,
    timings,
  };
  const retryAfterMs = parseRetryAfter(headers["retry-after"], now);
  return retryAfterMs === undefined ? outcome : { ...outcome, retryAfterMs };
}

async function end(
  { world, subscriptions }: HubParts,
  announce: Announce,
  { key, active }: Found,
): Promise<void> {
  const saved = await subscriptions.change(key, (row) => row && gone(row, active.id, world.clock.now()));
  if (saved !== null) await announce("hub.ended", key, overAt410(active.topic, active.id));
}

/** An attempt that was cut off behind the end of a subscription has nobody to send to when it comes again. */
async function repeatEnd(announce: Announce, rows: readonly PairRow[]): Promise<void> {
  for (const { key, row } of rows) {
    const { ended } = row;
    if (ended?.reason !== "gone" || ended.of === null) continue;
    await announce("hub.ended", key, { ...overAt410(row.topic, ended.of), isRepeat: true });
  }
}

const overAt410 = (topic: string, occasion: string): Announcement => ({
  ...{ message: "A callback answered 410: its subscription is over", topic, occasion },
});
