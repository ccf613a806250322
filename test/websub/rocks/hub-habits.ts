// What a small hub does at each turn: the right habits, to be spoilt one by one.
import { isSuccess, type MaybeAnswer } from "./client.ts";
import { sign } from "./sign.ts";

export type Subscription = { topic: string; callback: string; secret: string | null };
export type Content = { type: string; bytes: Buffer };

export type HubHabits = {
  /** What is wrong with a form, in words. */
  refusal: (form: URLSearchParams) => string | null;
  answer: (form: URLSearchParams) => number;
  verifies: boolean;
  question: (query: URLSearchParams, form: URLSearchParams) => void;
  agrees: (answer: MaybeAnswer, challenge: string) => boolean;
  /** The subscription in force, when a pair that has one is verified again. */
  renew: (before: Subscription, after: Subscription) => Subscription;
  redirectsMax: number;
  /** Under which name a subscription is kept: the same name replaces it. */
  nameOf: (subscription: Subscription) => string;
  unsubscribes: boolean;
  delivers: boolean;
  /** Whether a delivery that was answered so ends the subscription. */
  ends: (status: number | null) => boolean;
  /** Topics that nobody is subscribed to as well. */
  fetchesAll: boolean;
  body: (content: Content) => Buffer;
  contentType: (type: string) => string;
  link: (hub: string, topic: string) => string | null;
  signature: (secret: string | null, body: Buffer) => string | null;
};

const SECRET_BYTES_LIMIT = 200;

const isWebUrl = (url: string | null): boolean => /^https?:\/\//.test(url ?? "") && URL.canParse(url ?? "");

export const refusalOf = (form: URLSearchParams): string | null => {
  const mode = form.get("hub.mode");
  if (mode === "publish") return null;
  if (mode !== "subscribe" && mode !== "unsubscribe") return "hub.mode is not known";
  if (!isWebUrl(form.get("hub.topic"))) return "hub.topic is no URL";
  if (!isWebUrl(form.get("hub.callback"))) return "hub.callback is no URL";
  const isLong = Buffer.byteLength(form.get("hub.secret") ?? "") >= SECRET_BYTES_LIMIT;
  return isLong ? "hub.secret is too long" : null;
};

export const RIGHT_HUB: HubHabits = {
  refusal: refusalOf,
  answer: (form) => (form.get("hub.mode") === "publish" ? 204 : 202),
  verifies: true,
  question: () => {},
  agrees: (answer, challenge) =>
    answer !== null && isSuccess(answer.status) && answer.body.toString() === challenge,
  renew: (_, after) => after,
  redirectsMax: 0,
  nameOf: ({ topic, callback }) => `${topic} ${callback}`,
  unsubscribes: true,
  delivers: true,
  ends: (status) => status === 410,
  fetchesAll: false,
  body: ({ bytes }) => bytes,
  contentType: (type) => type,
  link: (hub, topic) => `<${hub}>; rel="hub", <${topic}>; rel="self"`,
  signature: (secret, body) => (secret === null ? null : sign("sha256", secret, body)),
};
