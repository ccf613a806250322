// The way to the network that all requests take: addresses checked, connections kept, nothing repeated.
import { lookup as systemLookup } from "node:dns";
import type { Socket } from "node:net";
import { checkUrl, type EgressPolicy, HookclockError, isHookclockError, type Method } from "@hookclock/core";
import type { Clock } from "@hookclock/engine";
import type { PoolOptions } from "./connection-pool.ts";
import type { Lookup } from "./connector.ts";
import { Exchange, type Raw } from "./exchange.ts";
import { ConnectFailure } from "./failure.ts";

/** How connections are made, and to whom. */
export type WireOptions = {
  egress: EgressPolicy;
  /** For durations only. Timeouts are real time: so is the network. */
  clock: Clock;
  /** Connections to one origin at the same time; further attempts wait, within their own timeout. */
  connectionsPerHost?: number | undefined;
  connectTimeoutMs?: number | undefined;
  /** Certificates to trust instead of the well-known ones, PEM. */
  ca?: string | readonly string[] | undefined;
  /** As `dns.lookup` with `all: true`. */
  lookup?: Lookup | undefined;
};

/** A request as it goes on the wire. Names and values of headers must be clean. */
export type WireRequest = {
  url: string;
  method: Method;
  headers: Record<string, string>;
  body?: string | Uint8Array | undefined;
};

export type WireSendOptions = {
  /** Ends the attempt early. */
  signal?: AbortSignal | undefined;
  /** For everything together: name, connection, headers, body. */
  timeoutMs: number;
  /** How much of the answer's body is kept, as it comes. */
  bodyBytesMax: number;
};

export type Wire = {
  /** One attempt, never repeated. Resolves with what the other side did; rejects only when the fault is ours. */
  send(request: WireRequest, options: WireSendOptions): Promise<Raw>;
  /** Loads what the first request would have to wait for. */
  prepare(): void;
  /** Waits for attempts in flight (each is bounded by its timeout), then ends all connections. */
  close(): Promise<void>;
};

const CONNECTIONS_PER_HOST = 64;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer header blocks are not parsed at all. Beyond what a log keeps, so that most still count as an answer. */
const PARSED_HEADER_BYTES_MAX = 64 * 1024;

/** As `AbortSignal.timeout` ends: then the receiver was too slow, and nobody gave up. */
const isTimeUp = (signal: AbortSignal | undefined): boolean =>
  signal?.reason instanceof Error && signal.reason.name === "TimeoutError";

const egressRefusal = (error: unknown): Raw => {
  if (!isHookclockError(error)) throw error;
  const word = error.code === "egress-refused" ? "egress" : "invalid-request";
  return { kind: "unreachable", word, message: error.message, timings: { totalMs: 0 } };
};

/**
 * The HTTP client is more code than all of the library, and who registers, edits and reads needs none of it: it is loaded
 * by who sends.
 */
const lazyPool = (options: PoolOptions) => {
  const load = async () => (await import("./connection-pool.ts")).createConnectionPool(options);
  let opened: ReturnType<typeof load> | null = null;
  return {
    open() {
      opened ??= load().catch((error: unknown) => {
        opened = null;
        throw error;
      });
      return opened;
    },
    async close() {
      await (await opened)?.destroy();
    },
  };
};

/**
 * HTTP/1.1 with kept-alive connections. Redirects are answers and are never followed, nothing is ever sent twice, and
 * no address is talked to that the egress policy does not allow.
 */
export const createWire = (options: WireOptions): Wire => {
  const connecting = new Set<Socket>();
  const pool = lazyPool({
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

  const exchange = async (url: URL, request: WireRequest, sendOptions: WireSendOptions): Promise<Raw> => {
    const agent = await pool.open();
    return new Promise((resolve, reject) => {
      const { signal, timeoutMs, bodyBytesMax } = sendOptions;
      const { method, headers, body = null } = request;
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
      };
      const handler = new Exchange(options.clock, bodyBytesMax, { finish, resolve, reject });
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
        agent.dispatch(
          { origin: url.origin, path: `${url.pathname}${url.search}`, method, headers, body },
          handler,
        );
    });
  };

  return {
    prepare() {
      // Whoever sends is told of a failure.
      pool.open().catch(() => {});
    },
    async send(request, sendOptions) {
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
        return await running;
      } finally {
        inFlight.delete(running);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(inFlight);
      const stopped = new ConnectFailure("aborted", "the transport was closed");
      for (const socket of connecting) socket.destroy(stopped);
      await pool.close();
    },
  };
};
