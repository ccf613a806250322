// What is asked of a callback: its own URL, with our parameters behind its own.
import { LIMITS } from "@hookclock/core";

/**
 * Puts parameters behind the query that a URL has, which stays as it is, parameters of the same name included
 * (WebSub 5.1.1). A fragment never goes over the wire and is left out.
 */
export function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const [target = ""] = url.split("#", 1);
  const added = Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
    .join("&");
  if (!target.includes("?")) return `${target}?${added}`;
  return /[?&]$/.test(target) ? `${target}${added}` : `${target}&${added}`;
}

export type Asked = {
  callback: string;
  topic: string;
  mode: "subscribe" | "unsubscribe";
  leaseSeconds: number;
};

/** Where the subscriber's intent is asked for. The lease is told for `subscribe` only, where it means something. */
export const verificationUrl = ({ callback, topic, mode, leaseSeconds }: Asked, challenge: string): string =>
  withParameters(callback, {
    "hub.mode": mode,
    "hub.topic": topic,
    "hub.challenge": challenge,
    ...(mode === "subscribe" ? { "hub.lease_seconds": String(leaseSeconds) } : {}),
  });

/** Where a denial is told. A reason that does not fit into a URL beside the topic is left out: only the denial has to be told. */
export function denialUrl(denial: { callback: string; topic: string; reason: string }): string {
  const { callback, topic, reason } = denial;
  const bare = { "hub.mode": "denied", "hub.topic": topic };
  const url = withParameters(callback, reason === "" ? bare : { ...bare, "hub.reason": reason });
  return Buffer.byteLength(url) <= LIMITS.urlBytesMax ? url : withParameters(callback, bare);
}
