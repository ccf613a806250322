// The site as hub for a subscriber under test: it verifies while the subscriber's own request is still open.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { BLOG_RULES, makeTopic, type Topic } from "./blog-topic.ts";
import { ask, isSuccess } from "./client.ts";
import { sign } from "./sign.ts";
import { type Page, randomToken, type Site, type Visit } from "./site.ts";
import { createTrail, type Trail } from "./trail.ts";

export type BlogEvent =
  | { type: "discovered"; method: string }
  | { type: "refused"; error: string; detail: string }
  | { type: "verified"; mode: string; detail: string }
  /** Asked about a topic that it does not want, the subscriber said so. */
  | { type: "disagreed"; detail: string };
type Subscription = { callback: string; secret: string | null; isActive: boolean };
export type Delivered = { callback: string; status: number | null };

export type BlogRoom = {
  topic: Topic;
  trail: Trail<BlogEvent>;
  /** A new post, sent to every active subscriber; who does not take it, is none any more. */
  publish(): Promise<Delivered[]>;
};

const LEASE_SECONDS = 86_400;
const SECRET_BYTES_MAX = 200;

const formOf = ({ headers, body }: Visit): URLSearchParams =>
  new URLSearchParams(
    (headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded") ? body.toString() : "",
  );

/** The suite refuses IP literals too; on one machine callbacks are hardly anything else. */
const isCallback = async (callback: string): Promise<boolean> => {
  const url = URL.parse(callback);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return false;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(host) !== 0 || lookup(host).then(Boolean, () => false);
};

/** The first thing wrong with a subscription request, if any. */
const requestFault = async (
  form: URLSearchParams,
  topic: Topic,
  needsSecret: boolean,
): Promise<string | null> => {
  const mode = form.get("hub.mode");
  const callback = form.get("hub.callback") ?? "";
  const asked = form.get("hub.topic") ?? "";
  const secret = form.get("hub.secret") ?? "";
  if (mode !== "subscribe" && mode !== "unsubscribe") return "invalid_mode";
  if (callback === "" || asked === "") return "missing_params";
  if (!(await isCallback(callback))) return "invalid_callback";
  if (asked !== topic.self) return "invalid_topic";
  if (Buffer.byteLength(secret) > SECRET_BYTES_MAX) return "invalid_secret";
  return needsSecret && mode === "subscribe" && secret === "" ? "missing_secret" : null;
};

const SIGN = {
  right: (secret: string, body: Buffer) => sign("sha256", secret, body),
  "too long": (secret: string, body: Buffer) => `${sign("sha256", secret, body)}beef`,
  unsigned: () => null,
};

type Question = { callback: string; mode: string; topic: string };

/** Asks the subscriber for its intent. Its answer, and whether it agreed. */
const verify = async ({ callback, mode, topic }: Question) => {
  const challenge = randomToken();
  const query = new URLSearchParams({
    "hub.mode": mode,
    "hub.topic": topic,
    "hub.challenge": challenge,
    "hub.lease_seconds": String(LEASE_SECONDS),
  });
  const url = `${callback}${callback.includes("?") ? "&" : "?"}${query.toString()}`;
  const answer = await ask({ method: "GET", url });
  const isAgreed = answer !== null && isSuccess(answer.status) && answer.body.toString() === challenge;
  return { status: answer?.status ?? null, isAgreed };
};

/** Opens a topic and its hub for one test. */
export const openBlogRoom = (site: Site, test: number): BlogRoom => {
  const rules = BLOG_RULES[test] ?? { format: "html", linksIn: ["headers"] };
  const trail = createTrail<BlogEvent>();
  const subscriptions = new Map<string, Subscription>();

  const refuse = (error: string, status = 400, detail = ""): Page => {
    trail.add({ type: "refused", error, detail });
    return { status, headers: { "content-type": "text/plain" }, body: error };
  };

  const askAboutOther = async (callback: string): Promise<Page> => {
    const question = { callback, mode: "subscribe", topic: `${topic.self}?invalid` };
    const { status } = await verify(question);
    if (status !== 404) return refuse("invalid_topic_not_refused", 400, `answered ${status}`);
    trail.add({ type: "disagreed", detail: "404" });
    return { status: 400, body: "verification_failed" };
  };

  const onForm = async (form: URLSearchParams): Promise<Page> => {
    const fault = await requestFault(form, topic, rules.secret !== undefined);
    if (fault !== null) return refuse(fault);
    const callback = form.get("hub.callback") ?? "";
    const mode = form.get("hub.mode") ?? "";
    const known = subscriptions.get(callback);
    if (mode === "unsubscribe" && known === undefined) return refuse("invalid_subscription", 404);
    if (rules.asksAboutOther === true) return askAboutOther(callback);
    // A renewal does not change the secret.
    const subscription = known ?? { callback, secret: form.get("hub.secret") || null, isActive: false };
    subscriptions.set(callback, subscription);
    const { status, isAgreed } = await verify({ callback, mode, topic: topic.self });
    if (!isAgreed) return refuse("verification_failed", 400, `the callback answered ${status}`);
    subscription.isActive = mode === "subscribe";
    trail.add({ type: "verified", mode, detail: String(status) });
    return { status: 202 };
  };

  const onHub = (visit: Visit): Page | Promise<Page> => {
    if (!trail.events.some(({ type }) => type === "discovered")) return { status: 404 };
    if (visit.query.get("error") === "wrongtag") return refuse("wrong_discovery_priority");
    if (rules.hubRedirect !== undefined && visit.query.get("redirect") === "true") {
      return { status: rules.hubRedirect, headers: { location: topic.hub } };
    }
    return visit.method === "POST" ? onForm(formOf(visit)) : refuse("not_a_post", 405);
  };

  const url = site.open(`blog/${test}`, (visit) => (visit.rest === "hub" ? onHub(visit) : topic.page(visit)));
  const topic = makeTopic(url, rules, (method) => trail.add({ type: "discovered", method }));

  const deliver = async (subscription: Subscription): Promise<Delivered> => {
    const { callback, secret } = subscription;
    const body = topic.body();
    const signature = secret === null ? null : SIGN[rules.secret ?? "right"](secret, body);
    const headers = {
      // Whatever the topic's own type is.
      "content-type": "text/html",
      link: `<${topic.self}>; rel="self", <${topic.hub}>; rel="hub"`,
      ...(signature === null ? {} : { "x-hub-signature": signature }),
    };
    const answer = await ask({ method: "POST", url: callback, headers, body });
    subscription.isActive = answer !== null && isSuccess(answer.status);
    return { callback, status: answer?.status ?? null };
  };
  const publish = (): Promise<Delivered[]> => {
    topic.addPost();
    return Promise.all([...subscriptions.values()].filter(({ isActive }) => isActive).map(deliver));
  };
  return { topic, trail, publish };
};
