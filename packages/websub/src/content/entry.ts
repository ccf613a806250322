// One entry in our form, from whatever its format calls things.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { resolveLink } from "../discovery/resolve-link.ts";
import type { Entry } from "../ports.ts";
import { parseFeedDate } from "./feed-date.ts";

/** What a format knows of an entry. Dates are still text. */
export type RawEntry = {
  id?: string | undefined;
  title?: string | undefined;
  url?: string | undefined;
  author?: string | undefined;
  summary?: string | undefined;
  content?: string | undefined;
  published?: string | undefined;
  updated?: string | undefined;
  categories?: readonly (string | undefined)[] | undefined;
};

/** Longer ids are replaced by their hash: ids become parts of keys. */
const ID_LENGTH_MAX = 1_024;
const TITLE_LENGTH_MAX = 4_096;
const AUTHOR_LENGTH_MAX = 1_024;
const CATEGORY_LENGTH_MAX = 256;
const CATEGORIES_MAX = 64;

const hash = (value: unknown): string =>
  `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex")}`;

/** Without what cannot be written as UTF-8, and without spaces around it; undefined when nothing is left. */
const clean = (text: string | undefined, lengthMax = Number.POSITIVE_INFINITY): string | undefined => {
  const trimmed = text?.toWellFormed().trim() ?? "";
  if (trimmed === "") return undefined;
  // A cut may go through a pair of surrogates.
  return trimmed.length > lengthMax ? trimmed.slice(0, lengthMax).replace(/[\uD800-\uDBFF]$/, "") : trimmed;
};

const shortId = (id: string): string => (id.length > ID_LENGTH_MAX ? hash(id) : id);

/** Cuts what is too long from its end, in whole characters. */
const cutTo = (text: string, bytesMax: number): string => {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= bytesMax) return text;
  let end = Math.max(0, bytesMax);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
};

const defined = <T extends object>(fields: { [Key in keyof T]: T[Key] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value), "utf8");

/** The beginning of a text that takes `overBytes` less as JSON, or somewhat less still; empty when nothing is left. */
const shortened = (text: string, overBytes: number): string => {
  const jsonBytes = bytesOf(text);
  const textBytes = Buffer.byteLength(text, "utf8");
  // As JSON some characters take more room than others: this supposes that they are spread evenly, and is repeated.
  const wanted = Math.floor((textBytes * (jsonBytes - overBytes)) / jsonBytes);
  return cutTo(text, Math.min(wanted, textBytes - 1));
};

/** Shortens content, then summary, until the entry fits. The other fields have bounds of their own. */
const fitted = (entry: Entry, bytesMax: number): Entry => {
  let fit = entry;
  for (const field of ["content", "summary"] as const) {
    for (let text = fit[field]; text !== undefined && bytesOf(fit) > bytesMax; text = fit[field]) {
      const { [field]: _, ...rest } = fit;
      const marked: Entry = { ...fit, cut: true };
      const head = shortened(text, bytesOf(marked) - bytesMax);
      fit = { ...rest, ...(head === "" ? {} : { [field]: head }), cut: true };
    }
  }
  return fit;
};

export type EntrySettings = {
  /** What links are relative to. Without it, relative links are left out. */
  base?: string | undefined;
  /** Of an entry as JSON. */
  bytesMax: number;
};

/**
 * An entry of a feed. Its id is the feed's own, else its link, else a hash of what it says. Its version is the date of
 * its update; where the feed gives none, a hash of what it says, so that a silent edit is another version. Both are the
 * same whenever the same entry comes again. Null when there is nothing in it.
 */
export const makeEntry = (raw: RawEntry, { base, bytesMax }: EntrySettings): Entry | null => {
  const link = clean(raw.url);
  // Anything but http is left out: consumers put it where people click.
  const url = link === undefined ? undefined : (resolveLink(link, base) ?? undefined);
  const updatedAt = parseFeedDate(raw.updated);
  const categories = [
    ...new Set((raw.categories ?? []).flatMap((category) => clean(category, CATEGORY_LENGTH_MAX) ?? [])),
  ].slice(0, CATEGORIES_MAX);
  const said = defined<Omit<Entry, "id" | "version">>({
    title: clean(raw.title, TITLE_LENGTH_MAX),
    url,
    author: clean(raw.author, AUTHOR_LENGTH_MAX),
    summary: clean(raw.summary),
    content: clean(raw.content),
    publishedAt: parseFeedDate(raw.published),
    updatedAt,
    categories: categories.length > 0 ? categories : undefined,
  });
  const id = clean(raw.id);
  if (id === undefined && Object.keys(said).length === 0) return null;
  const version = updatedAt === undefined ? hash(said) : new Date(updatedAt).toISOString();
  return fitted({ id: shortId(id ?? url ?? link ?? hash(said)), version, ...said }, bytesMax);
};
