// The hub's subscriptions, as the questions that are asked about them.
import type { DocumentKey, NewDocument } from "@hookclock/engine";
import type { World } from "../ports.ts";
import { change, part, readData } from "../rows.ts";
import { gatherReads } from "./gathered-reads.ts";
import { forgottenAt, type HubSubscription, subscriptionSchema } from "./subscription.ts";
import { type Collection, callbackHashOf, hashOf } from "./url-identity.ts";

/** Names one pair of topic and callback, and nothing else. */
export type PairKey = { namespace: string; collection: string; callbackHash: string };
export type SubscriptionPage = {
  rows: { callbackHash: string; row: HubSubscription }[];
  /** Rows that are there and cannot be read: they must not stop the others. */
  unreadable: number;
  after: string | null;
};

export type Subscriptions = ReturnType<typeof makeSubscriptions>;

/** A partition key has 2,048 bytes at most, of which a namespace may take a third. */
const NAME_LENGTH_MAX = 1_000;
/** A part of a key of bounded length. What is too long is named by its hash, behind a sign that no encoded part holds. */
const shortPart = (text: string): string => {
  const encoded = part(text);
  return encoded.length <= NAME_LENGTH_MAX ? encoded : `=${hashOf(text)}`;
};
const pkOf = (namespace: string, collection: string): string =>
  `${part(namespace)}/hub/${collection.slice(0, 4)}${shortPart(collection.slice(4))}`;
const keyOf = ({ namespace, collection, callbackHash }: PairKey): DocumentKey => ({
  pk: pkOf(namespace, collection),
  sk: callbackHash,
});
const markPk = (namespace: string, lane: string): string => `${part(namespace)}/hub-check/${shortPart(lane)}`;
const markSk = ({ collection, callbackHash }: PairKey): string => hashOf(collection, callbackHash);

export const pairOf = (namespace: string, collection: Collection, callback: string): PairKey => ({
  namespace,
  collection,
  callbackHash: callbackHashOf(callback),
});
const ID = /^[\w-]{43}$/;
/** The same where a subscription may be named by its id, which no URL looks like. */
export const pairNamed = (namespace: string, collection: Collection, callbackOrId: string): PairKey =>
  ID.test(callbackOrId)
    ? { namespace, collection, callbackHash: callbackOrId }
    : pairOf(namespace, collection, callbackOrId);

export function makeSubscriptions({ documents, clock }: Pick<World, "documents" | "clock">) {
  const now = (): number => clock.now();
  const readTogether = gatherReads(documents, now);
  const toDocument = (key: PairKey, row: HubSubscription): NewDocument => ({
    ...keyOf(key),
    data: row,
    expiresAt: forgottenAt(row),
  });
  return {
    async get(key: PairKey): Promise<HubSubscription | null> {
      const document = await documents.get(keyOf(key), now());
      return document === null ? null : readData(subscriptionSchema, document);
    },

    /** The rows that one callback has in each of the collections, those that are there. */
    async ofCallback(
      namespace: string,
      collections: readonly string[],
      callbackHash: string,
    ): Promise<{ key: PairKey; row: HubSubscription }[]> {
      const keys = collections.map((collection) => ({ namespace, collection, callbackHash }));
      const found = await readTogether(keys.map(keyOf));
      return keys.flatMap((key, index) => {
        const document = found[index];
        return document ? [{ key, row: readData(subscriptionSchema, document) }] : [];
      });
    },

    /** Saves what `decide` makes of the row as it is; null leaves it. Resolves with what was saved. */
    async change(
      key: PairKey,
      decide: (before: HubSubscription | null) => HubSubscription | null,
    ): Promise<HubSubscription | null> {
      let saved: HubSubscription | null = null;
      await change(documents, keyOf(key), now, (document) => {
        saved = decide(document === null ? null : readData(subscriptionSchema, document));
        return saved === null ? null : toDocument(key, saved);
      });
      return saved;
    },

    /** The subscriptions of one topic by the hash of their callback, a page at a time, those that are over included. */
    async page(query: {
      namespace: string;
      collection: string;
      limit: number;
      after: string | null;
    }): Promise<SubscriptionPage> {
      const { namespace, collection, limit, after } = query;
      const page = await documents.list(
        { pk: pkOf(namespace, collection), limit, ...(after === null ? {} : { after }) },
        now(),
      );
      const rows = page.documents.flatMap(({ sk, data }) => {
        const read = subscriptionSchema.safeParse(data);
        return read.success ? [{ callbackHash: sk, row: read.data }] : [];
      });
      return { rows, unreadable: page.documents.length - rows.length, after: page.after };
    },

    /** Whether as many checks as `max` of other pairs are under way at one host. */
    async isBusy(key: PairKey, lane: string, max: number): Promise<boolean> {
      const { documents: marks } = await documents.list(
        { pk: markPk(key.namespace, lane), limit: max + 1 },
        now(),
      );
      return marks.filter(({ sk }) => sk !== markSk(key)).length >= max;
    },

    /** Notes that a check of this pair is under way, until `until` at the longest. */
    async mark(key: PairKey, lane: string, until: number): Promise<void> {
      await documents.putMany([
        { pk: markPk(key.namespace, lane), sk: markSk(key), data: {}, expiresAt: until },
      ]);
    },

    async unmark(key: PairKey, lane: string): Promise<void> {
      await documents.remove({ pk: markPk(key.namespace, lane), sk: markSk(key) });
    },
  };
}
