// Requests whose answers are wanted as bytes, over the same guarded way to the network as webhooks.
import { firstUnsendable, type Timings } from "@hookclock/core";
import type { WebAnswer, WebClient, WebFailure, WebRequest } from "@hookclock/engine";
import { keepHeaders } from "./answer-headers.ts";
import { decodeHead, decodeWhole, SUPPORTED_CODINGS } from "./decode.ts";
import type { Raw } from "./exchange.ts";
import { VERSION } from "./version.ts";
import { createWire, type WireOptions } from "./wire.ts";

export type ClosableWebClient = WebClient & {
  /** Waits for requests in flight (each is bounded by its timeout), then ends all connections. */
  close(): Promise<void>;
};

const DEFAULT_HEADERS = {
  "user-agent": `hookclock/${VERSION}`,
  accept: "*/*",
  "accept-encoding": SUPPORTED_CODINGS.join(", "),
};

const NO_TIME: Timings = { totalMs: 0 };

type Body = { body: Uint8Array; isCut: boolean; isUnpacked: boolean };

/** No more is unpacked than what is wanted, however much a small body would become. */
const bodyOf = async (raw: Extract<Raw, { kind: "answered" }>, bytesMax: number): Promise<Body> => {
  const coding = raw.headers["content-encoding"];
  const packed = raw.head.bytes();
  const isCut = raw.broken || raw.head.overflowed;
  const decode = isCut ? decodeHead : decodeWhole;
  const unpacked =
    typeof coding === "string" && packed.length > 0 ? await decode(packed, coding, bytesMax) : null;
  if (unpacked === null) return { body: new Uint8Array(packed), isCut, isUnpacked: false };
  const { bytes, overflowed, damaged } = unpacked;
  return { body: new Uint8Array(bytes), isCut: isCut || overflowed || damaged, isUnpacked: true };
};

const answerOf = async (
  raw: Extract<Raw, { kind: "answered" }>,
  answerBytesMax: number,
): Promise<WebAnswer> => {
  const { body, isCut, isUnpacked } = await bodyOf(raw, answerBytesMax);
  // The whole header block is bounded where it is parsed: a `link` is not lost because it came late.
  const { headers } = keepHeaders(raw.headers, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  if (isUnpacked) {
    // They speak of the packed bytes, which are not here any more.
    delete headers["content-encoding"];
    delete headers["content-length"];
  }
  const { status, timings } = raw;
  return { kind: "answered", status, headers, body, truncated: isCut, timings };
};

const headersOf = ({ headers = {} }: WebRequest): Record<string, string> => {
  const all = new Map<string, string>(Object.entries(DEFAULT_HEADERS));
  for (const [name, value] of Object.entries(headers)) all.set(name.toLowerCase(), value);
  return Object.fromEntries(all);
};

/**
 * A client for pages, feeds, hubs and callbacks. Egress is checked on the address that is dialled, redirects are
 * answers, nothing is sent twice. A body whose coding is unknown, or is not what it says, stays as it came, and
 * `content-encoding` stays with it. Headers that belong to the connection, or cannot be sent, are an
 * `invalid-request`.
 */
export const createWebClient = (options: WireOptions): ClosableWebClient => {
  const wire = createWire(options);
  return {
    egress: options.egress,
    async send(request): Promise<WebAnswer | WebFailure> {
      const { url, method, body, timeoutMs, answerBytesMax, signal } = request;
      const unsendable = firstUnsendable(request.headers ?? {});
      if (unsendable !== undefined) {
        const message = `the header ${JSON.stringify(unsendable)} cannot be sent`;
        return { kind: "unreachable", word: "invalid-request", message, timings: NO_TIME };
      }
      const outgoing = { url, method, headers: headersOf(request), body };
      const raw = await wire.send(outgoing, { signal, timeoutMs, bodyBytesMax: answerBytesMax });
      return raw.kind === "unreachable" ? raw : answerOf(raw, answerBytesMax);
    },
    close: () => wire.close(),
  };
};
