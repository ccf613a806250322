// The document store in memory: no database, but its conditions.
import { HookclockError } from "@hookclock/core";
import type { Document, DocumentKey, DocumentStore, NewDocument } from "@hookclock/engine";

export type MemoryDocuments = DocumentStore & {
  /** Copies of everything stored, expired ones included. */
  dump(): Document[];
  /** Called before every write with its name; what it throws is thrown at the caller, and nothing is written. */
  beforeWrite: (method: string, key: DocumentKey) => void;
};

const nameOf = ({ pk, sk }: DocumentKey): string => JSON.stringify([pk, sk]);
const SURROGATE = /[\ud800-\udfff]/;
/** The order of their UTF-8 bytes, which is that of their code units but for characters beyond the first plane. */
const byBytes = (a: string, b: string): number => {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a === b ? 0 : 1;
};
const isLive = (document: Document, now: number): boolean =>
  document.expiresAt === undefined || document.expiresAt > now;

/** What a row of DynamoDB holds, keys and names included. */
const ROW_BYTES_MAX = 400 * 1024;
const checkSize = ({ pk, sk, data, bytes }: NewDocument): void => {
  const size = Buffer.byteLength(pk + sk + JSON.stringify(data)) + (bytes?.length ?? 0);
  if (size > ROW_BYTES_MAX)
    throw new HookclockError("row-too-large", `the document has ${size} bytes; allowed: ${ROW_BYTES_MAX}`);
};

/** A repeated `insert` or `save` counts as a retry of the same write only when it is handed the same object. */
export function createMemoryDocuments(): MemoryDocuments {
  const rows = new Map<string, { document: Document; from: NewDocument | null }>();
  const live = (key: DocumentKey, now: number): Document | null => {
    const row = rows.get(nameOf(key));
    return row !== undefined && isLive(row.document, now) ? structuredClone(row.document) : null;
  };
  const put = (from: NewDocument, rev: number): Document => {
    checkSize(from);
    const document = structuredClone({ ...from, rev });
    rows.set(nameOf(from), { document, from });
    return structuredClone(document);
  };
  const store: MemoryDocuments = {
    dump: () => [...rows.values()].map(({ document }) => structuredClone(document)),
    beforeWrite: () => {},
    get: async (key, now) => live(key, now),
    getMany: async (keys, now) => keys.map((key) => live(key, now)),
    async insert(document, now) {
      store.beforeWrite("insert", document);
      if (rows.get(nameOf(document))?.from === document) return "inserted";
      if (live(document, now) !== null) return "exists";
      put(document, 1);
      return "inserted";
    },
    async save({ before, after }) {
      store.beforeWrite("save", after);
      const there = rows.get(nameOf(before));
      if (there?.from === after) return structuredClone(there.document);
      if (there?.document.rev !== before.rev) return "conflict";
      return put(after, before.rev + 1);
    },
    async putMany(documents) {
      for (const document of documents) {
        store.beforeWrite("putMany", document);
        put(document, 1);
      }
    },
    async add(key, name, by, expiresAt) {
      store.beforeWrite("add", key);
      const there = rows.get(nameOf(key))?.document;
      const value = Number(there?.data[name] ?? 0) + by;
      const expiry = expiresAt ?? there?.expiresAt;
      const data = { ...there?.data, [name]: value };
      const next = { ...there, ...key, data, ...(expiry === undefined ? {} : { expiresAt: expiry }) };
      put(next, (there?.rev ?? 0) + 1);
      return value;
    },
    async remove(key, rev) {
      store.beforeWrite("remove", key);
      const there = rows.get(nameOf(key));
      if (there === undefined || (rev !== undefined && there.document.rev !== rev)) return false;
      return rows.delete(nameOf(key));
    },
    async removeMany(keys) {
      for (const key of keys) {
        store.beforeWrite("removeMany", key);
        rows.delete(nameOf(key));
      }
    },
    async list({ pk, prefix, from, to, descending = false, limit, after }, now) {
      const isPast = (sk: string) =>
        after === undefined || (descending ? byBytes(sk, after) < 0 : byBytes(sk, after) > 0);
      const all = [...rows.values()]
        .map(({ document }) => document)
        .filter((one) => one.pk === pk && isLive(one, now) && isPast(one.sk))
        .filter(({ sk }) => prefix === undefined || Buffer.from(sk).indexOf(Buffer.from(prefix)) === 0)
        .filter(({ sk }) => from === undefined || byBytes(sk, from) >= 0)
        .filter(({ sk }) => to === undefined || byBytes(sk, to) <= 0)
        .sort((a, b) => (descending ? byBytes(b.sk, a.sk) : byBytes(a.sk, b.sk)));
      const documents = all.slice(0, limit).map((one) => structuredClone(one));
      return { documents, after: all.length > limit ? (documents.at(-1)?.sk ?? null) : null };
    },
  };
  return store;
}
