// Subscriptions, consumers, handlers and what the hub has, as answers show them.

// Gives schemas their method `openapi`.
import "@hono/zod-openapi";
import type {
  Consumer,
  ConsumersStats,
  HubSubscription,
  LinkedHandler,
  MessageFilter,
  Replay,
  ShownConsumer,
  Subscription,
} from "hookclock";
import * as z from "zod";
import { agrees, type Same } from "./same-type.ts";
import { instant } from "./task.ts";

const count = z.number().int().min(0);

export const SUBSCRIPTION_STATES = [
  "pending",
  "active",
  "renewing",
  "polling",
  "unsubscribing",
  "denied",
  "expired",
  "unsubscribed",
  "failed",
] as const;
const state = z.enum(SUBSCRIPTION_STATES);

export const subscriptionSchema = z
  .object({
    namespace: z.string(),
    id: z.string(),
    url: z.string().describe("What was subscribed to: a page, a feed or a topic."),
    topic: z.string().nullable().describe("What was found there; null until then."),
    hub: z.string().nullable(),
    state,
    stateDate: instant.describe("Since when it is in this state."),
    createdDate: instant,
    leaseSeconds: count.describe("What is asked for."),
    lease: z
      .object({ leaseSeconds: count, confirmedDate: instant, renewDate: instant, expiresDate: instant })
      .nullable()
      .describe("What the hub agreed to."),
    request: z
      .object({
        mode: z.enum(["subscribe", "unsubscribe"]),
        begunDate: instant,
        acceptedDate: instant.nullable(),
        tries: count,
      })
      .nullable()
      .describe("What is under way at the hub."),
    signed: z.boolean().describe("Whether content has to be signed."),
    poll: z
      .object({
        everySeconds: count,
        lookedDate: instant.nullable(),
        contents: count.describe("Different contents that were seen."),
      })
      .nullable(),
    lastError: z.object({ date: instant, error: z.string(), message: z.string() }).nullable(),
    pushes: z.object({
      received: count,
      refused: count,
      lastDate: instant.nullable(),
      lastRefusal: z.object({ date: instant, message: z.string() }).nullable(),
    }),
    history: z.array(z.object({ state, date: instant })).describe("The latest changes, oldest first."),
  })
  .openapi("Subscription");
agrees<Same<z.output<typeof subscriptionSchema>, Subscription>>();

export const consumerSchema = z
  .object({
    namespace: z.string(),
    name: z.string(),
    type: z.enum(["http", "slack", "log"]),
    enabled: z.boolean(),
    disabled: z
      .object({ date: instant, reason: z.enum(["gone", "failures", "by-hand"]), message: z.string() })
      .nullable(),
    url: z.string().nullable().describe("Without what may be a secret."),
    format: z.enum(["envelope", "raw"]).nullable(),
    headers: z.record(z.string(), z.string()).describe("Values that may be secrets are `[redacted]`."),
    signing: z.object({ secrets: count, oldSecretEndsDate: instant.nullable() }),
    disableAfter: count.describe("Failed deliveries in a row that disable it; 0 is never."),
    retry: z.object({ limit: count, baseMs: z.number(), maxMs: z.number() }),
    timeoutMs: z.number(),
    createdDate: instant,
    updatedDate: instant,
  })
  .openapi("Consumer");
agrees<Same<z.output<typeof consumerSchema>, Consumer>>();

export const shownConsumerSchema = z.union([
  consumerSchema,
  z
    .object({
      ...{ namespace: z.string(), name: z.string(), type: z.null(), enabled: z.literal(false) },
      problem: z.string().describe("Why it cannot be read. It can be deleted and made anew."),
    })
    .openapi("UnreadableConsumer"),
]);
agrees<Same<z.output<typeof shownConsumerSchema>, ShownConsumer>>();

export const savedConsumerSchema = z.object({
  consumer: consumerSchema,
  secret: z.string().nullable().describe("The signing secret, when one was made: shown this once."),
});

const sourceSchema = z.union([
  z.strictObject({ subscription: z.string() }),
  z.strictObject({ event: z.string() }),
]);

export const handlerSchema = z
  .object({
    namespace: z.string(),
    id: z.string().describe("Unique among the handlers of its source."),
    source: sourceSchema,
    consumer: z.string(),
    exact: z.boolean(),
    filter: z
      .custom<MessageFilter>((value) => typeof value === "object")
      .nullable()
      .openapi({ type: ["object", "null"] }),
    template: z.string().nullable(),
    description: z.string().nullable(),
    createdDate: instant,
    updatedDate: instant,
  })
  .openapi("Handler");
agrees<Same<z.output<typeof handlerSchema>, LinkedHandler>>();

export const hubSubscriptionSchema = z
  .object({
    id: z.string().describe("Names it among those of its topic."),
    topic: z.string(),
    callback: z.string().describe("Without the values of its query, and without the token of our own ones."),
    state: z.enum(["pending", "active", "renewing", "over"]),
    exact: z.boolean().describe("Of dotted topics: only events of the topic itself."),
    isSigned: z.boolean(),
    leaseSeconds: count.nullable(),
    verifiedDate: instant.nullable(),
    expiresDate: instant.nullable(),
    requestedDate: instant.nullable(),
    endedDate: instant.nullable(),
    endReason: z.enum(["unsubscribed", "denied", "gone", "expired", "not-confirmed"]).nullable(),
    lastError: z.object({ message: z.string(), date: instant }).nullable(),
  })
  .openapi("HubSubscription");
agrees<Same<z.output<typeof hubSubscriptionSchema>, HubSubscription>>();

export const replaySchema = z
  .object({
    namespace: z.string(),
    id: z.string(),
    consumer: z.string(),
    state: z
      .enum(["running", "done", "stopped"])
      .describe("`stopped`: the consumer was disabled or deleted."),
    from: instant,
    to: instant,
    include: z.enum(["failed", "all"]),
    ratePerSecond: count,
    total: count,
    retried: count,
    startedDate: instant,
    endedDate: instant.nullable(),
  })
  .openapi("Replay");
agrees<Same<z.output<typeof replaySchema>, Replay>>();

export const deliveryStatsSchema = z
  .object({
    namespace: z.string(),
    consumers: z.array(
      z.object({
        name: z.string(),
        type: z
          .enum(["http", "slack", "log", "unreadable"])
          .nullable()
          .describe("Null: messages wait, and it is not there. `unreadable`: its row cannot be read."),
        enabled: z.boolean(),
        handlers: count,
        failuresInARow: count,
        deliveries: z.object({ waiting: count, delivered: count, failed: count, suspended: count }),
      }),
    ),
    complete: z.boolean().describe("False when there are more deliveries than were counted."),
  })
  .openapi("DeliveryStats");
agrees<Same<z.output<typeof deliveryStatsSchema>, ConsumersStats>>();
