// `X-Hub-Signature` of WebSub section 7.1: an HMAC over the body's bytes, keyed with the subscription's secret.
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

export const SIGNATURE_METHODS = ["sha1", "sha256", "sha384", "sha512"] as const;
export type SignatureMethod = (typeof SIGNATURE_METHODS)[number];

/** The standard's words are "less than 200 bytes". */
export const SECRET_BYTES_MAX = 199;

const HEX_LENGTHS: Record<SignatureMethod, number> = { sha1: 40, sha256: 64, sha384: 96, sha512: 128 };
const HEX = /^[0-9a-f]+$/i;
/** Longer than any signature can be: what comes from outside is not searched for a sign in all its length. */
const HEADER_LENGTH_MAX = 512;

const isMethod = (name: string): name is SignatureMethod =>
  (SIGNATURE_METHODS as readonly string[]).includes(name);

const digest = (method: SignatureMethod, secret: string, body: Uint8Array): Buffer =>
  createHmac(method, Buffer.from(secret, "utf8")).update(body).digest();

/** The header's value for a body: `method=hex`, in lower case. */
export const sign = (method: SignatureMethod, secret: string, body: Uint8Array): string =>
  `${method}=${digest(method, secret, body).toString("hex")}`;

/**
 * `valid` · `missing` no header · `malformed` not `method=hex` · `unknown-method` none of the standard's four ·
 * `weak-method` one that is not accepted here · `wrong` made with another secret or over another body.
 */
export type SignatureVerdict = "valid" | "missing" | "malformed" | "unknown-method" | "weak-method" | "wrong";

/**
 * Whether a body came from who knows the secret. `body` is what arrived, before anything was decoded. The signature is
 * compared in constant time. Never throws, whatever the header holds.
 */
export const verify = (
  header: string | undefined,
  secret: string,
  body: Uint8Array,
  allowed: readonly SignatureMethod[] = SIGNATURE_METHODS,
): SignatureVerdict => {
  const value = header?.slice(0, HEADER_LENGTH_MAX + 1).trim() ?? "";
  if (value === "") return "missing";
  const sign = value.indexOf("=");
  if (sign <= 0 || value.length > HEADER_LENGTH_MAX) return "malformed";
  const method = value.slice(0, sign).toLowerCase();
  const hex = value.slice(sign + 1);
  if (!HEX.test(hex)) return "malformed";
  if (!isMethod(method)) return "unknown-method";
  if (!allowed.includes(method)) return "weak-method";
  // How long a digest is, is no secret.
  if (hex.length !== HEX_LENGTHS[method]) return "wrong";
  return timingSafeEqual(digest(method, secret, body), Buffer.from(hex, "hex")) ? "valid" : "wrong";
};

/**
 * The methods to accept at a callback: all four where the way there is protected, and not below sha256 where anybody
 * between may write (WebSub section 8.3).
 */
export const acceptedMethods = (callbackUrl: string): readonly SignatureMethod[] =>
  /^https:/i.test(callbackUrl) ? SIGNATURE_METHODS : SIGNATURE_METHODS.filter((method) => method !== "sha1");

/** Why a text cannot be a subscription's secret, or null when it can. The text itself is never part of the answer. */
export const secretProblem = (secret: string): string | null => {
  const bytes = Buffer.byteLength(secret, "utf8");
  if (bytes === 0) return "is empty";
  return bytes > SECRET_BYTES_MAX
    ? `has ${bytes} bytes; fewer than ${SECRET_BYTES_MAX + 1} are allowed`
    : null;
};
