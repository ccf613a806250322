import { createHmac } from "node:crypto";
import { HookclockError } from "../errors.ts";

const PREFIX = "whsec_";
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const ALLOWED = `base64 of ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} bytes, with or without ${PREFIX} before it`;

/**
 * Reads a signing secret: `whsec_` + base64, or base64 alone, of 24 to 64 bytes (Standard Webhooks).
 *
 * @throws HookclockError `invalid-input`; the message never holds the secret.
 */
export const parseSecret = (secret: string, field = "secret"): Buffer => {
  const text = typeof secret === "string" ? secret : "";
  const base64 = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const key = BASE64.test(base64) ? Buffer.from(base64, "base64") : Buffer.alloc(0);
  if (key.length >= SECRET_BYTES_MIN && key.length <= SECRET_BYTES_MAX) return key;
  throw new HookclockError("invalid-input", `${field}: not a signing secret; allowed is ${ALLOWED}`, {
    field,
    allowed: ALLOWED,
  });
};

export type SignedHeaders = {
  "webhook-id": string;
  /** Epoch seconds. */
  "webhook-timestamp": string;
  /** One `v1,` signature per secret, separated by blanks: while secrets rotate, either one verifies. */
  "webhook-signature"?: string;
};

/**
 * The headers of Standard Webhooks, symmetric scheme `v1`: HMAC-SHA256 over `id.timestamp.body`. The id stays the
 * same over all attempts of a delivery, the timestamp is the attempt's own. Without secrets, nothing is signed.
 *
 * @throws HookclockError `invalid-input` for a secret that is none.
 */
export const signatureHeaders = (
  message: { id: string; timestampMs: number; body: string | Uint8Array },
  secrets: readonly string[],
): SignedHeaders => {
  const timestamp = String(Math.floor(message.timestampMs / 1_000));
  const headers: SignedHeaders = { "webhook-id": message.id, "webhook-timestamp": timestamp };
  if (secrets.length === 0) return headers;
  const signatures = secrets.map((secret, position) => {
    const key = parseSecret(secret, `secrets.${position}`);
    const signature = createHmac("sha256", key).update(`${message.id}.${timestamp}.`).update(message.body);
    return `v1,${signature.digest("base64")}`;
  });
  return { ...headers, "webhook-signature": signatures.join(" ") };
};
