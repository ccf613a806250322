// Fetches what a URL leads to, and finds its hubs and its topic.
import {
  checkUrl,
  classifyFailure,
  classifyStatus,
  HookclockError,
  type OutcomeClass,
  showUrl,
} from "@hookclock/core";
import type { WebAnswer, WebClient } from "@hookclock/engine";
import { type DiscoveredLinks, discover } from "./discover.ts";

export type DiscoverOptions = {
  userAgent: string;
  /** For each request by itself. */
  timeoutMs?: number;
  /** How much of a page or feed is read. */
  answerBytesMax?: number;
  /** A page without a hub that says it has a feed: whether to look there. Default true. */
  followFeeds?: boolean;
  signal?: AbortSignal;
};

export type Discovered = {
  ok: true;
  /** What to subscribe to: what is advertised as `self`; the final URL where nothing is. */
  topic: string;
  /** The best first. Empty when the topic has no hub: then it can only be polled. */
  hubs: string[];
  from: { hubs: "header" | "body" | null; self: "header" | "body" | "url" };
  /** Behind all redirects. */
  finalUrl: string;
  /** Of the last answer, 2xx. */
  status: number;
  /** Empty when the answer named none. */
  contentType: string;
  body: Uint8Array;
  /** The body is longer than what was read. */
  truncated: boolean;
  /** Of the last answer, names in lower case: `etag` and `last-modified` are of use to who polls. */
  headers: Readonly<Record<string, string>>;
};
export type DiscoveryFailure = {
  ok: false;
  /** What it means for a task: `retryable` may work later. */
  class: "retryable" | "permanent";
  /** A stable word: one of `FAILURE_WORDS`, `status`, `redirect`, `redirects`, or the code of the URL's refusal. */
  error: string;
  /** For people. Holds no query of a URL, since tokens live there. */
  message: string;
  /** The `Retry-After` of the answer, as it came. */
  retryAfter?: string;
};
export type Discovery = Discovered | DiscoveryFailure;

const REDIRECTS_MAX = 8;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 2 * 1024 * 1024;

const failure = (error: string, message: string, how: OutcomeClass = "permanent"): DiscoveryFailure => ({
  ok: false,
  class: how === "retryable" || how === "fault" ? "retryable" : "permanent",
  error,
  message,
});

const withoutFragment = (url: URL): string => {
  const plain = new URL(url);
  plain.hash = "";
  return plain.href;
};

type Fetched = { ok: true; url: string; answer: WebAnswer } | DiscoveryFailure;

const statusFailure = (url: string, { status, headers }: WebAnswer): DiscoveryFailure => {
  const failed = failure("status", `${showUrl(url)} answered with status ${status}`, classifyStatus(status));
  const retryAfter = headers["retry-after"];
  return retryAfter === undefined ? failed : { ...failed, retryAfter };
};

const refusal = (error: unknown): DiscoveryFailure => {
  if (error instanceof HookclockError) return failure(error.code, error.message);
  throw error;
};

/** The URL as it may be asked for, or why it may not. */
const checked = (web: WebClient, url: string): { ok: true; url: string } | DiscoveryFailure => {
  try {
    return { ok: true, url: withoutFragment(checkUrl(url, web.egress)) };
  } catch (error) {
    return refusal(error);
  }
};

const fetchFollowing = async (web: WebClient, start: string, options: DiscoverOptions): Promise<Fetched> => {
  let next = start;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const target = checked(web, next);
    if (!target.ok) return target;
    const { url } = target;
    const answer = await web.send({
      method: "GET",
      url,
      headers: { accept: "*/*", "user-agent": options.userAgent },
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      answerBytesMax: options.answerBytesMax ?? ANSWER_BYTES_MAX,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (answer.kind === "unreachable") {
      return failure(answer.word, answer.message, classifyFailure(answer.word));
    }
    if (!REDIRECTS.has(answer.status)) {
      return classifyStatus(answer.status) === "ok" ? { ok: true, url, answer } : statusFailure(url, answer);
    }
    const location = answer.headers["location"]?.trim() ?? "";
    if (location === "" || !URL.canParse(location, url)) {
      return failure("redirect", `${showUrl(url)} redirects with status ${answer.status}, but to no URL`);
    }
    next = new URL(location, url).href;
  }
  return failure("redirects", `${showUrl(start)} redirects more than ${REDIRECTS_MAX} times`);
};

type Looked = { url: string; answer: WebAnswer; links: DiscoveredLinks };

const result = ({ url, answer, links }: Looked): Discovered => ({
  ok: true,
  topic: links.self ?? url,
  hubs: links.hubs,
  from: { hubs: links.from.hubs, self: links.from.self ?? "url" },
  finalUrl: url,
  status: answer.status,
  contentType: answer.headers["content-type"] ?? "",
  body: answer.body,
  truncated: answer.truncated,
  headers: answer.headers,
});

/**
 * Finds out what to subscribe to, and where, for the URL of a page, a feed or any other resource. Follows up to eight
 * redirects, each checked like the first URL; the links of the last answer count. A page that names no hub but a feed
 * leads to that feed, which then is what is looked at. Resolves in every case; rejects only when the fault is ours.
 */
export const discoverTopic = async (
  web: WebClient,
  url: string,
  options: DiscoverOptions,
): Promise<Discovery> => {
  const fetched = await fetchFollowing(web, url, options);
  if (!fetched.ok) return fetched;
  const links = discover({ url: fetched.url, headers: fetched.answer.headers, body: fetched.answer.body });
  const page = result({ ...fetched, links });
  const feed = links.feeds.find((candidate) => candidate !== fetched.url);
  if (links.hubs.length > 0 || feed === undefined || options.followFeeds === false) return page;
  const behind = await fetchFollowing(web, feed, options);
  // The page itself is still something that can be polled.
  if (!behind.ok) return behind.class === "retryable" ? behind : page;
  const { answer } = behind;
  return result({
    ...behind,
    links: discover({ url: behind.url, headers: answer.headers, body: answer.body }),
  });
};
