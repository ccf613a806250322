// What the API answers about WebSub, looked at before it is believed: envelopes closely, things by what marks them as such.
import type {
  Consumer,
  ConsumersStats,
  HubSubscription,
  LinkedHandler,
  Replay,
  ShownConsumer,
  Subscription,
} from "hookclock";
import * as z from "zod";

const texts = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === "object" &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === "string");

const subscription = z.custom<Subscription>(
  (value) => texts(value, "namespace", "id", "url", "state"),
  "a subscription",
);
const consumer = z.custom<Consumer>((value) => texts(value, "namespace", "name", "type"), "a consumer");
const shownConsumer = z.custom<ShownConsumer>(
  (value) => texts(value, "namespace", "name", "type") || texts(value, "namespace", "name", "problem"),
  "a consumer",
);
const handler = z.custom<LinkedHandler>(
  (value) => texts(value, "namespace", "id", "consumer"),
  "a handler of a source",
);
const hubSubscription = z.custom<HubSubscription>(
  (value) => texts(value, "id", "topic", "callback", "state"),
  "a subscription at the hub",
);
const count = z.number().int().min(0);
const replay = z.custom<Replay>(
  (value) =>
    texts(value, "id", "consumer", "state") &&
    z.object({ total: count, retried: count }).safeParse(value).success,
  "a replay",
);
const stats = z.custom<ConsumersStats>(
  (value) =>
    texts(value, "namespace") &&
    z
      .object({ consumers: z.array(z.object({ name: z.string(), deliveries: z.record(z.string(), count) })) })
      .safeParse(value).success,
  "counts by consumer",
);

const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().min(1).nullable() });

export const websubAnswers = {
  ...{ subscription, consumer, shownConsumer, handler, replay, stats },
  subscriptions: pageOf(subscription),
  consumers: pageOf(shownConsumer),
  handlers: pageOf(handler),
  hubSubscriptions: pageOf(hubSubscription),
  saved: z.object({ consumer, secret: z.string().nullable() }),
  told: z.object({
    id: z.string(),
    taskId: z.string(),
    consumer: z.enum(["enabled", "disabled", "missing"]),
  }),
  replayStarted: z.object({ id: z.string().nullable(), count }),
  published: z.object({ id: z.string() }),
  denied: z.object({ denied: z.literal(true) }),
};
