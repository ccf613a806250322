// What a request to the hub asks for, and what is wrong with it. Pure but for what it is told of the world.
import { checkUrl, type EgressPolicy, HookclockError, LIMITS } from "@hookclock/core";
import { secretProblem } from "../signature.ts";
import { verificationUrl } from "./callback-url.ts";
import { type Form, oneOf } from "./form.ts";
import { leaseWish } from "./lease.ts";

export type PairRequest = {
  mode: "subscribe" | "unsubscribe";
  topic: string;
  callback: string;
  /** Undefined: no wish. */
  leaseSeconds: number | undefined;
  secret: string | null;
};
export type HubRequest =
  | PairRequest
  /** Topics that are said to have changed. */
  | { mode: "publish"; topics: readonly string[] }
  | { mode: "fault"; problem: string };

/** One ping names so many topics at most: each may become a request of ours. */
export const PINGED_TOPICS_MAX = 100;
/** As long as the longest challenge that is sent. */
const SAMPLE_CHALLENGE = "x".repeat(64);
/** The URL parser would quietly drop some of them. */
const CONTROL = /\p{Cc}/u;
const FIELD = /^request\.url: /;

/** Thrown inside this file alone, to end at the first thing that is wrong. */
class Fault extends Error {}
const fault = (problem: string): never => {
  throw new Fault(problem);
};

/** Reads a form by the rules of WebSub 5.1 and the conventions for pings. What it does not know it ignores. */
export function parseHubRequest(
  form: Form,
  world: { egress: EgressPolicy /** Below it, topics are our own. */; baseUrl: string },
): HubRequest {
  try {
    const mode = required(form, "hub.mode");
    if (mode === "publish") return { mode, topics: pingedTopics(form) };
    if (mode !== "subscribe" && mode !== "unsubscribe") {
      return fault('hub.mode is not known; allowed are "subscribe", "unsubscribe" and "publish"');
    }
    const topic = topicOf(required(form, "hub.topic"), world);
    const callback = callbackOf(required(form, "hub.callback"), "hub.callback", world.egress);
    checkTogether(topic, callback);
    return { mode, topic, callback, ...termsOf(form, mode) };
  } catch (error) {
    if (error instanceof Fault) return { mode: "fault", problem: error.message };
    throw error;
  }
}

/** A lease is ignored where it means nothing, however it is written. */
function termsOf(form: Form, mode: PairRequest["mode"]): Pick<PairRequest, "leaseSeconds" | "secret"> {
  const secret = optional(form, "hub.secret") ?? null;
  const problem = secret === null ? null : secretProblem(secret);
  if (problem !== null) return fault(`hub.secret ${problem}`);
  if (mode === "unsubscribe") return { leaseSeconds: undefined, secret };
  const wish = optional(form, "hub.lease_seconds");
  const leaseSeconds = wish === undefined ? undefined : leaseWish(wish);
  if (wish !== undefined && leaseSeconds === undefined) {
    return fault("hub.lease_seconds is not a positive whole number of seconds");
  }
  return { leaseSeconds, secret };
}

function topicOf(topic: string, { egress, baseUrl }: { egress: EgressPolicy; baseUrl: string }): string {
  // Our own topics are never fetched, wherever this hub runs.
  const isOwn = topic.startsWith(`${baseUrl}/`) && !CONTROL.test(topic) && URL.canParse(topic);
  if (isOwn) return topic;
  return urlOf(topic, "hub.topic", egress);
}

/**
 * A callback that may be called.
 *
 * @throws never: a fault names the field.
 */
const callbackOf = (callback: string, field: string, egress: EgressPolicy): string =>
  urlOf(callback, field, egress);

function urlOf(url: string, field: string, egress: EgressPolicy): string {
  try {
    checkUrl(url, egress);
    return url;
  } catch (error) {
    if (!(error instanceof HookclockError)) throw error;
    return fault(error.message.replace(FIELD, `${field}: `));
  }
}

/** Both together have to fit into the URL of the intent check. */
function checkTogether(topic: string, callback: string): void {
  const asked = { topic, callback, mode: "unsubscribe", leaseSeconds: 0 } as const;
  if (Buffer.byteLength(verificationUrl(asked, SAMPLE_CHALLENGE)) > LIMITS.urlBytesMax) {
    fault("hub.topic and hub.callback are too long together");
  }
}

/** Both names are in use, and several values too. */
function pingedTopics({ fields }: Form): readonly string[] {
  const given = [...(fields.get("hub.url") ?? []), ...(fields.get("hub.topic") ?? [])];
  const topics = [...new Set(given.filter((topic) => topic !== ""))];
  if (topics.length === 0) return fault("hub.url is missing: it names the topic that changed");
  if (topics.length > PINGED_TOPICS_MAX)
    return fault(`hub.url names ${topics.length} topics; allowed are ${PINGED_TOPICS_MAX} at most`);
  for (const topic of topics) {
    if (!/^https?:\/\//i.test(topic) || !URL.canParse(topic)) {
      return fault("hub.url is not an absolute http: or https: URL");
    }
  }
  return topics;
}

function optional(form: Form, name: string): string | undefined {
  const value = oneOf(form, name);
  return typeof value === "object" ? fault(value.problem) : value;
}

const required = (form: Form, name: string): string => optional(form, name) ?? fault(`${name} is missing`);
