// Feeds by the library that knows their formats, entry by entry in our form.
import {
  type AtomFeed,
  type JsonFeed,
  parseAtomFeed,
  parseJsonFeed,
  parseRdfFeed,
  parseRssFeed,
  type RdfFeed,
  type RssFeed,
} from "feedsmith";
import { baseWithin } from "../discovery/resolve-link.ts";
import type { RawEntry } from "./entry.ts";
import type { XmlFeedFormat } from "./root-element.ts";

export type FeedFormat = XmlFeedFormat | "json";

export type RawFeed = {
  title?: string | undefined;
  /** In the order of the feed, each with what its links are relative to. */
  entries: { raw: RawEntry; base: string | undefined }[];
};

type Person = { name?: string | undefined; email?: string | undefined };
/** Those of a feed are the authors of each of its entries: a crowd of them would be written down that often. */
const PEOPLE_MAX = 32;
const names = (people: readonly Person[] | undefined): string | undefined =>
  people
    ?.slice(0, PEOPLE_MAX)
    .flatMap(({ name, email }) => name ?? email ?? [])
    .join(", ") || undefined;

const joined = (texts: readonly string[] | undefined): string | undefined => texts?.join(", ") || undefined;

const within = (base: string | undefined, own: string | undefined): string | undefined =>
  base === undefined ? own : baseWithin(base, own);

type AtomLink = { href?: string | undefined; rel?: string | undefined };
const alternate = (links: readonly AtomLink[] | undefined): string | undefined =>
  links?.find(({ rel }) => rel === undefined || rel.toLowerCase() === "alternate")?.href;

const fromAtom = (entry: AtomFeed.Entry<string>, feed: AtomFeed.Feed<string>): RawEntry => ({
  id: entry.id,
  title: entry.title?.value,
  url: alternate(entry.links),
  author: names(entry.authors) ?? joined(entry.dc?.creators) ?? names(feed.authors),
  summary: entry.summary?.value,
  // Content may be elsewhere; where, is all that can be told then.
  content: entry.content?.value ?? entry.content?.src,
  published: entry.published ?? entry.dc?.dates?.[0],
  updated: entry.updated ?? entry.dcterms?.modified?.[0],
  categories: entry.categories?.map(({ term, label }) => label ?? term),
});

/** An id is an address unless the feed says otherwise; many feeds that say nothing have ids that are none. */
const permalink = (guid: RssFeed.Guid | undefined): string | undefined =>
  guid?.isPermaLink !== false && /^https?:/i.test(guid?.value ?? "") ? guid?.value : undefined;

const fromRss = (item: RssFeed.Item<string>): RawEntry => ({
  id: item.guid?.value ?? item.atom?.id,
  title: item.title ?? item.itunes?.title,
  url: item.link ?? alternate(item.atom?.links) ?? permalink(item.guid),
  author: names(item.authors) ?? joined(item.dc?.creators) ?? item.itunes?.author,
  summary: item.description,
  content: item.content?.encoded,
  published: item.pubDate ?? item.dc?.dates?.[0] ?? item.dcterms?.issued?.[0],
  updated: item.atom?.updated ?? item.dcterms?.modified?.[0],
  categories: [...(item.categories ?? []).map(({ name }) => name), ...(item.dc?.subjects ?? [])],
});

const fromRdf = (item: RdfFeed.Item<string>): RawEntry => ({
  id: item.rdf?.about,
  title: item.title,
  url: item.link ?? item.rdf?.about,
  author: joined(item.dc?.creators),
  summary: item.description,
  content: item.content?.encoded,
  published: item.dc?.dates?.[0] ?? item.dcterms?.issued?.[0],
  updated: item.dcterms?.modified?.[0],
  categories: item.dc?.subjects,
});

const fromJson = (item: JsonFeed.Item<string>, feed: JsonFeed.Feed<string>): RawEntry => ({
  id: item.id,
  title: item.title,
  url: item.url ?? item.external_url,
  author: names(item.authors) ?? names(feed.authors),
  summary: item.summary,
  content: item.content_html ?? item.content_text,
  published: item.date_published,
  updated: item.date_modified,
  categories: item.tags,
});

/**
 * Reads a feed of the given format. Throws the library's errors when it is broken. Nothing is loaded from anywhere, and
 * entities that the document defines itself are not expanded.
 */
export const readFeed = (
  format: FeedFormat,
  text: string,
  url: string | undefined,
  maxItems: number,
): RawFeed => {
  switch (format) {
    case "atom": {
      const feed = parseAtomFeed(text, { maxItems });
      const base = within(url, feed.xml?.base);
      return {
        title: feed.title?.value,
        entries: (feed.entries ?? []).map((entry) => ({
          raw: fromAtom(entry, feed),
          base: within(base, entry.xml?.base),
        })),
      };
    }
    case "rss": {
      const { title, link, items = [] } = parseRssFeed(text, { maxItems });
      return { title, entries: items.map((item) => ({ raw: fromRss(item), base: url ?? link })) };
    }
    case "rdf": {
      const { title, link, items = [] } = parseRdfFeed(text, { maxItems });
      return { title, entries: items.map((item) => ({ raw: fromRdf(item), base: url ?? link })) };
    }
    case "json": {
      const feed = parseJsonFeed(text, { maxItems });
      const base = url ?? feed.feed_url ?? feed.home_page_url;
      return {
        title: feed.title,
        entries: (feed.items ?? []).map((item) => ({ raw: fromJson(item, feed), base })),
      };
    }
  }
};
