// WebSub on the engine: subscriber, hub, dotted events, consumers.

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
export { type Events, makeEvents } from "./events/events.ts";
export { type Denial, type Hub, makeHub, type PublishedContent } from "./hub/hub.ts";
export type { HubListPage, HubListQuery, HubSubscriptionView } from "./hub/hub-list.ts";
export type { FormRequest } from "./hub/hub-requests.ts";
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
