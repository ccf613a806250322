// When two spellings of a URL mean the same topic or the same callback, and the short names that keys are made of.
import { createHash } from "node:crypto";

/** RFC 3986 section 2.3: these never need to be encoded, and mean the same when they are. */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/** What goes over the wire percent-encoded, however it was written. */
const UNSENT = /[^\x21-\x7e]/gu;
const PLACE = /^https?:\/\/[^/?#\\]*/i;

const withoutNeedlessEscapes = (text: string): string =>
  text
    .toWellFormed()
    .replace(UNSENT, (character) => encodeURIComponent(character))
    .replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16));
      return UNRESERVED.test(character) ? character : whole.toUpperCase();
    });

/**
 * A URL in the one spelling in which it is compared: percent-encoded unreserved characters decoded, as hubs have to
 * (WebSub 5.1.1; RFC 3986 section 2.4), other characters encoded as they are sent, scheme and host in lower case, no
 * default port, and a path (RFC 3986 sections 6.2.2 and 6.2.3). Path and query are not touched otherwise: topics are
 * compared as text.
 */
export function identityOf(url: string): string {
  const place = PLACE.exec(url)?.[0];
  const parsed = place !== undefined && URL.canParse(place) ? new URL(place) : null;
  if (place === undefined || parsed === null || place.includes("@")) return withoutNeedlessEscapes(url);
  const rest = withoutNeedlessEscapes(url.slice(place.length));
  return `${parsed.protocol}//${parsed.host}${/^[/\\]/.test(rest) ? "" : "/"}${rest}`;
}

/** A name for any text that fits into keys and ids: 43 characters of base64url. */
export const hashOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  // The length in front keeps "a" + "bc" apart from "ab" + "c".
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("base64url");
};

/** Where the subscriptions of one topic are kept together. `*` is the root of all dotted topics. */
export type Collection = `url:${string}` | `dot:${string}`;

export const collectionOfUrl = (topic: string): Collection => `url:${hashOf(identityOf(topic))}`;
/** Fragments never go over the wire: what differs in them alone is one place to send to. */
export const callbackHashOf = (callback: string): string =>
  hashOf(identityOf(callback.split("#", 1)[0] ?? ""));

/** Topics of the two kinds share no spelling. */
export const isUrl = (topic: string): boolean => /^https?:\/\//i.test(topic);

/** Who a request to this URL talks to: host and port. Attempts at one lane share a limit. */
export const laneOfUrl = (url: string): string => {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname.replace(/\.$/, "")}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
};
