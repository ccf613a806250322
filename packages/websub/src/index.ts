// WebSub on the engine: subscriber, hub, dotted events, consumers.

export type {
  Consumer,
  ConsumerType,
  DisabledReason,
  Format,
  ShownConsumer,
} from "./consumers/consumer.ts";
export { type ConsumerInput, newConsumer } from "./consumers/consumer-input.ts";
export type { ConsumerKey } from "./consumers/consumer-repository.ts";
export { type Filter, parseFilter, passes, type Test } from "./consumers/filter.ts";
export { DISABLED_EVENT } from "./consumers/health.ts";
export { CONSUMER_DEFAULTS, CONSUMER_LIMITS } from "./consumers/limits.ts";
export { type LinkedHandler, type LinkInput, newHandler } from "./consumers/linked-handler.ts";
export type { HandlerKeyInput, HandlerQuery } from "./consumers/links.ts";
export type { ListPage, ListQuery } from "./consumers/list-query.ts";
export { type Consumers, makeConsumers } from "./consumers/make-consumers.ts";
export type { PutResult, RotateInput } from "./consumers/registry.ts";
export type { ReplayResult } from "./consumers/replay.ts";
export { newReplay, type Replay, type ReplayInput } from "./consumers/replay-state.ts";
export type { Source } from "./consumers/source.ts";
export type { ConsumerStats, ConsumersStats } from "./consumers/stats.ts";
export type { TellInput, Told } from "./consumers/tell.ts";
export { newTell } from "./consumers/tell-input.ts";
export { parseTemplate, render } from "./consumers/template.ts";
export {
  CONTENT_LIMITS,
  type ContentLimits,
  type ParsedContent,
  parseContent,
} from "./content/parse-content.ts";
export { type DiscoveredLinks, discover, hubCandidates } from "./discovery/discover.ts";
export { type DiscoverOptions, type Discovery, discoverTopic } from "./discovery/discover-topic.ts";
export { type Link, linksOfHeader } from "./discovery/link-header.ts";
export { linksOfPage } from "./discovery/page-links.ts";
export { type Events, type EventsFormRequest, makeEvents } from "./events/events.ts";
export { type Denial, type Hub, makeHub, type PublishedContent } from "./hub/hub.ts";
export type { HubListPage, HubListQuery, HubSubscriptionView } from "./hub/hub-list.ts";
export type { FormRequest } from "./hub/hub-requests.ts";
export { publishedIdField } from "./hub/published.ts";
export type { PageRequest } from "./hub/topic-pages.ts";
export type * from "./ports.ts";
export {
  acceptedMethods,
  SECRET_BYTES_MAX,
  SIGNATURE_METHODS,
  type SignatureMethod,
  type SignatureVerdict,
  secretProblem,
  sign,
  verify,
} from "./signature.ts";
export type { Callback, Check, Push } from "./subscriber/callbacks.ts";
export { type AddInput, type ListInput, newSubscription } from "./subscriber/inputs.ts";
export { makeSubscriber, type Subscriber } from "./subscriber/subscriber.ts";
export { SUBSCRIPTION_STATES, type SubscriptionState } from "./subscriber/subscription.ts";
export type { SubscriptionKey } from "./subscriber/subscription-repository.ts";
export type { SubscriptionView } from "./subscriber/view.ts";
