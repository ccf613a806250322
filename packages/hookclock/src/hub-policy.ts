// The hub's policy from lists and functions: what neither refuses is fine.
import { type AddressPattern, isListed, parseAddressPattern, refuse } from "@hookclock/core";
import type { HubPolicy } from "@hookclock/websub";

/** Hosts (`example.com`, `*.example.com`, `example.com:8443`) or beginnings of URLs (`https://example.com/feeds/`). */
export type HubAllow = {
  /** What may be subscribed to. Dotted topics are not concerned. Left out: everything. */
  topics?: string[] | undefined;
  /** Who may be called, for dotted topics too. Left out: everybody. */
  callbacks?: string[] | undefined;
  /** Topics that pings are taken for. Left out: all that have subscriptions. */
  publishers?: string[] | undefined;
};
type Judge = NonNullable<HubPolicy["topic"]>;

const IS_URL = /^https?:\/\//i;
const REASONS = {
  topics: "this hub does not serve this topic",
  callbacks: "this hub does not call this address",
  publishers: "this hub takes no pings for this topic",
} as const;

/** @throws HookclockError `invalid-input` naming the entry that is no address. */
export function policyOf(allow: HubAllow, given: HubPolicy): HubPolicy {
  const topic = both(
    listJudge(allow, "topics", (url) => !IS_URL.test(url)),
    given.topic,
  );
  const callback = both(listJudge(allow, "callbacks"), given.callback);
  const publisher = both(listJudge(allow, "publishers"), given.publisher);
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(callback === undefined ? {} : { callback }),
    ...(publisher === undefined ? {} : { publisher }),
  };
}

function listJudge(
  allow: HubAllow,
  name: keyof HubAllow,
  isOther: (text: string) => boolean = () => false,
): Judge | undefined {
  const entries = allow[name];
  if (entries === undefined) return undefined;
  const patterns = entries.map((entry, index) => patternOf(entry, `hub.allow.${name}[${index}]`));
  return (text) => (isOther(text) || isListed(patterns, text) ? null : REASONS[name]);
}

function patternOf(entry: string, field: string): AddressPattern {
  try {
    return parseAddressPattern(entry);
  } catch (error) {
    const allowed = (error as { allowed?: unknown }).allowed;
    return refuse(field, entry, String(allowed));
  }
}

/** The list goes first: a function may be costly. */
function both(first: Judge | undefined, second: Judge | undefined): Judge | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return async (text, namespace) => (await first(text, namespace)) ?? second(text, namespace);
}
