// Fetches a topic that is said to have changed, and puts what is there on its way to the topic's subscribers.
import { type Outcome, parseRetryAfter, type TaskRow } from "@hookclock/core";
import type { AttemptContext, Handler } from "@hookclock/engine";
import { type Discovered, type DiscoveryFailure, discoverTopic } from "../discovery/discover-topic.ts";
import { laneIn, payloadOf } from "../own-tasks.ts";
import { hubUrlOf } from "./addresses.ts";
import { type HubParts, USER_AGENT } from "./hub-parts.ts";
import { fetchPayload, HUB_KINDS, superseded } from "./hub-tasks.ts";
import { fingerprintOf, publishUpdate } from "./publish.ts";
import { isLive } from "./subscription.ts";
import { collectionOfUrl, hashOf } from "./url-identity.ts";

/** What a body without a type is taken for (RFC 9110 section 8.3). */
const NO_TYPE = "application/octet-stream";
const LOOK = 100;

export function makeFetchHandler(parts: HubParts): Handler {
  const { world, topics } = parts;
  return {
    kind: HUB_KINDS.fetch,
    validate: ({ payload }) => void payloadOf(fetchPayload, payload),
    laneOf: ({ payload }) => laneIn(payload),
    async run(task: TaskRow, { signal }: AttemptContext): Promise<Outcome> {
      const { namespace } = task;
      const { topic: url } = payloadOf(fetchPayload, task.payload);
      const collection = collectionOfUrl(url);
      // Without this, anybody could make this hub fetch anything.
      if (!(await hasSubscribers(parts, namespace, collection))) {
        return { class: "ok", message: "the topic has no subscribers" };
      }
      const fetchedAt = world.clock.now();
      const bytesMax = world.settings.contentBytesMax;
      const found = await discoverTopic(world.web, url, {
        userAgent: USER_AGENT,
        answerBytesMax: bytesMax,
        // What is sent is the topic itself, not something that it leads to.
        followFeeds: false,
        signal,
      });
      if (!found.ok) return failureOf(found, world.clock.now());
      if (found.truncated) {
        const message = `The topic has more than ${bytesMax} bytes, or its answer broke off`;
        return { class: "retryable", error: "too-large", message };
      }
      const links = linksOf(found, hubUrlOf(world.settings.baseUrl, namespace));
      const content = { bytes: found.body, contentType: found.contentType || NO_TYPE, links };
      const fingerprint = fingerprintOf(content);
      const before = (await topics.get(namespace, collection))?.last ?? null;
      if (before !== null && before.fetchedAt > fetchedAt) return superseded;
      const isKnown = before?.fingerprint === fingerprint;
      const name = hashOf(task.id, fingerprint);
      await publishUpdate(parts, {
        ...content,
        ...{ namespace, id: name, name, kind: "url", topic: url, collections: [collection] },
        since: isKnown ? before.fetchedAt : null,
      });
      await topics.note(namespace, collection, { fingerprint, fetchedAt });
      return { class: "ok", message: isKnown ? "unchanged; sent to new subscribers only" : "changed" };
    },
  };
}

async function hasSubscribers(
  { world, subscriptions }: HubParts,
  namespace: string,
  collection: string,
): Promise<boolean> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof subscriptions.page>> = await subscriptions.page({
      ...{ namespace, collection, after },
      limit: LOOK,
    });
    const now = world.clock.now();
    if (page.rows.some(({ row }) => isLive(row, now))) return true;
    after = page.after;
  } while (after !== null);
  return false;
}

function failureOf(failure: DiscoveryFailure, now: number): Outcome {
  const { class: outcomeClass, error, message, retryAfter } = failure;
  const retryAfterMs = parseRetryAfter(retryAfter, now);
  const outcome: Outcome = { class: outcomeClass, error, message };
  return retryAfterMs === undefined ? outcome : { ...outcome, retryAfterMs };
}

/** As found by discovery. Of several hubs a receiver is told ours; a topic that names none is told ours as well. */
const linksOf = ({ hubs, topic }: Discovered, ownHub: string): { hub: string; self: string } => ({
  hub: hubs.includes(ownHub) ? ownHub : (hubs[0] ?? ownHub),
  self: topic,
});
