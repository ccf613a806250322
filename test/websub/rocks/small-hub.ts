// The smallest hub that does everything right, for trying out the driver and the foreign peers. Its habits can be spoilt
// one by one.
import { type Answer, type ReceivedRequest, startReceiver } from "@hookclock/testkit";
import { ask, isSuccess, type MaybeAnswer } from "./client.ts";
import { sign } from "./sign.ts";
import { randomToken } from "./site.ts";

type Subscription = { topic: string; callback: string; secret: string | null };
type Content = { type: string; bytes: Buffer };

export type HubHabits = {
  answer: (form: URLSearchParams) => number;
  verifies: boolean;
  question: (query: URLSearchParams, form: URLSearchParams) => void;
  /** Under which name a subscription is kept: the same name replaces it. */
  nameOf: (subscription: Subscription) => string;
  unsubscribes: boolean;
  delivers: boolean;
  body: (content: Content) => Buffer;
  contentType: (type: string) => string;
  link: (hub: string, topic: string) => string | null;
  signature: (secret: string | null, body: Buffer) => string | null;
};

export const RIGHT_HUB: HubHabits = {
  answer: (form) => (form.get("hub.mode") === "publish" ? 204 : 202),
  verifies: true,
  question: () => {},
  nameOf: ({ topic, callback }) => `${topic} ${callback}`,
  unsubscribes: true,
  delivers: true,
  body: ({ bytes }) => bytes,
  contentType: (type) => type,
  link: (hub, topic) => `<${hub}>; rel="hub", <${topic}>; rel="self"`,
  signature: (secret, body) => (secret === null ? null : sign("sha256", secret, body)),
};

export type Delivery = { topic: string; callback: string; status: number | null };
export type SmallHub = AsyncDisposable & {
  url: string;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
  /** To all subscribers of a topic that has no page. */
  publish(topic: string, contentType: string, bytes: Buffer): Promise<void>;
  subscriptions(): { topic: string; callback: string }[];
  /** Forms that came in, in order. */
  requests: URLSearchParams[];
  deliveries: Delivery[];
};

const withQuery = (url: string, query: URLSearchParams): string =>
  `${url}${url.includes("?") ? "&" : "?"}${query.toString()}`;

const fetchTopic = async (topic: string): Promise<Content | null> => {
  const answer = await fetch(topic).catch(() => null);
  if (answer?.ok !== true) return null;
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { type: answer.headers.get("content-type") ?? "application/octet-stream", bytes };
};

/** Keeps count of what is under way. */
const track = () => {
  const running = new Set<Promise<unknown>>();
  return {
    start: (work: Promise<unknown>): void => {
      running.add(work);
      void work.finally(() => running.delete(work));
    },
    settled: async (): Promise<void> => {
      while (running.size > 0) await Promise.all(running);
    },
  };
};

export const startSmallHub = async (spoilt: Partial<HubHabits> = {}): Promise<SmallHub> => {
  const habits = { ...RIGHT_HUB, ...spoilt };
  const kept = new Map<string, Subscription>();
  const requests: URLSearchParams[] = [];
  const deliveries: Delivery[] = [];
  const { start, settled } = track();

  const verify = async (form: URLSearchParams): Promise<void> => {
    const subscription = {
      topic: form.get("hub.topic") ?? "",
      callback: form.get("hub.callback") ?? "",
      secret: form.get("hub.secret"),
    };
    const mode = form.get("hub.mode") ?? "";
    const challenge = randomToken();
    const query = new URLSearchParams({
      "hub.mode": mode,
      "hub.topic": subscription.topic,
      "hub.challenge": challenge,
      ...(mode === "subscribe" ? { "hub.lease_seconds": "864000" } : {}),
    });
    habits.question(query, form);
    const answer = await ask({ method: "GET", url: withQuery(subscription.callback, query) });
    if (answer === null || !isSuccess(answer.status) || answer.body.toString() !== challenge) return;
    if (mode === "subscribe") kept.set(habits.nameOf(subscription), subscription);
    else if (habits.unsubscribes) kept.delete(habits.nameOf(subscription));
  };

  const deliver = ({ topic, callback, secret }: Subscription, content: Content): Promise<MaybeAnswer> => {
    const body = habits.body(content);
    const link = habits.link(url, topic);
    const signature = habits.signature(secret, body);
    const headers = {
      "content-type": habits.contentType(content.type),
      ...(link === null ? {} : { link }),
      ...(signature === null ? {} : { "x-hub-signature": signature }),
    };
    return ask({ method: "POST", url: callback, headers, body });
  };

  const distribute = async (topic: string, content: Content): Promise<void> => {
    const subscribers = [...kept.values()].filter((one) => one.topic === topic && habits.delivers);
    await Promise.all(
      subscribers.map(async (subscriber) => {
        const status = (await deliver(subscriber, content))?.status ?? null;
        deliveries.push({ topic, callback: subscriber.callback, status });
      }),
    );
  };
  const update = async (topic: string): Promise<void> => {
    const content = await fetchTopic(topic);
    if (content !== null) await distribute(topic, content);
  };

  const onForm = (request: ReceivedRequest): Answer => {
    const form = new URLSearchParams(request.body.toString());
    requests.push(form);
    const status = habits.answer(form);
    if (!isSuccess(status)) return status;
    if (form.get("hub.mode") !== "publish") {
      if (habits.verifies) start(verify(form));
      return status;
    }
    for (const topic of [...form.getAll("hub.url"), ...form.getAll("hub.topic")]) start(update(topic));
    return status;
  };

  const receiver = await startReceiver(onForm);
  const url = `${receiver.url}/hub`;
  return {
    url,
    settled,
    publish: (topic, contentType, bytes) => distribute(topic, { type: contentType, bytes }),
    subscriptions: () => [...kept.values()].map(({ topic, callback }) => ({ topic, callback })),
    requests,
    deliveries,
    [Symbol.asyncDispose]: async () => {
      await settled();
      await receiver.close();
    },
  };
};
