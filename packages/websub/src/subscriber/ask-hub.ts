// One request to a hub, sent on where the hub says so (WebSub 5.1.2), and what its answer means.
import {
  checkUrl,
  classifyFailure,
  classifyStatus,
  HookclockError,
  headOf,
  parseRetryAfter,
  showUrl,
} from "@hookclock/core";
import type { WebAnswer, WebClient } from "@hookclock/engine";

export type Asked =
  | { ok: true }
  | {
      ok: false;
      class: "retryable" | "permanent";
      /** Nobody was there to say no, or somebody who is no hub: another way to the same hub is worth a try. */
      isUnreached: boolean;
      error: string;
      message: string;
      retryAfterMs?: number;
    };

const HOPS_MAX = 5;
/** Hubs that check before they answer take as long as we do to answer that. */
const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 4 * 1024;
const REASON_BYTES_MAX = 200;
const USER_AGENT = "hookclock-subscriber";

/**
 * Posts a form to a hub. Its words are kept, short and on one line, without any of `secrets`. A form with secrets that are
 * bound to HTTPS is never sent on to a place without it.
 */
export async function askHub(
  web: WebClient,
  ask: { hub: string; form: string; secrets: readonly string[]; needsHttps: boolean; signal: AbortSignal },
  now: () => number,
): Promise<Asked> {
  let url = ask.hub;
  for (let hops = 0; hops <= HOPS_MAX; hops += 1) {
    const problem = problemOf(web, url, ask.needsHttps && hops > 0);
    if (problem !== null) return problem;
    const answer = await web.send({
      method: "POST",
      url,
      headers: { "content-type": "application/x-www-form-urlencoded", "user-agent": USER_AGENT },
      body: ask.form,
      timeoutMs: TIMEOUT_MS,
      answerBytesMax: ANSWER_BYTES_MAX,
      signal: ask.signal,
    });
    if (answer.kind === "unreachable") {
      const how = classifyFailure(answer.word) === "permanent" ? "permanent" : "retryable";
      return { ok: false, class: how, isUnreached: true, error: answer.word, message: answer.message };
    }
    if (answer.status !== 307 && answer.status !== 308) return verdictOn(url, answer, ask.secrets, now());
    const location = answer.headers["location"]?.trim() ?? "";
    if (location === "" || !URL.canParse(location, url))
      return refusal("redirect", `${showUrl(url)} redirects with status ${answer.status}, but to no URL`);
    url = new URL(location, url).href;
  }
  return refusal("redirects", `${showUrl(ask.hub)} redirects more than ${HOPS_MAX} times`);
}

const refusal = (error: string, message: string): Exclude<Asked, { ok: true }> => ({
  ok: false,
  class: "permanent",
  isUnreached: false,
  error,
  message,
});

function problemOf(web: WebClient, url: string, mustBeHttps: boolean): Asked | null {
  try {
    const { protocol } = checkUrl(url, web.egress);
    if (!mustBeHttps || protocol === "https:") return null;
    return refusal(
      "insecure-redirect",
      `the hub redirects to ${showUrl(url)}, where the secret could be read`,
    );
  } catch (error) {
    if (error instanceof HookclockError) return refusal(error.code, error.message);
    throw error;
  }
}

/** Where https leads to another server than http, this is what it says. */
const NO_HUB_HERE: ReadonlySet<number> = new Set([301, 302, 303, 404, 405, 421, 501]);

/** Success is 202; hubs of before the standard say 204 when they have checked already. */
function verdictOn(url: string, answer: WebAnswer, secrets: readonly string[], now: number): Asked {
  const how = classifyStatus(answer.status);
  if (how === "ok") return { ok: true };
  const reason = reasonOf(answer, secrets);
  const message = `${showUrl(url)} answered with status ${answer.status}${reason === "" ? "" : `: ${reason}`}`;
  const isUnreached = NO_HUB_HERE.has(answer.status);
  if (how !== "retryable") return { ...refusal("status", message), isUnreached };
  const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], now);
  const failed = { ok: false as const, class: how, isUnreached, error: "status", message };
  return retryAfterMs === undefined ? failed : { ...failed, retryAfterMs };
}

/** The hub's own words for developers, unless they are a page or repeat what must not be written down. */
function reasonOf({ headers, body }: WebAnswer, secrets: readonly string[]): string {
  if (!/^text\/plain\b|^application\/json\b/i.test(headers["content-type"] ?? "text/plain")) return "";
  const text = new TextDecoder()
    .decode(body)
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim();
  const hidden = secrets
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ s: secret }).toString().slice(2),
    ])
    .reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
  return headOf(hidden, REASON_BYTES_MAX);
}
