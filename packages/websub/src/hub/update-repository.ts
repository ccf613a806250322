// Updates, and the content they carry.
import { HookclockError } from "@hookclock/core";
import type { Document, DocumentKey } from "@hookclock/engine";
import { type ContentReference, readContent, writeContent } from "../content-store.ts";
import type { World } from "../ports.ts";
import { part, readData } from "../rows.ts";
import { UPDATE_KEPT_MS, type Update, type UpdateFacts, updateSchema } from "./update.ts";
import { hashOf } from "./url-identity.ts";

/** Content that is kept at hand: the deliveries of one update follow each other closely. */
const CACHE_BYTES_MAX = 16 * 1024 * 1024;
const CACHED_FACTS_MAX = 200;

export type StoredUpdate = { document: Document; update: Update };
export type Updates = ReturnType<typeof makeUpdates>;

const updateKey = (namespace: string, id: string): DocumentKey => ({
  pk: `${part(namespace)}/update`,
  sk: part(id),
});

export function makeUpdates({ documents, clock }: Pick<World, "documents" | "clock">) {
  const facts = new Map<string, UpdateFacts>();
  const contents = makeByteCache();
  const stored = (document: Document): StoredUpdate => ({
    document,
    update: readData(updateSchema, document),
  });

  return {
    async find(namespace: string, id: string): Promise<StoredUpdate | null> {
      const document = await documents.get(updateKey(namespace, id), clock.now());
      return document === null ? null : stored(document);
    },

    /** The parts of an update that never change, from memory where they were read before. */
    async factsOf(namespace: string, id: string): Promise<UpdateFacts | null> {
      const name = hashOf(namespace, id);
      const known = facts.get(name);
      if (known !== undefined) return known;
      const document = await documents.get(updateKey(namespace, id), clock.now());
      if (document === null) return null;
      const update = readData(updateSchema, document);
      if (facts.size >= CACHED_FACTS_MAX) facts.clear();
      facts.set(name, update);
      return update;
    },

    /** Makes it, or finds the one of the same id; `id-conflict` when that one carries something else. */
    async insert(namespace: string, id: string, update: Update): Promise<Update> {
      const key = updateKey(namespace, id);
      const document = { ...key, data: update, expiresAt: update.createdAt + UPDATE_KEPT_MS };
      if ((await documents.insert(document, clock.now())) === "inserted") return update;
      const there = await documents.get(key, clock.now());
      if (there === null) return update;
      const found = readData(updateSchema, there);
      if (found.fingerprint === update.fingerprint) return found;
      throw new HookclockError("id-conflict", "this id was used for other content before; use another id", {
        field: "id",
      });
    },

    /** Null when somebody else was faster. */
    async save({ document }: StoredUpdate, update: Update): Promise<StoredUpdate | null> {
      const { rev: _rev, ...rest } = document;
      const saved = await documents.save({ before: document, after: { ...rest, data: update } });
      return saved === "conflict" ? null : { document: saved, update };
    },

    /** Keeps content under a name made of it, so that keeping it again changes nothing but how long it is kept. */
    putContent: (namespace: string, bytes: Uint8Array): Promise<ContentReference> =>
      writeContent(documents, {
        namespace,
        id: hashOf(bytes),
        bytes,
        expiresAt: clock.now() + UPDATE_KEPT_MS,
      }),

    /** Where such content is, if it was put there. */
    referenceTo: (namespace: string, bytes: Uint8Array): ContentReference => ({
      ...{ namespace, id: hashOf(bytes), bytes: bytes.length },
    }),

    /** Null when it is not there any more. */
    contentOf: (content: ContentReference): Promise<Uint8Array | null> =>
      contents.get(hashOf(content.namespace, content.id), () => readContent(documents, content, clock.now())),
  };
}

/** Keeps what was read last, up to so many bytes; who asks for what is being read waits for the same read. */
function makeByteCache() {
  const kept = new Map<string, Promise<Uint8Array | null>>();
  let bytes = 0;
  return {
    get(name: string, read: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> {
      const there = kept.get(name);
      if (there !== undefined) return there;
      const reading = read().then(
        (content) => {
          bytes += content?.length ?? 0;
          if (content === null || bytes > CACHE_BYTES_MAX) {
            kept.clear();
            bytes = 0;
          }
          return content;
        },
        (error: unknown) => {
          kept.delete(name);
          throw error;
        },
      );
      kept.set(name, reading);
      return reading;
    },
  };
}
