import { HookclockError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/** A header name (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A header value: visible characters, blanks and tabs inside. Above ASCII it would be read in unknown encodings. */
const VALUE = /^[\t\x20-\x7e]*$/;

/** They belong to the connection or to the signature, so they are ours to set. */
const RESERVED = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
  "expect",
]);
const RESERVED_PREFIXES = ["proxy-", "webhook-"];
const ALLOWED =
  "header names of letters, digits and !#$%&'*+-.^_`|~ with values of visible ASCII characters, without those that are set by the delivery itself";

const isReserved = (lowerName: string): boolean =>
  RESERVED.has(lowerName) || RESERVED_PREFIXES.some((prefix) => lowerName.startsWith(prefix));

/**
 * Name of the first header that cannot be sent, or is the connection's own. Unlike a user's headers, those of our own
 * requests may sign.
 */
export const firstUnsendable = (headers: Readonly<Record<string, string>>): string | undefined =>
  Object.entries(headers).find(
    ([name, value]) => !TOKEN.test(name) || !VALUE.test(value) || RESERVED.has(name.toLowerCase()),
  )?.[0];

/** Whether a header of a stored task may go out. Rows may be older than the rules they were checked by. */
export const isSendable = (name: string, value: unknown): value is string =>
  typeof value === "string" && TOKEN.test(name) && VALUE.test(value) && !isReserved(name.toLowerCase());

// A value may be a secret: only its name ever stands in a message.
const refusal = (place: string, name: string, problem: string): HookclockError =>
  new HookclockError(
    "invalid-input",
    `${place}: ${JSON.stringify(name)} ${problem}; allowed are ${ALLOWED}`,
    {
      field: `${place}.${name}`,
      allowed: ALLOWED,
    },
  );

/**
 * Refuses headers that cannot or must not be sent.
 *
 * @param place what the caller knows the headers as.
 * @throws HookclockError `invalid-input` naming the header, never its value.
 */
export const validateHeaders = (
  headers: Readonly<Record<string, unknown>>,
  place = "request.headers",
): void => {
  const refuse = (name: string, problem: string): HookclockError => refusal(place, name, problem);
  const names = Object.keys(headers);
  if (names.length > LIMITS.headersMax) {
    throw new HookclockError(
      "invalid-input",
      `${place}: ${names.length} headers; allowed are ${LIMITS.headersMax}`,
      {
        field: place,
        allowed: `at most ${LIMITS.headersMax} headers`,
      },
    );
  }
  const seen = new Map<string, string>();
  let bytes = 0;
  for (const name of names) {
    const value = headers[name];
    if (!TOKEN.test(name)) throw refuse(name, "is not a header name");
    if (typeof value !== "string") throw refuse(name, "has a value that is not text");
    if (!VALUE.test(value))
      throw refuse(name, "has a value with a line break or another character that cannot be sent");
    const lowerName = name.toLowerCase();
    if (isReserved(lowerName)) throw refuse(name, "is set by the delivery itself");
    const twin = seen.get(lowerName);
    if (twin !== undefined) throw refuse(name, `is the same header as ${JSON.stringify(twin)}`);
    seen.set(lowerName, name);
    bytes += name.length + value.length;
  }
  if (bytes > LIMITS.headerBytesMax) {
    throw new HookclockError(
      "invalid-input",
      `${place}: ${bytes} bytes; allowed are ${LIMITS.headerBytesMax}`,
      {
        field: place,
        allowed: `at most ${LIMITS.headerBytesMax} bytes`,
      },
    );
  }
};
