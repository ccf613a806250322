// Messages and the memory of which were there, as the questions that are asked about them.
import { createHash } from "node:crypto";
import { type Json, LIMITS } from "@hookclock/core";
import type { DocumentKey, NewDocument } from "@hookclock/engine";
import * as z from "zod";
import { readContent, writeContent } from "../content-store.ts";
import type { Entry, World } from "../ports.ts";
import { part, readData } from "../rows.ts";
import { CONSUMER_LIMITS } from "./limits.ts";
import type { StoredMessage } from "./message-json.ts";
import { anySourceSchema } from "./source.ts";

const instant = z.number().int().min(0).max(LIMITS.latestMs);
const entrySchema: z.ZodType<Entry> = z.object({
  id: z.string(),
  version: z.string(),
  title: z.string().exactOptional(),
  url: z.string().exactOptional(),
  author: z.string().exactOptional(),
  summary: z.string().exactOptional(),
  content: z.string().exactOptional(),
  publishedAt: z.number().exactOptional(),
  updatedAt: z.number().exactOptional(),
  categories: z.array(z.string()).exactOptional(),
  cut: z.literal(true).exactOptional(),
});
const rowSchema = z.object({
  id: z.string(),
  source: anySourceSchema,
  topic: z.string(),
  receivedAt: instant,
  entry: entrySchema.nullable(),
  content: z.object({ type: z.string() }).nullable(),
  /** What lies in chunks beside the row, and how large it is: the entry as JSON, or the content. */
  apart: z.object({
    entryBytes: z.number().int().exactOptional(),
    contentBytes: z.number().int().exactOptional(),
  }),
});

export type MessageRepository = ReturnType<typeof makeMessageRepository>;
/** Names a stored message within its namespace; begins with the instant it was received. */
export type MessageName = string;

const SK_ID_LENGTH_MAX = 300;

/** A hash of parts that no other parts share. */
export const hashOf = (...parts: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const one of parts) hash.update(`${Buffer.byteLength(one)}:`).update(one);
  return hash.digest("hex").slice(0, 40);
};

export function messageName({ id, receivedAt }: Pick<StoredMessage, "id" | "receivedAt">): MessageName {
  const escaped = part(id.toWellFormed());
  return `${String(receivedAt).padStart(13, "0")}-${escaped.length > SK_ID_LENGTH_MAX ? hashOf(id) : escaped}`;
}

const messageKey = (namespace: string, name: MessageName): DocumentKey => ({
  pk: `${part(namespace)}/message`,
  sk: name,
});

export function makeMessageRepository({ documents, clock }: Pick<World, "documents" | "clock">) {
  const now = (): number => clock.now();
  const expiresAt = (): number => now() + CONSUMER_LIMITS.keptMs;
  const contentId = (kind: "entry" | "content", name: MessageName): string => `message-${kind}-${name}`;

  async function toDocument(message: StoredMessage): Promise<NewDocument> {
    const { namespace, id, source, topic, receivedAt, entry, content } = message;
    const name = messageName(message);
    const apart: z.infer<typeof rowSchema>["apart"] = {};
    const keepApart = async (kind: "entry" | "content", bytes: Uint8Array): Promise<number> => {
      await writeContent(documents, { namespace, id: contentId(kind, name), bytes, expiresAt: expiresAt() });
      return bytes.length;
    };
    const entryBytes = entry === null ? null : Buffer.from(JSON.stringify(entry));
    const isLargeEntry = entryBytes !== null && entryBytes.length > CONSUMER_LIMITS.inlineBytesMax;
    const isLarge = content !== null && content.bytes.length > CONSUMER_LIMITS.inlineBytesMax;
    if (isLargeEntry) apart.entryBytes = await keepApart("entry", entryBytes);
    if (isLarge) apart.contentBytes = await keepApart("content", content.bytes);
    const data = {
      ...{ id, source, topic, receivedAt, apart },
      entry: entryBytes === null || isLargeEntry ? null : (JSON.parse(entryBytes.toString()) as Json),
      content: content === null ? null : { type: content.type },
    };
    const document: NewDocument = { ...messageKey(namespace, name), data, expiresAt: expiresAt() };
    return content === null || isLarge ? document : { ...document, bytes: content.bytes };
  }

  return {
    /** Stores messages, large parts first, so that a message that is there is whole. Writing one again changes nothing. */
    async store(messages: readonly StoredMessage[]): Promise<void> {
      const rows: NewDocument[] = [];
      for (const message of messages) rows.push(await toDocument(message));
      await documents.putMany(rows);
    },

    /** Null when there is none, or its time is over. */
    async get(namespace: string, name: MessageName): Promise<StoredMessage | null> {
      const document = await documents.get(messageKey(namespace, name), now());
      if (document === null) return null;
      const { id, source, topic, receivedAt, entry, content, apart } = readData(rowSchema, document);
      const read = (kind: "entry" | "content", bytes: number): Promise<Uint8Array | null> =>
        readContent(documents, { namespace, id: contentId(kind, name), bytes }, now());
      const large = apart.entryBytes === undefined ? undefined : await read("entry", apart.entryBytes);
      const bytes =
        apart.contentBytes === undefined
          ? (document.bytes ?? new Uint8Array())
          : await read("content", apart.contentBytes);
      if (large === null || bytes === null) return null;
      const wholeEntry =
        large === undefined ? entry : entrySchema.parse(JSON.parse(Buffer.from(large).toString()));
      return {
        ...{ namespace, id, source, topic, receivedAt },
        entry: wholeEntry,
        content: content === null ? null : { type: content.type, bytes },
      };
    },
  };
}
