// Events of dotted topics: who wants them, and what is published. What happens to them afterwards is the hub's part,
// whose handlers serve both.
import { HookclockError, namespaceField, refuse } from "@hookclock/core";
import { eventsHubUrlOf, eventTopicUrlOf } from "../hub/addresses.ts";
import { askForIntent, isSubscribed } from "../hub/ask.ts";
import { isFormType, readForm } from "../hub/form.ts";
import { type HubParts, makeHubParts } from "../hub/hub-parts.ts";
import type { FormRequest } from "../hub/hub-requests.ts";
import { publishUpdate } from "../hub/publish.ts";
import { checkNamespace, checkPublishedId } from "../hub/published.ts";
import { confirmed, requested } from "../hub/subscription.ts";
import { type PairKey, pairOf } from "../hub/subscription-repository.ts";
import { hashOf } from "../hub/url-identity.ts";
import type { EventPublisher, WebReply, World } from "../ports.ts";
import {
  collectionOfTopic,
  collectionsOfEvent,
  isOwnTopic,
  normalTopic,
  predicateProblem,
} from "./dotted-topic.ts";
import { type EventsRequest, generic, parseEventsRequest, refusalOf } from "./events-request.ts";

/** `mayRead`: the one who asks has shown, as by a key, that the namespace is theirs to read. Default false. */
export type EventsFormRequest = FormRequest & { mayRead?: boolean };

export interface Events extends EventPublisher {
  /**
   * What a `POST` to the subscriptions of dotted topics is answered: 401 to who is not known, unless events are open.
   * Rejects only when the fault is ours.
   */
  request(request: EventsFormRequest): Promise<WebReply>;
}

const BUSY_SECONDS = 10;
const UNKNOWN = generic(401, "Events are for those who have a key that may read the namespace");
const CHALLENGE = { "www-authenticate": 'Bearer realm="hookclock"' };
const NOT_FOR_STRANGERS = generic(403, "What begins with hookclock is for those who have a key", [
  "hub.topic",
]);

export function makeEvents(world: World): Events {
  const parts = makeHubParts(world);
  return {
    request: (request) => answerEventsRequest(parts, request),

    /**
     * Durable when it resolves. With an id of the caller's, a repeat is no second event.
     *
     * @throws HookclockError `invalid-input`, `body-too-large`, or `id-conflict` when the id was used for something else.
     */
    async publish({ namespace, predicate, payload, id }) {
      checkNamespace(namespace);
      const problem = predicateProblem(predicate);
      if (problem !== null) refuse("predicate", predicate, `a dotted topic without "*"; this one ${problem}`);
      checkPublishedId(id);
      const { baseUrl, contentBytesMax } = world.settings;
      const bytes = Buffer.from(JSON.stringify(payload));
      if (bytes.length > contentBytesMax) {
        throw new HookclockError(
          "body-too-large",
          `payload is ${bytes.length} bytes as JSON; allowed: at most ${contentBytesMax} bytes`,
          { field: "payload", allowed: `at most ${contentBytesMax} bytes` },
        );
      }
      const name = id ?? world.newId();
      await publishUpdate(parts, {
        ...{ namespace, name, bytes, topic: predicate, kind: "dot", since: null },
        id: `event-${hashOf(name)}`,
        contentType: "application/json",
        collections: collectionsOfEvent(predicate),
        links: {
          hub: eventsHubUrlOf(baseUrl, namespace),
          self: eventTopicUrlOf(baseUrl, namespace, predicate),
        },
      });
      return { id: name };
    },
  };
}

async function answerEventsRequest(parts: HubParts, request: EventsFormRequest): Promise<WebReply> {
  const { namespace, contentType, body, mayRead = false } = request;
  // Before anything else, so that strangers learn nothing.
  if (!mayRead && parts.world.settings.hub.openEvents !== true) return refusalOf(UNKNOWN, CHALLENGE);
  if (!isFormType(contentType)) {
    return refusalOf(generic(415, "Only application/x-www-form-urlencoded is taken"));
  }
  if (!namespaceField.safeParse(namespace).success) {
    return refusalOf(generic(404, "There are no subscriptions at this address"));
  }
  const parsed = parseEventsRequest(readForm(body), parts.world.web.egress);
  if (!parsed.ok) return refusalOf(parsed.fault);
  const asked = parsed.request;
  if (!mayRead && isOwnTopic(asked.topic)) return refusalOf(NOT_FOR_STRANGERS);
  const { hub } = parts.world.settings;
  const problem = (await hub.policy.callback?.(asked.callback, namespace)) ?? null;
  if (problem !== null) return refusalOf(generic(403, problem, ["hub.callback"]));
  const key = pairOf(namespace, collectionOfTopic(asked.topic), asked.callback);
  if (asked.mode === "unsubscribe" && !(await isSubscribed(parts, key))) {
    return refusalOf(generic(404, "There is no subscription of this callback to this topic"));
  }
  if (!hub.verifyEvents) {
    const denial = asked.mode === "subscribe" ? await hub.policy.topic?.(asked.topic, namespace) : null;
    if (denial) return refusalOf(generic(403, denial, ["hub.topic"]));
    await putInForce(parts, key, asked);
    return { status: 202 };
  }
  if ((await askForIntent(parts, key, asked)) === "taken") return { status: 202 };
  const busy = generic(429, "Too many callbacks of this host wait for their verification");
  return refusalOf(busy, { "retry-after": String(BUSY_SECONDS) });
}

/** In closed networks, where everybody is trusted: as if the subscriber had been asked and had agreed. */
async function putInForce(parts: HubParts, key: PairKey, asked: EventsRequest): Promise<void> {
  const { world, subscriptions, topics } = parts;
  const now = world.clock.now();
  const request = { ...asked, id: world.newId(), requestedAt: now };
  if (asked.mode === "subscribe") {
    const topic = { topic: normalTopic(asked.topic), collection: key.collection };
    await topics.keep(key.namespace, topic, now + asked.leaseSeconds * 1_000);
  }
  await subscriptions.change(key, (before) => confirmed(requested(before, request, now), request.id, now));
}
