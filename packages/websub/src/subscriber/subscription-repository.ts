// Subscriptions, and what came to their callbacks, as the questions that are asked about them.
import type { Document, DocumentKey, NewDocument } from "@hookclock/engine";
import * as z from "zod";
import type { World } from "../ports.ts";
import { part, readData } from "../rows.ts";
import { type Subscription, type SubscriptionState, subscriptionSchema } from "./subscription.ts";

export type SubscriptionKey = { namespace: string; id: string };

/** Once ended on the user's wish, a subscription can still be looked at for so long. */
const FORGOTTEN_AFTER_MS = 30 * 86_400_000;
/** Counts of a subscription that nothing was pushed to for so long begin anew. */
const PUSHES_KEPT_MS = 400 * 86_400_000;

const keyOf = ({ namespace, id }: SubscriptionKey): DocumentKey => ({
  pk: `${part(namespace)}/subscription`,
  sk: id,
});
const pushKeyOf = ({ namespace, id }: SubscriptionKey): DocumentKey => ({
  pk: `${part(namespace)}/push`,
  sk: id,
});

const count = z.number().int().min(0).default(0);
const pushesSchema = z.object({
  received: count,
  refused: count,
  lastAt: z.number().int().optional(),
  /** Of the content that came last: the same again is the same push. */
  lastHash: z.string().optional(),
  lastPush: z.string().optional(),
  /** What came to the callback of now, the latest last: a callback of before may bring it too. */
  lately: z.array(z.object({ hash: z.string(), at: z.number().int() })).default([]),
  /** The last one that was refused, for people. */
  refusal: z.object({ at: z.number().int(), why: z.string() }).optional(),
});
export type Pushes = z.infer<typeof pushesSchema>;
export const NO_PUSHES: Pushes = { received: 0, refused: 0, lately: [] };

export type Found = { document: Document; subscription: Subscription };
export type Subscriptions = ReturnType<typeof makeSubscriptions>;

export function makeSubscriptions({ documents, clock }: Pick<World, "documents" | "clock">) {
  const now = (): number => clock.now();
  const pushesOf = (document: Document | null): Pushes =>
    document === null ? NO_PUSHES : readData(pushesSchema, document);

  return {
    async find(key: SubscriptionKey): Promise<Found | null> {
      const document = await documents.get(keyOf(key), now());
      return document === null ? null : { document, subscription: readData(subscriptionSchema, document) };
    },

    async insert(subscription: Subscription): Promise<"inserted" | "exists"> {
      return documents.insert(toDocument(subscription), now());
    },

    /** False when somebody else changed it meanwhile. */
    async save({ document }: Found, after: Subscription): Promise<boolean> {
      return (await documents.save({ before: document, after: toDocument(after) })) !== "conflict";
    },

    /** A page by id. With a state, a page may hold fewer than `limit` and still not be the last. */
    async page(query: {
      namespace: string;
      state?: SubscriptionState | undefined;
      limit: number;
      after: string | null;
    }): Promise<{ rows: Subscription[]; after: string | null }> {
      const { namespace, state, limit, after } = query;
      const { pk } = keyOf({ namespace, id: "" });
      const page = await documents.list({ pk, limit, ...(after === null ? {} : { after }) }, now());
      const rows = page.documents.map((document) => readData(subscriptionSchema, document));
      return { rows: rows.filter((row) => state === undefined || row.state === state), after: page.after };
    },

    /** What came to the callbacks of each, by position. */
    async pushes(keys: readonly SubscriptionKey[]): Promise<Pushes[]> {
      return (await documents.getMany(keys.map(pushKeyOf), now())).map(pushesOf);
    },

    /** Saves what `decide` makes of the pushes so far. False when somebody else was faster. */
    async savePushes(key: SubscriptionKey, decide: (before: Pushes) => Pushes): Promise<Pushes | null> {
      const document = await documents.get(pushKeyOf(key), now());
      const pushes = decide(pushesOf(document));
      const after: NewDocument = {
        ...pushKeyOf(key),
        data: dataOf(pushes),
        expiresAt: now() + PUSHES_KEPT_MS,
      };
      if (document === null) return (await documents.insert(after, now())) === "inserted" ? pushes : null;
      return (await documents.save({ before: document, after })) === "conflict" ? null : pushes;
    },
  };
}

/** Absence is a missing field, in the row as well. */
const dataOf = (row: Subscription | Pushes) => JSON.parse(JSON.stringify(row)) as NewDocument["data"];

function toDocument(subscription: Subscription): NewDocument {
  const { namespace, id, state, history } = subscription;
  const document: NewDocument = { ...keyOf({ namespace, id }), data: dataOf(subscription) };
  const endedAt = history.at(-1)?.at;
  return state === "unsubscribed" && endedAt !== undefined
    ? { ...document, expiresAt: endedAt + FORGOTTEN_AFTER_MS }
    : document;
}
