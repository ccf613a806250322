// Topics that have, or lately had, subscriptions: for lists, and for what was distributed last.
import type { Document, DocumentKey } from "@hookclock/engine";
import * as z from "zod";
import type { World } from "../ports.ts";
import { change, part, readData } from "../rows.ts";
import { hashOf } from "./url-identity.ts";

const topicSchema = z.object({
  topic: z.string(),
  collection: z.string(),
  /** What was distributed last; null when nothing was yet. */
  last: z
    .object({
      /** Of content, type and links together. */
      fingerprint: z.string(),
      /** When it was asked for: what was asked for earlier is older, whenever it arrives. */
      fetchedAt: z.number(),
    })
    .nullable(),
});
export type Topic = z.infer<typeof topicSchema>;
export type Topics = ReturnType<typeof makeTopics>;

/** The row is kept a little longer than the last lease that needs it. */
const KEPT_AFTER_MS = 24 * 60 * 60_000;

const pkOf = (namespace: string): string => `${part(namespace)}/topic`;
const keyOf = (namespace: string, collection: string): DocumentKey => ({
  pk: pkOf(namespace),
  sk: hashOf(collection),
});

export function makeTopics({ documents, clock }: Pick<World, "documents" | "clock">) {
  const now = (): number => clock.now();
  return {
    async get(namespace: string, collection: string): Promise<Topic | null> {
      const document = await documents.get(keyOf(namespace, collection), now());
      return document === null ? null : readData(topicSchema, document);
    },

    /** Makes sure that the topic can be found until `until` at least. */
    async keep(
      namespace: string,
      topic: { topic: string; collection: string },
      until: number,
    ): Promise<void> {
      const key = keyOf(namespace, topic.collection);
      await change(documents, key, now, (before) => {
        if ((before?.expiresAt ?? 0) >= until) return null;
        const data = before === null ? { ...topic, last: null } : before.data;
        return { ...key, data, expiresAt: until + KEPT_AFTER_MS };
      });
    },

    /** Notes what was distributed, unless something newer was. */
    async note(namespace: string, collection: string, last: NonNullable<Topic["last"]>): Promise<void> {
      const key = keyOf(namespace, collection);
      await change(documents, key, now, (before) => {
        if (before === null) return null;
        const topic = readData(topicSchema, before);
        if (topic.last !== null && topic.last.fetchedAt > last.fetchedAt) return null;
        return { ...withoutRev(before), data: { ...topic, last } };
      });
    },

    /** By the hash of their collection, a page at a time, from `from` on (inclusive). */
    async page(
      namespace: string,
      from: string | null,
      limit: number,
    ): Promise<{ sk: string; topic: Topic }[]> {
      const query = { pk: pkOf(namespace), limit, ...(from === null ? {} : { from }) };
      const page = await documents.list(query, now());
      return page.documents.map((document) => ({ sk: document.sk, topic: readData(topicSchema, document) }));
    },
  };
}

const withoutRev = ({ rev: _rev, ...rest }: Document) => rest;
