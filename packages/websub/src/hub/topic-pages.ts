// The public pages of topics whose content is published here: what was published last, and how to subscribe to it.
// Content first, then the row that leads to it; what it took the place of goes last. Cut off in between, something is
// left that nothing leads to, and expires.
import * as z from "zod";
import { removeContent, writeContent } from "../content-store.ts";
import type { ContentReply, World } from "../ports.ts";
import { change, part, readData } from "../rows.ts";
import { hubUrlOf, linkHeader } from "./addresses.ts";
import type { HubParts } from "./hub-parts.ts";
import { type PageAddress, pageAddressOf, pageOfTopic } from "./page-address.ts";
import { hashOf } from "./url-identity.ts";

const pageSchema = z.object({
  topic: z.string(),
  /** Of the update that is shown. */
  contentId: z.string(),
  contentBytes: z.number().int().min(0),
  contentType: z.string(),
  /** Of content and type. */
  tag: z.string(),
  publishedAt: z.number(),
  /** Since when it is as it is. */
  changedAt: z.number(),
});
type Page = z.infer<typeof pageSchema>;

export type Published = {
  namespace: string;
  topic: string;
  /** Of the update. */
  id: string;
  createdAt: number;
  contentType: string;
  bytes: Uint8Array;
};
export type PageRequest = {
  /** Path and query as they were asked for, without what the base URL has of them: `/topics/my-app/news`. */
  url: string;
  /** Names in small letters. */
  headers: Readonly<Record<string, string>>;
};

/** Since it was published last. */
const PAGE_KEPT_MS = 365 * 24 * 60 * 60_000;
/** Content that is replaced while it is read is looked for again. */
const READS_MAX = 3;
/** It comes from publishers and is served from the API's own address: there it must not be able to do anything. */
const HARMLESS = {
  "content-security-policy": "default-src 'none'; sandbox",
  "x-content-type-options": "nosniff",
};

const keyOf = ({ namespace, key }: PageAddress) => ({ pk: `${part(namespace)}/page`, sk: hashOf(key) });

/** Shows an update at the page of its topic, if that has one, unless something newer is shown. */
export async function showPage(
  { documents, clock, settings }: Pick<World, "documents" | "clock" | "settings">,
  published: Published,
): Promise<void> {
  const { namespace, topic, id, createdAt, contentType, bytes } = published;
  const address = pageOfTopic(settings.baseUrl, namespace, topic);
  if (address === null) return;
  const now = () => clock.now();
  const key = keyOf(address);
  const there = await documents.get(key, now());
  const contentId = `page-${hashOf(key.sk, id)}`;
  if (there !== null && !isOlder(readData(pageSchema, there), contentId, createdAt)) return;
  const expiresAt = createdAt + PAGE_KEPT_MS;
  const content = await writeContent(documents, { namespace, id: contentId, bytes, expiresAt });
  const tag = hashOf(bytes, contentType);
  const before: { page: Page | null } = { page: null };
  const shown = await change(documents, key, now, (row) => {
    const page = row === null ? null : readData(pageSchema, row);
    before.page = page;
    if (page !== null && !isOlder(page, contentId, createdAt)) return null;
    const changedAt = page?.tag === tag ? page.changedAt : createdAt;
    const facts = { topic, contentId, contentBytes: bytes.length, contentType, tag };
    return { ...key, data: { ...facts, publishedAt: createdAt, changedAt }, expiresAt };
  });
  if (shown === null) {
    if (before.page?.contentId !== contentId) await removeContent(documents, content);
  } else if (before.page !== null) {
    await removeContent(documents, referenceOf(namespace, before.page));
  }
}

const isOlder = (page: Page, contentId: string, createdAt: number): boolean =>
  page.contentId !== contentId && page.publishedAt <= createdAt;

const referenceOf = (namespace: string, { contentId, contentBytes }: Page) => ({
  ...{ namespace, id: contentId, bytes: contentBytes },
});

/** Answers a GET or HEAD for a page. Null when nothing is published there, or not for everybody. */
export async function answerPage(
  { world, updates }: Pick<HubParts, "world" | "updates">,
  { url, headers }: PageRequest,
): Promise<ContentReply | null> {
  const { documents, clock, settings } = world;
  const address = pageAddressOf(url);
  if (address === null) return null;
  const { namespace } = address;
  for (let reads = 0; reads < READS_MAX; reads += 1) {
    const row = await documents.get(keyOf(address), clock.now());
    if (row === null) return null;
    const page = readData(pageSchema, row);
    if (!(await isPublic(settings, namespace, page.topic))) return null;
    const about = {
      ...HARMLESS,
      link: linkHeader({ hub: hubUrlOf(settings.baseUrl, namespace), self: page.topic }),
      etag: `"${page.tag}"`,
      "last-modified": new Date(page.changedAt).toUTCString(),
      // It may be kept by anybody, and has to be asked about each time.
      "cache-control": "no-cache",
    };
    if (isKnown(page, headers)) return { status: 304, headers: about };
    // Anybody may ask, as often as they like: so mostly from memory.
    const body = await updates.contentOf(referenceOf(namespace, page));
    if (body !== null) return { status: 200, headers: { ...about, "content-type": page.contentType }, body };
  }
  return null;
}

/** What anybody may subscribe to, anybody gets. Where a policy keeps subscribers out, a page would let them in again. */
async function isPublic({ hub }: World["settings"], namespace: string, topic: string): Promise<boolean> {
  if (hub.publicPages !== undefined) return hub.publicPages;
  if (hub.policy.callback !== undefined) return false;
  return ((await hub.policy.topic?.(topic, namespace)) ?? null) === null;
}

/** RFC 9110, section 13.2.2: tags go before dates. */
function isKnown({ tag, changedAt }: Page, headers: PageRequest["headers"]): boolean {
  const tags = headers["if-none-match"];
  if (tags !== undefined) {
    return tags.split(",").some((one) => ["*", `"${tag}"`].includes(one.trim().replace(/^W\//, "")));
  }
  const since = Date.parse(headers["if-modified-since"] ?? "");
  return Math.floor(changedAt / 1_000) * 1_000 <= since;
}
