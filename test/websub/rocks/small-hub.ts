// The smallest hub that does everything right, for trying out the drivers and the foreign peers. Its habits can be spoilt.
import { type Answer, type ReceivedRequest, startReceiver } from "@hookclock/testkit";
import { ask, isSuccess, type MaybeAnswer } from "./client.ts";
import { type Content, type HubHabits, RIGHT_HUB, type Subscription } from "./hub-habits.ts";
import { randomToken } from "./site.ts";

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

/** Sends content to the subscribers of a topic, and keeps what they answered. */
const makeDistribution = (
  habits: HubHabits,
  kept: Map<string, Subscription>,
  deliveries: Delivery[],
  url: () => string,
) => {
  const deliver = ({ topic, callback, secret }: Subscription, content: Content): Promise<MaybeAnswer> => {
    const body = habits.body(content);
    const link = habits.link(url(), topic);
    const signature = habits.signature(secret, body);
    const headers = {
      "content-type": habits.contentType(content.type),
      ...(link === null ? {} : { link }),
      ...(signature === null ? {} : { "x-hub-signature": signature }),
    };
    return ask({ method: "POST", url: callback, headers, body }, habits.redirectsMax);
  };

  return async (topic: string, content: Content): Promise<void> => {
    const subscribers = [...kept.values()].filter((one) => one.topic === topic && habits.delivers);
    await Promise.all(
      subscribers.map(async (subscriber) => {
        const status = (await deliver(subscriber, content))?.status ?? null;
        deliveries.push({ topic, callback: subscriber.callback, status });
        if (habits.ends(status)) kept.delete(habits.nameOf(subscriber));
      }),
    );
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
    const url = withQuery(subscription.callback, query);
    const answer = await ask({ method: "GET", url }, habits.redirectsMax);
    if (!habits.agrees(answer, challenge)) return;
    const name = habits.nameOf(subscription);
    const before = kept.get(name);
    if (mode === "subscribe") kept.set(name, before ? habits.renew(before, subscription) : subscription);
    else if (habits.unsubscribes) kept.delete(name);
  };

  const distribute = makeDistribution(habits, kept, deliveries, () => url);
  const update = async (topic: string): Promise<void> => {
    if (!habits.fetchesAll && ![...kept.values()].some((one) => one.topic === topic)) return;
    const content = await fetchTopic(topic);
    if (content !== null) await distribute(topic, content);
  };

  const onForm = (request: ReceivedRequest): Answer => {
    const form = new URLSearchParams(request.body.toString());
    requests.push(form);
    const refusal = habits.refusal(form);
    if (refusal !== null) return { status: 400, body: refusal };
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
