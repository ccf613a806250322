// What callers hand in about WebSub, as far as it has to be known here: what goes into the address of a request. The rest
// is the API's to judge, which asks the same library.
import { check, namespaceField, refuse } from "@hookclock/core";
import { newHandler, newSubscription } from "hookclock";
import * as z from "zod";

const consumerName = newHandler.shape.consumer;
const subscriptionId = newSubscription.shape.id.unwrap();
const start = z.string().min(1).max(4_096).optional();
const limit = z.number().int().min(1).max(1_000).default(100);
const list = { namespace: namespaceField, limit, startKey: start };

export const websubSchemas = {
  namespace: z.strictObject({ namespace: namespaceField }),
  /** Whatever else there is stays in it. */
  inNamespace: z.looseObject({ namespace: namespaceField }),
  // Not strict: a whole subscription, or consumer, is a fine key.
  subscriptionKey: z.object({ namespace: namespaceField, id: subscriptionId }),
  consumerKey: z.object({ namespace: namespaceField, name: consumerName }),
  toConsumer: z.looseObject({ namespace: namespaceField, consumer: consumerName }),
  rotate: z.strictObject({
    namespace: namespaceField,
    name: consumerName,
    secret: z.string().optional(),
    oldSecretMs: z.number().optional(),
  }),
  unlink: z.strictObject({ namespace: namespaceField, source: z.unknown(), id: consumerName }),
  replayKey: z.strictObject({ namespace: namespaceField, id: z.string().min(1) }),
  consumers: z.strictObject(list),
  subscriptions: z.strictObject({ ...list, state: z.string().optional() }),
  handlers: z.strictObject({ ...list, source: z.unknown().optional(), consumer: consumerName.optional() }),
  hubSubscriptions: z.strictObject({ ...list, topic: z.string().optional() }),
};

const sourceSchema = z.union([
  z.strictObject({ subscription: z.string().min(1) }),
  z.strictObject({ event: z.string().min(1) }),
]);
const SOURCES =
  'either {"subscription": its id} or {"event": a dotted topic such as "orders.paid", "orders.*" or "*"}';

/** The source of messages as an address says it. */
export function sourceQuery(source: unknown): { subscription?: string; event?: string } {
  const result = sourceSchema.safeParse(source);
  return result.success ? result.data : refuse("source", source, SOURCES);
}

/** A part of an address cannot be empty. */
export function checkTopic(topic: unknown): string {
  const { topic: text } = check(z.object({ topic: z.string().min(1) }), { topic }, "content");
  return text;
}

/** What a header can carry: the API would never see anything else. */
export function checkContentType(contentType: unknown): string {
  if (typeof contentType === "string" && /^[\x21-\x7e][\x20-\x7e]*$/.test(contentType)) return contentType;
  return refuse(
    "contentType",
    contentType,
    'a media type such as "application/json", at most 255 characters',
  );
}
