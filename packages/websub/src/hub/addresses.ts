// URLs that this hub gives itself and its topics.

/** The namespace that is served where an address names none. */
const DEFAULT_NAMESPACE = "default";

const place = (baseUrl: string, door: string, namespace: string): string =>
  namespace === DEFAULT_NAMESPACE
    ? `${baseUrl}/${door}`
    : `${baseUrl}/${door}/${encodeURIComponent(namespace)}`;

/** Where subscriptions to topics with URLs are asked for. */
export const hubUrlOf = (baseUrl: string, namespace: string): string => place(baseUrl, "hub", namespace);
/** Where subscriptions to dotted topics are asked for. */
export const eventsHubUrlOf = (baseUrl: string, namespace: string): string =>
  place(baseUrl, "subscriptions", namespace);
/** The URL of a dotted topic: what stands in `rel=self`, and so tells a receiver which event it has before it. */
export const eventTopicUrlOf = (baseUrl: string, namespace: string, topic: string): string =>
  `${place(baseUrl, "events", namespace)}/${encodeURIComponent(topic)}`;

const UNSAFE = /[^\x21-\x7e]|[<>"]/gu;

/** A URL as it may stand between `<` and `>` of a header: what is not allowed there is percent-encoded. */
const inHeader = (url: string): string =>
  url.toWellFormed().replace(UNSAFE, (character) => encodeURIComponent(character));

/**
 * One `Link` header with both relations (WebSub 7). The spelling (comma and space, semicolon and space, quotes) is
 * the one that all parsers in use can read.
 */
export const linkHeader = (links: { hub: string; self: string }): string =>
  `<${inHeader(links.hub)}>; rel="hub", <${inHeader(links.self)}>; rel="self"`;
