// Fetches a topic that is said to have changed, and puts what is there on its way to the topic's subscribers.
import { type Outcome, parseRetryAfter, showUrl, type TaskRow } from "@hookclock/core";
import type { AttemptContext, Handler } from "@hookclock/engine";
import { type Discovered, type DiscoveryFailure, discoverTopic } from "../discovery/discover-topic.ts";
import { laneIn, payloadOf } from "../own-tasks.ts";
import { hubUrlOf } from "./addresses.ts";
import { type HubParts, USER_AGENT } from "./hub-parts.ts";
import { fetchPayload, HUB_KINDS, superseded } from "./hub-tasks.ts";
import { fingerprintOf, publishUpdate } from "./publish.ts";
import { isLive } from "./subscription.ts";
import { UPDATE_KEPT_MS } from "./update.ts";
import { type Collection, collectionOfUrl, hashOf } from "./url-identity.ts";

/** What a body without a type is taken for (RFC 9110 section 8.3). */
const NO_TYPE = "application/octet-stream";
/** The clocks of two workers may differ: a fetch counts as later than a ping only when it is by this much. */
const SKEW_MS = 5_000;
/** Beyond it a type is no type, and thousands of subscribers would get it. */
const TYPE_LENGTH_MAX = 1_024;
const SENDABLE = /^[\x21-\x7e][\t\x20-\x7e]*$/;
/** They say that there is no content, or that this is a part of it. */
const NO_CONTENT: ReadonlySet<number> = new Set([204, 205, 206]);
/** Content is stored anew when it is kept no longer than this: an update of it may need it for days. */
const KEPT_MS_MIN = UPDATE_KEPT_MS / 2;
const LOOK = 100;

export function makeFetchHandler(parts: HubParts): Handler {
  const { world } = parts;
  return {
    kind: HUB_KINDS.fetch,
    validate: ({ payload }) => void payloadOf(fetchPayload, payload),
    laneOf: ({ payload }) => laneIn(payload),
    async run(task: TaskRow, { signal, attempt }: AttemptContext): Promise<Outcome> {
      const { namespace } = task;
      const { topic: url } = payloadOf(fetchPayload, task.payload);
      const collection = collectionOfUrl(url);
      // Of many pings to a publisher that was down, the first fetch that comes through is all of theirs.
      if (attempt > 1 && (await wasFetchedSince(parts, namespace, collection, task))) return superseded;
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
      const problem = unsendable(found);
      if (problem !== null) return problem;
      return distribute(parts, { namespace, url, collection, fetchedAt }, found);
    },
  };
}

const wasFetchedSince = async (
  { topics }: HubParts,
  namespace: string,
  collection: Collection,
  { scheduledAt }: Pick<TaskRow, "scheduledAt">,
): Promise<boolean> => {
  const fetchedAt = (await topics.get(namespace, collection))?.last?.fetchedAt ?? 0;
  return fetchedAt > scheduledAt + SKEW_MS;
};

type Fetched = { namespace: string; url: string; collection: Collection; fetchedAt: number };

/** Puts what was found on its way, and notes that it is what the topic is now. */
async function distribute(parts: HubParts, fetched: Fetched, found: Discovered): Promise<Outcome> {
  const { world, topics } = parts;
  const { namespace, url, collection, fetchedAt } = fetched;
  const links = linksOf(found, hubUrlOf(world.settings.baseUrl, namespace));
  const content = { bytes: found.body, contentType: typeToSend(found.contentType), links };
  const fingerprint = fingerprintOf(content);
  const topic = await topics.get(namespace, collection);
  const before = topic?.last ?? null;
  if (before !== null && before.fetchedAt > fetchedAt) return superseded;
  const isKnown = before?.fingerprint === fingerprint;
  const now = world.clock.now();
  const isStored = isKnown && before.keptUntil - now > KEPT_MS_MIN;
  // Made of what was there and what is there now: fetches at the same time that find the same are one update.
  const step = [topic?.madeAt, before?.fetchedAt, before?.fingerprint, fingerprint].join(" ");
  const name = hashOf(collection, step);
  const update = await publishUpdate(parts, {
    ...content,
    ...{ namespace, id: name, name, kind: "url", topic: url, collections: [collection], fetchedAt, isStored },
    since: isKnown ? before.fetchedAt : null,
  });
  const changedAt = update.fetchedAt ?? fetchedAt;
  const keptUntil = isStored ? before.keptUntil : now + UPDATE_KEPT_MS;
  const last = { fingerprint, fetchedAt, changedAt, keptUntil };
  // An earlier fetch that came through meanwhile sent what the topic is not any more: so this is news again.
  if ((await topics.note(namespace, collection, { before, last })) === "moved")
    return distribute(parts, fetched, found);
  return { class: "ok", message: isKnown ? "unchanged; sent to new subscribers only" : "changed" };
}

/** Answers that are no content of the topic, or not all of it, although their status is a good one. */
function unsendable({ status, headers, body, finalUrl }: Discovered): Outcome | null {
  if (NO_CONTENT.has(status)) {
    const message = `${showUrl(finalUrl)} answered ${status}, which is not the topic's content`;
    return { class: "retryable", error: "status", message };
  }
  const coding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  // What could be unpacked has been, and then the header is gone.
  if (body.length === 0 || coding === "" || coding === "identity") return null;
  const message = `${showUrl(finalUrl)} answered in a coding that was not asked for, or with a body that is not in it`;
  return { class: "retryable", error: "content-encoding", message };
}

/** The type as it came, byte for byte; of one that no header can carry, its beginning, if that can be sent. */
function typeToSend(contentType: string): string {
  const [type = ""] = contentType.split(";", 1);
  const candidates = [contentType, type.trim()];
  return candidates.find((one) => one.length <= TYPE_LENGTH_MAX && SENDABLE.test(one)) ?? NO_TYPE;
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
