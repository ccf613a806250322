import { type EgressPolicy, type FailureWord, LIMITS, type Method, type Timings } from "@hookclock/core";
import { keepHeaders } from "./answer-headers.ts";
import { textOf } from "./body-head.ts";
import { decodeHead } from "./decode.ts";
import type { Raw } from "./exchange.ts";
import { createWire, type WireOptions } from "./wire.ts";

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
  /** Loads what the first attempt would have to wait for. */
  prepare(): void;
  /** Waits for attempts in flight (each is bounded by its timeout), then ends all connections. */
  close(): Promise<void>;
};

export type TransportOptions = WireOptions & {
  /** How much of an answer's body is kept, as stored text. */
  responseBodyBytes?: number | undefined;
  responseHeadersMax?: number | undefined;
  responseHeaderBytes?: number | undefined;
};

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

/**
 * Sends requests over HTTP/1.1 with kept-alive connections. Redirects are answers and are never followed, nothing is
 * ever sent twice, and no address is talked to that the egress policy does not allow.
 */
export const createHttpTransport = (options: TransportOptions): Transport => {
  const wire = createWire(options);
  const bodyBytesMax = options.responseBodyBytes ?? LIMITS.responseBodyBytes;
  return {
    egress: options.egress,
    send: async (request, sendOptions) =>
      toDelivery(await wire.send(request, { ...sendOptions, bodyBytesMax }), options),
    prepare: () => wire.prepare(),
    close: () => wire.close(),
  };
};
