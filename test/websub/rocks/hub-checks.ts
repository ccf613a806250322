// What the suite looks at in a hub's requests, in its order. The first fault counts.
import { createHmac } from "node:crypto";
import { targetsOf } from "./link-header.ts";

/** A parameter given twice counts as given last. */
const parameter = (query: URLSearchParams, name: string): string | undefined => query.getAll(name).at(-1);
const isPresent = (value: string | undefined): value is string => value !== undefined && value !== "";

/** A stable word for what is wrong with a hub's question about the subscriber's intent; null when it is right. */
export const verificationFault = (query: URLSearchParams, topic: string): string | null => {
  const mode = parameter(query, "hub.mode");
  if (!isPresent(mode)) return "missing_mode";
  if (mode !== "subscribe" && mode !== "unsubscribe") return "invalid_mode";
  const asked = parameter(query, "hub.topic");
  if (!isPresent(asked)) return "missing_topic";
  if (asked !== topic) return "invalid_topic";
  if (!isPresent(parameter(query, "hub.challenge"))) return "missing_challenge";
  if (mode === "subscribe" && !isPresent(parameter(query, "hub.lease_seconds")))
    return "missing_lease_seconds";
  return null;
};

export type Notification = {
  body: Buffer;
  contentType: string | undefined;
  links: string[];
  signature: string | undefined;
};
/** What it should be. */
export type Published = { body: Buffer; contentType: string; hub: string; secret: string | null };

const BLANK = new Set([" ", "\t", "\n", "\r", "\0", "\v"]);

/** Without the six characters that the suite counts as blank, at both ends. */
const trimmed = (bytes: Buffer): string => {
  const text = bytes.toString("latin1");
  let from = 0;
  let to = text.length;
  while (from < to && BLANK.has(text.charAt(from))) from += 1;
  while (to > from && BLANK.has(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
};

const METHODS = ["sha1", "sha256", "sha384", "sha512"];

const isSignatureOf = (signature: string, secret: string, body: Buffer): boolean => {
  const [method = "", digest] = signature.split("=");
  return METHODS.includes(method) && digest === createHmac(method, secret).update(body).digest("hex");
};

/** A stable word for what is wrong with a delivery; null when it is right. */
export const notificationFault = (got: Notification, published: Published): string | null => {
  if (trimmed(got.body) === "") return "empty_payload";
  if (trimmed(got.body) !== trimmed(published.body)) return "body_mismatch";
  if (got.contentType !== published.contentType) return "content_type_mismatch";
  // The value of rel=self is not looked at.
  if (targetsOf(got.links, "hub")[0] !== published.hub) return "link_header";
  if (targetsOf(got.links, "self").length === 0) return "link_header";
  if (isPresent(got.signature) !== (published.secret !== null)) return "signature";
  if (published.secret === null || got.signature === undefined) return null;
  return isSignatureOf(got.signature, published.secret, got.body) ? null : "signature_mismatch";
};
