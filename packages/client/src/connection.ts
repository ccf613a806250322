// One request and its answer: address, key, time limit, retries, bounds, errors.
import { HookclockError, isHookclockError, parseRetryAfter } from "@hookclock/core";
import { boundedText } from "./body.ts";
import type { CheckedOptions } from "./options.ts";
import { answerError, notOurs } from "./problem.ts";
import type { Room } from "./room.ts";

export type Query = Record<string, string | number | undefined>;
export type Call = {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Each part is encoded by itself, so ids and namespaces may hold any character. */
  path: readonly string[];
  query?: Query;
  body?: unknown;
  /** Instead of a body: content that is no JSON. */
  content?: { type: string; bytes: Uint8Array };
  /** Time beyond the usual limit that the answer may take, ms. */
  extraMs?: number;
  /** A POST whose answer is given once only: asking again would do the work again, or lose what it said. */
  once?: boolean;
};
export type Answer = { status: number; document: unknown };

const RETRY_BASE_MS = 200;
/** Longer waits than this are for the caller to decide on. */
const RETRY_WAIT_MAX_MS = 20_000;
/**
 * A sending of ours that is at work still is waited for: its answer is the one that is wanted, and giving up would leave
 * open what came of it. So long as the longest request may take, and a little more.
 */
const OWN_RUNNING_TRIES_MAX = 40;
const OWN_RUNNING_WAIT_MS = 1_000;
/** Of a table that is missing or other than it should be, waiting makes nothing better. */
const LASTING = new Set(["table-missing", "table-mismatch"]);

export class Connection {
  readonly #options: CheckedOptions;
  readonly #room: Room;
  readonly #closed = new AbortController();

  constructor(options: CheckedOptions, room: Room) {
    this.#options = options;
    this.#room = room;
  }

  /** For people: the address without anything secret. */
  get where(): string {
    const { origin, pathname } = this.#options.base;
    return `${origin}${pathname.replace(/\/$/, "")}`;
  }

  /** Ends whatever is under way. */
  close(): void {
    this.#closed.abort();
  }

  /** Sends a request, again where that is harmless, and resolves with a 2xx answer. Throws the problem otherwise. */
  async call(call: Call): Promise<Answer> {
    // With such a key the API does the work once, however often it is asked.
    const idempotencyKey = call.method === "POST" && !call.once ? this.#room.newId() : null;
    const mayRepeat = call.method === "GET" || idempotencyKey !== null;
    for (let tries = 0; ; tries += 1) {
      const outcome = await this.#once(call, idempotencyKey);
      if (!("error" in outcome)) return outcome;
      const { error, retryAfterMs, lasting } = outcome;
      // The first sending may be at work still, its answer lost.
      const ownIsRunning = tries > 0 && isHookclockError(error, "idempotency-in-progress");
      const waitMs = retryAfterMs ?? RETRY_BASE_MS * 2 ** tries;
      const givesUp = !mayRepeat || (lasting && !ownIsRunning) || waitMs > RETRY_WAIT_MAX_MS;
      const triesMax = ownIsRunning ? OWN_RUNNING_TRIES_MAX : this.#options.retriesMax;
      if (givesUp || tries >= triesMax || this.#closed.signal.aborted) throw error;
      await this.#room.sleep(
        ownIsRunning ? Math.min(waitMs, OWN_RUNNING_WAIT_MS) : waitMs,
        this.#closed.signal,
      );
    }
  }

