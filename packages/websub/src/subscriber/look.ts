// One look at a topic that has no hub: conditional where the last look left something to be conditional on.
import { checkUrl, classifyStatus, HookclockError, parseRetryAfter, showUrl } from "@hookclock/core";
import type { WebClient } from "@hookclock/engine";
import { discover } from "../discovery/discover.ts";
import { type Discovery, discoverTopic } from "../discovery/discover-topic.ts";
import { USER_AGENT } from "./make-request.ts";
import type { Poll } from "./subscription.ts";

export type Look =
  | { is: "unchanged" }
  | {
      is: "content";
      type: string;
      bytes: Uint8Array;
      topic: string;
      hubs: string[];
      finalUrl: string;
      etag?: string;
      lastModified?: string;
    }
  | Failure;
type Failure = {
  is: "failure";
  error: string;
  message: string;
  isRetryable: boolean;
  /** How long we were asked to stay away. */
  retryAfterMs?: number;
};
type Limits = { bytesMax: number; signal: AbortSignal; now: () => number };

const TIMEOUT_MS = 15_000;

export async function look(web: WebClient, url: string, poll: Poll, limits: Limits): Promise<Look> {
  const short = await lookAgain(web, poll, limits);
  if (short !== null) return short;
  const found = await discoverTopic(web, url, {
    ...{ userAgent: USER_AGENT, signal: limits.signal, answerBytesMax: limits.bytesMax },
  });
  if (found.ok) return contentOf(found);
  const { error, message, retryAfter } = found;
  return failed({ error, message, isRetryable: found.class === "retryable" }, retryAfter, limits.now());
}

function failed(
  failure: Omit<Failure, "is" | "retryAfterMs">,
  retryAfter: string | undefined,
  now: number,
): Failure {
  const retryAfterMs = parseRetryAfter(retryAfter, now);
  return { is: "failure", ...failure, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

type Found = Extract<Discovery, { ok: true }>;

function contentOf(
  found: Pick<Found, "contentType" | "body" | "topic" | "hubs" | "finalUrl" | "headers" | "truncated">,
): Look {
  if (found.truncated)
    return {
      is: "failure",
      error: "too-large",
      message: "the content is too large to be taken",
      isRetryable: false,
    };
  const { etag, "last-modified": lastModified } = found.headers;
  return {
    is: "content",
    type: found.contentType === "" ? "application/octet-stream" : found.contentType.slice(0, 200),
    bytes: found.body,
    topic: found.topic,
    hubs: found.hubs,
    finalUrl: found.finalUrl,
    ...(isShort(etag) ? { etag } : {}),
    ...(isShort(lastModified) ? { lastModified } : {}),
  };
}

const isShort = (header: string | undefined): header is string =>
  header !== undefined && header.length <= 1_000;

/** The short way, to where the content was last time. Null when it has to be found anew. */
async function lookAgain(
  web: WebClient,
  { finalUrl, etag, lastModified }: Poll,
  { bytesMax, signal, now }: Limits,
): Promise<Look | null> {
  if (finalUrl === undefined || (etag === undefined && lastModified === undefined)) return null;
  if (!isAllowed(web, finalUrl)) return null;
  const answer = await web.send({
    method: "GET",
    url: finalUrl,
    headers: {
      accept: "*/*",
      "user-agent": USER_AGENT,
      ...(etag === undefined ? {} : { "if-none-match": etag }),
      ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
    },
    timeoutMs: TIMEOUT_MS,
    answerBytesMax: bytesMax,
    signal,
  });
  if (answer.kind === "unreachable") return null;
  if (answer.status === 304) return { is: "unchanged" };
  const how = classifyStatus(answer.status);
  if (how === "retryable") {
    // It is there and cannot: asking once more would be one too many.
    const message = `${showUrl(finalUrl)} answered with status ${answer.status}`;
    return failed({ error: "status", message, isRetryable: true }, answer.headers["retry-after"], now());
  }
  if (how !== "ok") return null;
  const links = discover({ url: finalUrl, headers: answer.headers, body: answer.body });
  const { headers, body, truncated } = answer;
  return contentOf({
    ...{ headers, body, truncated, finalUrl, hubs: links.hubs, topic: links.self ?? finalUrl },
    contentType: headers["content-type"] ?? "",
  });
}

function isAllowed(web: WebClient, url: string): boolean {
  try {
    checkUrl(url, web.egress);
    return true;
  } catch (error) {
    if (error instanceof HookclockError) return false;
    throw error;
  }
}
