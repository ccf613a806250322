// The hub: takes subscriptions to topics with URLs, asks for the subscribers' intent, and distributes what changes.
import { HookclockError } from "@hookclock/core";
import type { Handler } from "@hookclock/engine";
import { collectionOfTopic } from "../events/dotted-topic.ts";
import type { ContentReply, EventPublisher, MessageSink, WebReply, World } from "../ports.ts";
import { hubUrlOf } from "./addresses.ts";
import { denyPair, makeDenyHandler } from "./deny-handler.ts";
import { makeDistributeHandler } from "./distribute-handler.ts";
import { makeFanOutHandler } from "./fan-out-handler.ts";
import { makeFetchHandler } from "./fetch-handler.ts";
import { type HubListPage, type HubListQuery, listSubscriptions } from "./hub-list.ts";
import { makeAnnounce, makeHubParts } from "./hub-parts.ts";
import { answerHubRequest, type FormRequest } from "./hub-requests.ts";
import { publishUpdate } from "./publish.ts";
import { checkNamespace, checkPublishedId, checkTopicUrl, checkType } from "./published.ts";
import { pairNamed } from "./subscription-repository.ts";
import { answerPage, type PageRequest, showPage } from "./topic-pages.ts";
import { collectionOfUrl, hashOf, isUrl } from "./url-identity.ts";
import { makeVerifyHandler } from "./verify-handler.ts";

export type PublishedContent = {
  namespace: string;
  /** URL of the topic, which need not lead anywhere. */
  topic: string;
  contentType: string;
  bytes: Uint8Array;
  /** Makes a repeat of the call no second update. */
  id?: string;
};
export type Denial = {
  namespace: string;
  /** A URL or a dotted topic. */
  topic: string;
  /** The callback, whole, or the subscription's id from a list. */
  callback: string;
  /** In plain words, for the subscriber. May be empty. */
  reason: string;
};

export interface Hub {
  /** What a `POST` to the hub is answered: a body of at most some KB is expected. Rejects only when the fault is ours. */
  request(request: FormRequest): Promise<WebReply>;
  /**
   * Sends content to all subscribers of a topic; durable when it resolves.
   *
   * @throws HookclockError `invalid-input`, `body-too-large`, or `id-conflict` when the id was used for something else.
   */
  publishContent(content: PublishedContent): Promise<{ id: string }>;
  /**
   * What a GET or HEAD for the page of a topic is answered, when the topic's URL is `<base URL>/topics/<namespace>/...`:
   * what was published last, with links to hub and topic. Null when nothing was published there, or not for everybody.
   */
  page(request: PageRequest): Promise<ContentReply | null>;
  /** Subscriptions to URLs, and to dotted topics: by topic, or all. */
  list(query: HubListQuery): Promise<HubListPage>;
  /** Ends a subscription, or a request for one, and tells the subscriber. False when there is none. */
  deny(denial: Denial): Promise<boolean>;
  /** For the engine: they serve the dotted topics as well. */
  handlers: Handler[];
}

/** `sink` gets the events of dotted topics; `publisher` is told what becomes of subscriptions. */
export function makeHub(
  world: World,
  { sink, publisher }: { sink: MessageSink; publisher?: EventPublisher },
): Hub {
  const parts = makeHubParts(world);
  const announce = makeAnnounce(world, publisher);
  return {
    request: (request) => answerHubRequest(parts, request),

    async publishContent({ namespace, topic, contentType, bytes, id }) {
      checkNamespace(namespace);
      checkTopicUrl(topic);
      checkType(contentType);
      checkPublishedId(id);
      if (bytes.length > world.settings.contentBytesMax) throw tooLarge(world.settings.contentBytesMax);
      const name = id ?? world.newId();
      const given = { namespace, topic, contentType, bytes, id: `content-${hashOf(name)}` };
      await publishUpdate(
        parts,
        {
          ...{ ...given, name, kind: "url", since: null },
          collections: [collectionOfUrl(topic)],
          links: { hub: hubUrlOf(world.settings.baseUrl, namespace), self: topic },
        },
        ({ createdAt }) => showPage(world, { ...given, createdAt }),
      );
      return { id: name };
    },

    page: (request) => answerPage(parts, request),

    list: (query) => listSubscriptions(parts, query),

    deny({ namespace, topic, callback, reason }) {
      const collection = isUrl(topic) ? collectionOfUrl(topic) : collectionOfTopic(topic);
      return denyPair(parts, announce, pairNamed(namespace, collection, callback), reason);
    },

    handlers: [
      makeVerifyHandler(parts, announce),
      makeDenyHandler(parts, announce),
      makeFetchHandler(parts),
      makeFanOutHandler(parts, sink),
      makeDistributeHandler(parts, announce),
    ],
  };
}

const tooLarge = (bytesMax: number): HookclockError =>
  new HookclockError("body-too-large", `the content is larger than the ${bytesMax} bytes that are allowed`, {
    field: "content",
    allowed: `at most ${bytesMax} bytes`,
  });
