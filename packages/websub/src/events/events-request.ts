// A form posted to the subscriptions of dotted topics: its checks, in their order, and the bodies of its refusals.
import { checkUrl, type EgressPolicy, HookclockError } from "@hookclock/core";
import { type Form, oneOf } from "../hub/form.ts";
import { leaseWish } from "../hub/lease.ts";
import type { WebReply } from "../ports.ts";
import { secretProblem } from "../signature.ts";
import { normalTopic, topicProblem } from "./dotted-topic.ts";

export const EVENT_LEASE = { defaultSeconds: 432_000, minSeconds: 3_600, maxSeconds: 31_536_000 };

export type EventsRequest = {
  mode: "subscribe" | "unsubscribe";
  topic: string;
  callback: string;
  leaseSeconds: number;
  secret: string | null;
  /** Only events of the topic itself, not those below it. */
  exact: boolean;
};
/** One entry of the list that a refusal answers. */
export type EventsFault = { status: number; code: string; title: string; detail: string; source: string[] };
export type ParsedEventsRequest = { ok: true; request: EventsRequest } | { ok: false; fault: EventsFault };

const PHRASES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
};

const phraseOf = (status: number): string => PHRASES[status] ?? String(status);

/** The refusal as it goes over the wire: a list with one error, whose status is the phrase. */
export const refusalOf = (
  { status, ...fault }: EventsFault,
  headers: Readonly<Record<string, string>> = {},
): WebReply => ({
  status,
  headers: { "content-type": "application/json", "x-content-type-options": "nosniff", ...headers },
  body: JSON.stringify({ errors: [{ ...fault, status: phraseOf(status) }] }),
});

/** Errors without a name of their own: the phrase is all the title there is. */
export const generic = (status: number, detail: string, source: string[] = []): EventsFault => ({
  status,
  code: "generic-http-error",
  title: phraseOf(status),
  detail,
  source,
});
const badRequest = (code: string, title: string, detail: string, source: string): EventsFault => ({
  status: 400,
  ...{ code, title, detail },
  source: [source],
});

const REQUIRED = ["hub.callback", "hub.topic", "hub.mode"];

/** Checks in this order: what is missing, callback, topic, lease, mode; then what is our own: secret and `exact`. */
export function parseEventsRequest(form: Form, egress: EgressPolicy): ParsedEventsRequest {
  const fault = missing(form) ?? repeated(form);
  if (fault !== null) return { ok: false, fault };
  const value = (name: string): string => {
    const one = oneOf(form, name);
    return typeof one === "string" ? one : "";
  };
  const [callback, topic, mode] = [value("hub.callback"), value("hub.topic"), value("hub.mode")];
  const lease = leaseOf(value("hub.lease_seconds"), mode);
  const secret = value("hub.secret");
  const exact = EXACT[value("hub.exact").toLowerCase()];
  const problem =
    callbackFault(callback, egress) ??
    topicFault(topic) ??
    (typeof lease === "number" ? null : lease) ??
    modeFault(mode) ??
    secretFault(secret) ??
    exactFault(exact, topic);
  if (problem !== null) return { ok: false, fault: problem };
  return {
    ok: true,
    request: {
      mode: mode === "subscribe" ? "subscribe" : "unsubscribe",
      ...{ topic, callback, exact: exact === true },
      leaseSeconds: typeof lease === "number" ? lease : EVENT_LEASE.defaultSeconds,
      secret: secret === "" ? null : secret,
    },
  };
}

const EXACT: Readonly<Record<string, boolean>> = {
  "": false,
  "0": false,
  false: false,
  "1": true,
  true: true,
};

function missing(form: Form): EventsFault | null {
  const names = REQUIRED.filter((name) => oneOf(form, name) === undefined);
  if (names.length === 0) return null;
  return {
    status: 400,
    code: "missing-attributes-error",
    title: "Missing Attributes Error",
    detail: `Missing: ${names.join(", ")}`,
    source: names,
  };
}

/** A field with two different values: nobody can tell which one is meant. */
function repeated(form: Form): EventsFault | null {
  for (const name of [...REQUIRED, "hub.lease_seconds", "hub.secret", "hub.exact"]) {
    const value = oneOf(form, name);
    if (typeof value === "object") return generic(400, value.problem, [name]);
  }
  return null;
}

function callbackFault(callback: string, egress: EgressPolicy): EventsFault | null {
  try {
    checkUrl(callback, egress);
    return null;
  } catch (error) {
    if (!(error instanceof HookclockError)) throw error;
    const detail = error.message.replace(/^request\.url: /, "hub.callback: ");
    return badRequest(
      "callback-url-validation-error",
      "Callback URL Validation Error",
      detail,
      "hub.callback",
    );
  }
}

function topicFault(topic: string): EventsFault | null {
  const problem = topicProblem(topic);
  if (problem === null) return null;
  return badRequest("topic-validation-error", "Topic Validation Error", `hub.topic ${problem}`, "hub.topic");
}

/** Who leaves needs no lease. */
function leaseOf(text: string, mode: string): number | EventsFault {
  if (text === "" || mode === "unsubscribe") return EVENT_LEASE.defaultSeconds;
  const seconds = leaseWish(text);
  const { minSeconds, maxSeconds } = EVENT_LEASE;
  if (seconds !== undefined && seconds >= minSeconds && seconds <= maxSeconds) return seconds;
  return badRequest(
    "lease-seconds-validation-error",
    "Lease Seconds Validation Error",
    `hub.lease_seconds must be a whole number from ${minSeconds} to ${maxSeconds}`,
    "hub.lease_seconds",
  );
}

const modeFault = (mode: string): EventsFault | null =>
  mode === "subscribe" || mode === "unsubscribe"
    ? null
    : badRequest(
        "unknown-mode-error",
        "Unknown Mode Error",
        'hub.mode must be "subscribe" or "unsubscribe"',
        "hub.mode",
      );

function secretFault(secret: string): EventsFault | null {
  const problem = secret === "" ? null : secretProblem(secret);
  return problem === null ? null : generic(400, `hub.secret ${problem}`, ["hub.secret"]);
}

function exactFault(exact: boolean | undefined, topic: string): EventsFault | null {
  if (exact === undefined) return generic(400, 'hub.exact must be "true" or "false"', ["hub.exact"]);
  if (exact && topic.toUpperCase() !== normalTopic(topic)) {
    return generic(400, 'hub.exact cannot be true for a topic that ends in "*"', ["hub.exact"]);
  }
  return exact && topic === "*"
    ? generic(400, 'hub.exact cannot be true for a topic that ends in "*"', ["hub.exact"])
    : null;
}
