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
      /** When it was found to be so for the first time: everything asked for before is out of date. */
      changedAt: z.number().default(0),
      /** Until when its content is kept at least. */
      keptUntil: z.number().default(0),
    })
    .nullable(),
  /** Tells it from a topic of the same URL that was forgotten before. */
  madeAt: z.number().default(0),
});
export type Topic = z.infer<typeof topicSchema>;
export type Distributed = NonNullable<Topic["last"]>;
export type Topics = ReturnType<typeof makeTopics>;

/** The row is kept a little longer than the last lease that needs it. */
const KEPT_AFTER_MS = 24 * 60 * 60_000;
/** Every delivery asks whether it is out of date; those of one moment share an answer. */
const KNOWN_MS = 1_000;
const KNOWN_MAX = 1_000;

const pkOf = (namespace: string): string => `${part(namespace)}/topic`;
const keyOf = (namespace: string, collection: string): DocumentKey => ({
  pk: pkOf(namespace),
  sk: hashOf(collection),
});

export function makeTopics({ documents, clock }: Pick<World, "documents" | "clock">) {
  const now = (): number => clock.now();
  const known = new Map<string, { at: number; changedAt: Promise<number> }>();
  const read = async (namespace: string, collection: string): Promise<number> => {
    const document = await documents.get(keyOf(namespace, collection), now());
    return document === null ? 0 : (readData(topicSchema, document).last?.changedAt ?? 0);
  };
  return {
    /** What was asked for before this is out of date. May be a second old; 0 when nothing is known. */
    async changedAt(namespace: string, collection: string): Promise<number> {
      const name = hashOf(namespace, collection);
      const there = known.get(name);
      if (there !== undefined && Math.abs(now() - there.at) < KNOWN_MS) return there.changedAt;
      if (known.size >= KNOWN_MAX) known.clear();
      const asked = { at: now(), changedAt: read(namespace, collection) };
      known.set(name, asked);
      asked.changedAt.catch(() => known.delete(name));
      return asked.changedAt;
    },

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
        const data = before === null ? { ...topic, last: null, madeAt: now() } : before.data;
        return { ...key, data, expiresAt: until + KEPT_AFTER_MS };
      });
    },

    /**
     * Notes what was distributed, unless something newer was. `moved`: not noted, because the topic became something else
     * since it was `before`, by which was judged to whom this had to be sent.
     */
    async note(
      namespace: string,
      collection: string,
      { before, last }: { before: Distributed | null; last: Distributed },
    ): Promise<"noted" | "moved"> {
      const key = keyOf(namespace, collection);
      let hasMoved = false;
      await change(documents, key, now, (document) => {
        hasMoved = false;
        if (document === null) return null;
        const topic = readData(topicSchema, document);
        const { last: noted } = topic;
        if (noted !== null && noted.fetchedAt > last.fetchedAt) return null;
        const isSame = noted?.fingerprint === last.fingerprint;
        hasMoved = !isSame && noted?.fingerprint !== before?.fingerprint;
        if (hasMoved) return null;
        const changedAt = isSame ? Math.min(noted.changedAt, last.changedAt) : last.changedAt;
        return { ...withoutRev(document), data: { ...topic, last: { ...last, changedAt } } };
      });
      return hasMoved ? "moved" : "noted";
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
