// What came with a push or a poll: a feed and its entries, or one piece that means nothing to us.
import type { Entry } from "../ports.ts";
import { decodeText } from "./decode-text.ts";
import { makeEntry } from "./entry.ts";
import { type FeedFormat, type RawFeed, readFeed } from "./feed-entries.ts";
import { isHtml, isJson, isVague, isXml, parseMediaType } from "./media-type.ts";
import { xmlFeedFormat } from "./root-element.ts";
import { tagsFit } from "./tags-fit.ts";

export type ContentLimits = {
  /** Longer bodies are not looked into. */
  bytesMax: number;
  /** Of a feed, from its top; whether there were more is told by `truncated`. */
  entriesMax: number;
  /** Of one entry as JSON; longer content or summary is shortened, and the entry marked as `cut`. */
  entryBytesMax: number;
};

export const CONTENT_LIMITS: ContentLimits = {
  bytesMax: 5 * 1024 * 1024,
  entriesMax: 50_000,
  entryBytesMax: 1024 * 1024,
};

export type ParsedContent =
  | {
      kind: "feed";
      format: FeedFormat;
      title?: string;
      /** In the order of the feed. Empty entries are left out. */
      entries: Entry[];
      /** There were more entries than are taken. */
      truncated: boolean;
    }
  | {
      kind: "opaque";
      /** Why it is no feed although it says it is one, for people. Missing when it never said so. */
      problem?: string;
    };

const JSON_FEED = /"version"\s*:\s*"https?:(?:\\?\/){2}(?:www\.)?jsonfeed\.org(?:\\?\/)version/;
const FEED_TYPES: ReadonlySet<string> = new Set([
  "application/atom+xml",
  "application/rss+xml",
  "application/rdf+xml",
  "application/feed+json",
]);

const formatOf = (essence: string, text: string): FeedFormat | undefined => {
  const xml = isJson(essence) ? undefined : xmlFeedFormat(text);
  if (xml !== undefined) return xml;
  const mayBeJson = isJson(essence) || isVague(essence) || isHtml(essence);
  return mayBeJson && /^\s*\{/.test(text) && JSON_FEED.test(text) ? "json" : undefined;
};

const BROKEN = "it is not well formed, or not finished";
const problemOf = (error: unknown): string =>
  error instanceof Error && error.name === "MalformedError" ? BROKEN : "it has not the shape of one";

/** One that is whole but says nothing is a feed without entries, as publishers start with. */
const isEmptyFeed = (error: unknown): boolean => error instanceof Error && error.name === "ParseError";

const tryRead = (
  format: FeedFormat,
  text: string,
  url: string | undefined,
  itemsMax: number,
): RawFeed | string => {
  if (format !== "json" && !tagsFit(text)) return BROKEN;
  try {
    return readFeed(format, text, url, itemsMax);
  } catch (error) {
    return isEmptyFeed(error) ? { entries: [] } : problemOf(error);
  }
};

/**
 * Looks into what a hub or a topic sent. Feeds (Atom, RSS 2.0, RSS 1.0, JSON Feed) are told by their content, since hubs
 * are careless with types; anything else is opaque, and so is a broken feed, which then has a `problem`. The letters are
 * told by byte order mark, `Content-Type`, declaration. Relative links of entries are resolved against `url`, the topic.
 * The same bytes always give the same entries. Never throws, whatever the bytes are; nothing in them is fetched,
 * included or run.
 */
export const parseContent = (
  type: string | undefined,
  bytes: Uint8Array,
  limits: ContentLimits = CONTENT_LIMITS,
  url?: string,
): ParsedContent => {
  const { essence, charset } = parseMediaType(type);
  const isText = isXml(essence) || isHtml(essence) || isJson(essence) || isVague(essence);
  if (!isText) return { kind: "opaque" };
  const claims = FEED_TYPES.has(essence);
  if (bytes.length > limits.bytesMax) {
    const problem = `it has ${bytes.length} bytes, more than the ${limits.bytesMax} that are looked into`;
    return { kind: "opaque", problem };
  }
  const text = decodeText(bytes, charset);
  const format = formatOf(essence, text);
  if (format === undefined) return claims ? { kind: "opaque", problem: "it is no feed" } : { kind: "opaque" };
  const feed = tryRead(format, text, url, limits.entriesMax + 1);
  if (typeof feed === "string") return { kind: "opaque", problem: feed };
  const taken = feed.entries.slice(0, limits.entriesMax);
  const entries = taken.flatMap(
    ({ raw, base }) => makeEntry(raw, { base, bytesMax: limits.entryBytesMax }) ?? [],
  );
  const truncated = feed.entries.length > taken.length;
  return {
    kind: "feed",
    format,
    ...(feed.title === undefined ? {} : { title: feed.title }),
    entries,
    truncated,
  };
};
