// The smallest subscriber that does everything right, for trying out the driver. Its habits can be spoilt one by one.
import { type Answer, type ReceivedRequest, startReceiver } from "@hookclock/testkit";
import { targetsOf } from "./link-header.ts";
import { sign } from "./sign.ts";
import { randomToken } from "./site.ts";

type Subscription = { topic: string; secret: string | null };
type Found = { hub: string | undefined; self: string | undefined };
type Page = { url: string; links: string[]; text: string };
export type Verdict = "unsigned" | "right" | "wrong" | "missing";

export type SubscriberHabits = {
  readsFirst: "GET" | "HEAD";
  /** Ways of discovery, the preferred one first. */
  discovers: readonly ((page: Page) => Found)[];
  followsTopic: boolean;
  topic: (page: Page, self: string) => string;
  form: (form: URLSearchParams) => void;
  formType: string;
  /** Of the request to the hub: what a redirect does to it. */
  hubRedirect: "keep" | "turn into GET" | "ignore";
  isRemembered: "before" | "after";
  /** What the intent check is answered with: first when agreed, then when not. */
  agree: (challenge: string) => Answer;
  disagree: Answer;
  checksTopic: boolean;
  receive: (verdict: Verdict) => number;
};

const tag = (text: string, rel: string): string | undefined =>
  new RegExp(`<(?:atom:)?link rel="${rel}" href="([^"]*)"`).exec(text)?.[1]?.replaceAll("&amp;", "&");

export const inHeaders = ({ links }: Page): Found => ({
  hub: targetsOf(links, "hub")[0],
  self: targetsOf(links, "self")[0],
});
export const inMarkup = ({ text }: Page): Found => ({ hub: tag(text, "hub"), self: tag(text, "self") });
/** Markup of one format alone. */
export const inFormat =
  (start: string) =>
  (page: Page): Found =>
    page.text.includes(start) ? inMarkup(page) : { hub: undefined, self: undefined };

export const RIGHT_SUBSCRIBER: SubscriberHabits = {
  readsFirst: "GET",
  discovers: [inHeaders, inMarkup],
  followsTopic: true,
  topic: (_, self) => self,
  form: () => {},
  formType: "application/x-www-form-urlencoded",
  hubRedirect: "keep",
  isRemembered: "before",
  agree: (body) => ({ body, headers: { "content-type": "text/plain" } }),
  disagree: 404,
  checksTopic: true,
  receive: (verdict) => (verdict === "unsigned" || verdict === "right" ? 200 : 403),
};

const read = async (url: string, method: "GET" | "HEAD", habits: SubscriberHabits): Promise<Page> => {
  const answer = await fetch(url, { method, redirect: habits.followsTopic ? "follow" : "manual" });
  const link = answer.headers.get("link");
  return { url, links: link === null ? [] : [link], text: await answer.text() };
};

const discover = async (url: string, habits: SubscriberHabits) => {
  for (const method of new Set([habits.readsFirst, "GET"] as const)) {
    const page = await read(url, method, habits);
    for (const { hub, self } of habits.discovers.map((way) => way(page))) {
      if (hub !== undefined && self !== undefined) return { hub, topic: habits.topic(page, self) };
    }
  }
  throw new Error(`${url} names no hub`);
};

const postToHub = async (hub: string, form: URLSearchParams, habits: SubscriberHabits): Promise<void> => {
  const headers = { "content-type": habits.formType };
  const post = (url: string) =>
    fetch(url, { method: "POST", headers, body: form.toString(), redirect: "manual" });
  const first = await post(hub);
  const location = first.headers.get("location");
  const answer =
    location === null || habits.hubRedirect === "ignore"
      ? first
      : await (habits.hubRedirect === "keep" ? post(location) : fetch(location));
  if (!answer.ok) throw new Error(`the hub answered ${answer.status}`);
};

export const startSmallSubscriber = async (spoilt: Partial<SubscriberHabits> = {}) => {
  const habits = { ...RIGHT_SUBSCRIBER, ...spoilt };
  const subscriptions = new Map<string, Subscription>();

  const onCheck = (subscription: Subscription | undefined, query: URLSearchParams): Answer => {
    const isWanted = habits.checksTopic ? subscription?.topic === query.get("hub.topic") : true;
    return isWanted && subscription !== undefined
      ? habits.agree(query.get("hub.challenge") ?? "")
      : habits.disagree;
  };
  const verdictOn = ({ secret }: Subscription, { headers, body }: ReceivedRequest): Verdict => {
    if (secret === null) return "unsigned";
    const signature = headers["x-hub-signature"];
    if (signature === undefined) return "missing";
    return signature === sign("sha256", secret, body) ? "right" : "wrong";
  };
  const receiver = await startReceiver((request): Answer => {
    const url = new URL(request.url, receiver.url);
    const subscription = subscriptions.get(url.pathname.slice(1));
    if (request.method === "GET") return onCheck(subscription, url.searchParams);
    return subscription === undefined ? 404 : habits.receive(verdictOn(subscription, request));
  });

  const subscribe = async (url: string, { secret: wantsSecret }: { secret: boolean }): Promise<void> => {
    const { hub, topic } = await discover(url, habits);
    const name = randomToken();
    const secret = wantsSecret ? randomToken() : null;
    const remember = () => void subscriptions.set(name, { topic, secret });
    if (habits.isRemembered === "before") remember();
    const form = new URLSearchParams({
      "hub.mode": "subscribe",
      "hub.topic": topic,
      "hub.callback": `${receiver.url}/${name}?kept=this`,
      ...(secret === null ? {} : { "hub.secret": secret }),
    });
    habits.form(form);
    await postToHub(hub, form, habits);
    remember();
  };
  return { subscribe, isDoneAtOnce: true, [Symbol.asyncDispose]: () => receiver.close() };
};
