import * as z from "zod";
import { noLinks, type PageLinks } from "./page-scan.ts";
import { resolveLink } from "./resolve-link.ts";

/** JSON Feed 1.1 names its hubs by kind, and its own address. */
const feedSchema = z.object({
  version: z.string().regex(/^https?:\/\/(www\.)?jsonfeed\.org\/version\//),
  feed_url: z.string().optional().catch(undefined),
  hubs: z
    .array(z.object({ type: z.string(), url: z.string() }).nullable().catch(null))
    .optional()
    .catch(undefined),
});

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no JSON, or cut off
  }
};

/** Hubs and topic that a JSON Feed names. */
export const linksOfJsonFeed = (text: string, url: string): PageLinks => {
  const feed = feedSchema.safeParse(parse(text));
  if (!feed.success) return noLinks();
  const hubs = (feed.data.hubs ?? []).flatMap((hub) =>
    hub !== null && /^(websub|pubsubhubbub)$/i.test(hub.type) ? (resolveLink(hub.url, url) ?? []) : [],
  );
  const self = feed.data.feed_url === undefined ? null : resolveLink(feed.data.feed_url, url);
  return { hubs, self: self === null ? [] : [self], feeds: [] };
};
