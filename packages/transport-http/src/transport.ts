import { lookup as systemLookup } from "node:dns";
import type { Socket } from "node:net";
import {
  checkUrl,
  type EgressPolicy,
  type FailureWord,
  HookclockError,
  isHookclockError,
  LIMITS,
  type Method,
  type Timings,
} from "@hookclock/core";
import type { Clock } from "@hookclock/engine";
import { keepHeaders } from "./answer-headers.ts";
import { textOf } from "./body-head.ts";
import { createConnectionPool } from "./connection-pool.ts";
import type { Lookup } from "./connector.ts";
import { decodeHead } from "./decode.ts";
import { Exchange, type Raw } from "./exchange.ts";
import { ConnectFailure } from "./failure.ts";

/** A request as it goes on the wire. Names and values of headers must be clean: see `buildRequest`. */
export type Outgoing = {
  url: string;
  method: Method;
  headers: Record<string, string>;
  body?: string | undefined;
};

/** What became of it. A transport tells what happened, it does not judge. */
export type Delivery =
  | {
      kind: "answered";
      status: number;
      headers: Record<string, string>;
      /** Head of the body: text, or base64 with `encoding` when it is not UTF-8. Unpacked if it came compressed. */
      body: string;
      encoding?: "base64";
      /** There was more, of the body or of the headers, than what is here; or the body broke off. */
      truncated?: boolean;
      timings: Timings;
    }
  | { kind: "unreachable"; word: FailureWord; message: string; timings: Timings };

export type SendOptions = {
  /** Ends the attempt early. */
  signal?: AbortSignal | undefined;
  /** For everything together: name, connection, headers, body. */
  timeoutMs: number;
};

export type Transport = {
  /** What it may talk to. */
  readonly egress: EgressPolicy;
  /** One attempt, never repeated. Resolves with what the other side did; rejects only when the fault is ours. */
  send(request: Outgoing, options: SendOptions): Promise<Delivery>;
  /** Waits for attempts in flight (each is bounded by its timeout), then ends all connections. */
  close(): Promise<void>;
};

export type TransportOptions = {
  egress: EgressPolicy;
  /** For durations only. Timeouts are real time: so is the network. */
  clock: Clock;
  /** Connections to one origin at the same time; further attempts wait, within their own timeout. */
  connectionsPerHost?: number | undefined;
  connectTimeoutMs?: number | undefined;
  /** How much of an answer's body is kept, as stored text. */
  responseBodyBytes?: number | undefined;
  responseHeadersMax?: number | undefined;
  responseHeaderBytes?: number | undefined;
  /** Certificates to trust instead of the well-known ones, PEM. */
  ca?: string | readonly string[] | undefined;
  /** As `dns.lookup` with `all: true`. */
  lookup?: Lookup | undefined;
};

const CONNECTIONS_PER_HOST = 64;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer header blocks are not parsed at all. Beyond what is kept, so that most still count as an answer. */
const PARSED_HEADER_BYTES_MAX = 64 * 1024;

/** Turns a finished exchange into what is reported: bounded headers, bounded readable body. */
const toDelivery = async (raw: Raw, options: TransportOptions): Promise<Delivery> => {
  if (raw.kind === "unreachable") return raw;
  const bytesMax = options.responseBodyBytes ?? LIMITS.responseBodyBytes;
  const { headers, truncated } = keepHeaders(
    raw.headers,
    options.responseHeadersMax ?? LIMITS.headersMax,
    options.responseHeaderBytes ?? LIMITS.headerBytesMax,
  );
  const coding = raw.headers["content-encoding"];
  const packed = raw.head.bytes();
  const unpacked =
    typeof coding === "string" && packed.length > 0 ? await decodeHead(packed, coding, bytesMax) : null;
  const cut = raw.broken || raw.head.overflowed || (unpacked?.overflowed ?? false);
  const text = textOf(unpacked?.bytes ?? packed, cut, bytesMax);
  const { status, timings } = raw;
  const delivery = { kind: "answered" as const, status, headers, timings, ...text };
  return truncated ? { ...delivery, truncated: true } : delivery;
};

/** As `AbortSignal.timeout` ends: then the receiver was too slow, and nobody gave up. */
const isTimeUp = (signal: AbortSignal | undefined): boolean =>
  signal?.reason instanceof Error && signal.reason.name === "TimeoutError";

const egressRefusal = (error: unknown): Delivery => {
  if (!isHookclockError(error)) throw error;
  const word = error.code === "egress-refused" ? "egress" : "invalid-request";
  return { kind: "unreachable", word, message: error.message, timings: { totalMs: 0 } };
};

/**
 * Sends requests over HTTP/1.1 with kept-alive connections. Redirects are answers and are never followed, nothing is
 * ever sent twice, and no address is talked to that the egress policy does not allow.
 */
export const createHttpTransport = (options: TransportOptions): Transport => {
  const bytesMax = options.responseBodyBytes ?? LIMITS.responseBodyBytes;
  const connecting = new Set<Socket>();
  const pool = createConnectionPool({
    connecting,
    egress: options.egress,
    clock: options.clock,
    lookup: options.lookup ?? systemLookup,
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    ca: options.ca,
    connectionsPerHost: options.connectionsPerHost ?? CONNECTIONS_PER_HOST,
    answerHeaderBytesMax: PARSED_HEADER_BYTES_MAX,
  });
  const inFlight = new Set<Promise<unknown>>();
  let closed = false;

  const exchange = (url: URL, request: Outgoing, { signal, timeoutMs }: SendOptions): Promise<Raw> =>
    new Promise((resolve, reject) => {
      const { method, headers, body = null } = request;
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
      };
      const handler = new Exchange(options.clock, bytesMax, { finish, resolve, reject });
      const stop = () => {
        if (isTimeUp(signal)) handler.giveUp("timeout", "the caller's time for the attempt is up");
        else handler.giveUp("aborted", "the attempt was told to stop");
      };
      const timer = setTimeout(
        () => handler.giveUp("timeout", `no complete answer within ${timeoutMs} ms`),
        timeoutMs,
      );
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted) stop();
      else
        pool.dispatch(
          { origin: url.origin, path: `${url.pathname}${url.search}`, method, headers, body },
          handler,
        );
    });

  const send = async (request: Outgoing, sendOptions: SendOptions): Promise<Delivery> => {
    if (closed) throw new HookclockError("handler-fault", "the HTTP transport is closed");
    let url: URL;
    try {
      url = checkUrl(request.url, options.egress);
    } catch (error) {
      return egressRefusal(error);
    }
    const running = exchange(url, request, sendOptions);
    inFlight.add(running);
    try {
      return await toDelivery(await running, options);
    } finally {
      inFlight.delete(running);
    }
  };

  const close = async (): Promise<void> => {
    closed = true;
    await Promise.allSettled(inFlight);
    const stopped = new ConnectFailure("aborted", "the transport was closed");
    for (const socket of connecting) socket.destroy(stopped);
    await pool.destroy();
  };
  return { egress: options.egress, send, close };
};
