// The requests that are being answered, and how they come to an end when the server does.
import type { IncomingMessage, ServerResponse } from "node:http";

/** One request as it went. Neither query, headers nor bodies: there secrets live. */
export type Answered = {
  /** Null when the caller went away before there was an answer. */
  requestId: string | null;
  method: string;
  path: string;
  /** 0 when the caller went away before there was an answer. */
  status: number;
  tookMs: number;
  /** Whether the API answered: then it has logged the request as well. */
  byApi: boolean;
};

/** The longest that a caller can ask for is a trigger of 20 seconds. */
const FINISH_MS = 25_000;
/** A request that is not even here completely has changed nothing yet: it gets so long to arrive. */
const ARRIVE_MS = 1_000;
const END = { done: true, value: undefined } as const;
const PATH_SHOWN_MAX = 300;
/** A key that somebody put into a path must not be read in a log. The id in it is no secret. */
/** The address of a callback is as good as a key: its last part makes it one. */
const CALLBACK = /^(\/callbacks\/[^/]*\/[^/]*)\/.*$/s;
const TOKENS = /(hc_[0-9a-f]{16})_[A-Za-z0-9_-]{8,}/g;

export class Exchanges {
  readonly #open = new Map<ServerResponse, IncomingMessage>();
  readonly #answeredByApi = new WeakSet<object>();
  readonly #streams = new Set<() => void>();
  readonly #now: () => number;
  readonly #onAnswered: (answered: Answered) => void;
  /** Streams that were ended, until whoever made their events has stopped. */
  readonly #letGo: Promise<void>[] = [];
  #isEnding = false;
  #onIdle = (): void => {};

  constructor(now: () => number, onAnswered: (answered: Answered) => void) {
    this.#now = now;
    this.#onAnswered = onAnswered;
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    const startedAt = this.#now();
    this.#open.set(response, request);
    if (this.#isEnding) response.shouldKeepAlive = false;
    response.once("close", () => {
      this.#open.delete(response);
      const { method = "", url = "" } = request;
      const isAnswered = response.headersSent;
      this.#onAnswered({
        requestId: isAnswered ? (response.getHeader("x-request-id")?.toString() ?? null) : null,
        method,
        path: pathOf(url),
        status: isAnswered ? response.statusCode : 0,
        tookMs: this.#now() - startedAt,
        byApi: this.#answeredByApi.has(response),
      });
      if (this.#open.size === 0) this.#onIdle();
    });
  }

  /** An answer that is about to be sent; one that goes on and on becomes one that `end` ends. */
  answering(answer: Response, response: object): Response {
    this.#answeredByApi.add(response);
    const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
    if (!isStream || answer.body === null) return answer;
    return new Response(this.#endable(answer.body), answer);
  }

  /** Resolves when all are answered, or have had their time: then whoever still holds a connection loses it. */
  async end(): Promise<void> {
    this.#isEnding = true;
    for (const response of this.#open.keys()) response.shouldKeepAlive = false;
    for (const close of [...this.#streams]) close();
    const timers = [setTimeout(() => this.#cut((request) => !request.complete), ARRIVE_MS)];
    await new Promise<void>((resolve) => {
      timers.push(setTimeout(resolve, FINISH_MS));
      this.#onIdle = resolve;
      if (this.#open.size === 0) resolve();
    });
    for (const timer of timers) clearTimeout(timer);
    this.#cut(() => true);
    await Promise.all(this.#letGo);
  }

  #cut(which: (request: IncomingMessage) => boolean): void {
    for (const [response, request] of this.#open) if (which(request)) response.destroy();
  }

  #endable(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    let close = (): void => {};
    const forget = () => this.#streams.delete(close);
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        close = () => {
          forget();
          controller.close();
          this.#letGo.push(reader.cancel().catch(() => {}));
        };
        if (this.#isEnding) close();
        else this.#streams.add(close);
      },
      pull: async (controller) => {
        // A stream that fails ends: whoever reads it takes it up again where it ended.
        const { done, value } = await reader.read().catch(() => END);
        // Ended meanwhile: closed already.
        if (!this.#streams.has(close)) return;
        if (!done) return controller.enqueue(value);
        forget();
        controller.close();
      },
      cancel: (reason) => {
        forget();
        return reader.cancel(reason);
      },
    });
  }
}

function pathOf(url: string): string {
  const [path = ""] = url.split("?", 1);
  const safe = path.replace(TOKENS, "$1_[redacted]").replace(CALLBACK, "$1/[redacted]");
  return safe.length > PATH_SHOWN_MAX ? `${safe.slice(0, PATH_SHOWN_MAX)}…` : safe;
}