  /** A stream of server-sent events; its body is the caller's to read. Not sent again here. */
  async open(call: Call, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const outcome = await this.#send(call, { accept: "text/event-stream", ...headers }, signal);
    if ("error" in outcome) throw outcome.error;
    const { response } = outcome;
    if (response.ok && /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? ""))
      return response;
    const { error } = await this.#refusal(response);
    throw error;
  }

  async #once(call: Call, idempotencyKey: string | null): Promise<Answer | Failure> {
    const { timeoutMs, answerBytesMax } = this.#options;
    const headers = idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey };
    const limitMs = timeoutMs + (call.extraMs ?? 0);
    const outcome = await this.#send(call, headers, AbortSignal.timeout(limitMs), limitMs);
    if ("error" in outcome) return outcome;
    const { response } = outcome;
    try {
      if (!response.ok) return await this.#refusal(response);
      const document = parsed(await boundedText(response, answerBytesMax));
      if (document === undefined)
        return { error: notOurs(this.where, "its answer is not JSON"), lasting: true };
      if (isLeftOut(document)) return { error: answerLost(this.where), lasting: true };
      return { status: response.status, document };
    } catch (error) {
      if (isHookclockError(error)) return { error, lasting: true };
      return this.#unreachable(error, limitMs);
    }
  }

  async #send(
    call: Call,
    more: Record<string, string>,
    limit: AbortSignal,
    limitMs = 0,
  ): Promise<{ response: Response } | Failure> {
    const { method } = call;
    const url = this.#urlOf(call);
    const content = contentOf(call);
    const headers = {
      accept: "application/json, application/problem+json",
      authorization: `Bearer ${this.#options.key}`,
      ...(content === null ? {} : { "content-type": content.type }),
      ...more,
    };
    const signal = AbortSignal.any([limit, this.#closed.signal]);
    try {
      const response = await fetch(url, {
        // A redirect would carry the key to a place that nobody named.
        ...{ method, headers, signal, redirect: "manual" },
        ...(content === null ? {} : { body: content.body }),
      });
      return { response };
    } catch (error) {
      return this.#unreachable(error, limitMs);
    }
  }

  #urlOf({ path, query = {} }: Call): URL {
    const url = new URL(path.map(segment).join("/"), this.#options.base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  async #refusal(response: Response): Promise<Failure> {
    const { status, headers } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      return { error: redirected(this.where, headers.get("location")), lasting: true };
    }
    const document = parsed(await boundedText(response, this.#options.answerBytesMax));
    const error = answerError(status, document, this.where, headers.get("x-request-id"));
    const retryAfterMs = parseRetryAfter(headers.get("retry-after"), this.#room.now());
    const lasting = ![429, 502, 503, 504].includes(status) || LASTING.has(error.code);
    return { error, lasting, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }

  #unreachable(cause: unknown, limitMs: number): Failure {
    const isTimeout = cause instanceof Error && cause.name === "TimeoutError";
    const what = isTimeout
      ? `gave no answer within ${limitMs / 1_000} s`
      : `cannot be reached: ${reasonOf(cause)}`;
    const error = new HookclockError("api-unreachable", `the API at ${this.where} ${what}`, { cause });
    // Who let the whole time pass once may do so again.
    return { error, lasting: isTimeout };
  }
}

const contentOf = ({
  body,
  content,
}: Call): { type: string; body: string | Uint8Array<ArrayBuffer> } | null => {
  // What `fetch` sends must not be shared memory.
  if (content !== undefined) return { type: content.type, body: new Uint8Array(content.bytes) };
  return body === undefined ? null : { type: "application/json", body: JSON.stringify(body) };
};

/** In place of an answer that the API could not keep for a request that came twice. */
const isLeftOut = (document: unknown): boolean =>
  typeof document === "object" && document !== null && "bodyLeftOut" in document;

const answerLost = (where: string): HookclockError =>
  new HookclockError(
    "api-unreachable",
    `the API at ${where} did what was asked, but its answer was lost on the way and is too large to be given twice; a list shows what there is now`,
  );

type Failure = { error: HookclockError; lasting: boolean; retryAfterMs?: number };

/** A part of a path. What stands for "here" and "one up" cannot be written in a URL, however it is encoded. */
function segment(part: string): string {
  if (part !== "." && part !== "..") return encodeURIComponent(part);
  const allowed = 'any other name: a URL cannot hold "." and ".." as such';
  throw new HookclockError(
    "invalid-input",
    `"${part}" cannot be asked for over the API; allowed: ${allowed}`,
    { allowed },
  );
}

/** Undefined when it is no JSON; null for an empty answer. */
function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What `fetch` runs into stands in the cause of the cause. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  return cause.message === "" ? (code ?? cause.name) : cause.message;
}

function redirected(where: string, location: string | null): HookclockError {
  const to =
    location !== null && URL.canParse(location, where) ? new URL(location, where).origin : "another place";
  return new HookclockError(
    "api-unreachable",
    `what answers at ${where} sends elsewhere, to ${to}; a key is not carried along`,
  );
}
