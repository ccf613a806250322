// Small rows beside the tasks: what subscriptions, consumers and topics are at. One port for all of them, so that each
// of their repositories can ask its own questions in its own words.
import type { Json } from "@hookclock/core";

/** Both parts together are the key. `pk` names the collection, and begins with the namespace where there is one. */
export type DocumentKey = { pk: string; sk: string };

export type Document = DocumentKey & {
  /** Counts the writes; a save is conditional on it. 1 when it is inserted. */
  rev: number;
  data: Readonly<Record<string, Json>>;
  /** Content that is not JSON: at most `DOCUMENT_BYTES_MAX` of it. */
  bytes?: Uint8Array | undefined;
  /** From here on it is as if it were not there, epoch ms. The database removes it at its leisure. */
  expiresAt?: number | undefined;
};
export type NewDocument = Omit<Document, "rev">;

/** One row of DynamoDB holds 400 KB, names and the rest of the document included. */
export const DOCUMENT_BYTES_MAX = 350 * 1024;

export type DocumentQuery = {
  pk: string;
  /** Only documents whose sort key begins so. */
  prefix?: string;
  /** Inclusive bounds on the sort key, by its UTF-8 bytes. Not together with `prefix`. */
  from?: string;
  to?: string;
  descending?: boolean;
  limit: number;
  /** Sort key of the last document of the page before. */
  after?: string;
};
/** A page may be shorter than its limit although more follows: null is the end, and nothing else is. */
export type DocumentPage = { documents: Document[]; after: string | null };

/** Every read is strongly consistent and leaves out what expired before `now`. */
export interface DocumentStore {
  get(key: DocumentKey, now: number): Promise<Document | null>;
  /** Result by position. */
  getMany(keys: readonly DocumentKey[], now: number): Promise<(Document | null)[]>;
  /**
   * Makes a document that is not there, or has expired before `now`. A repeat of our own write, known by being the same
   * object, counts as inserted.
   */
  insert(document: NewDocument, now: number): Promise<"inserted" | "exists">;
  /** Replaces the document if it still is at `before.rev`. A repeat of our own write counts as saved. */
  save(change: { before: Document; after: NewDocument }): Promise<Document | "conflict">;
  /** Writes without any condition, in batches: for content whose key says all about it. */
  putMany(documents: readonly NewDocument[]): Promise<void>;
  /**
   * Adds to a number in `data` of a document that may not be there yet; resolves with the new value. A repeat whose
   * first answer was lost counts once, unless somebody wrote in between. Whether the document has expired is not asked.
   */
  add(key: DocumentKey, name: string, by: number, expiresAt?: number): Promise<number>;
  /**
   * Removes it if it still is at `rev`; without `rev`, whatever is there. False when it was not, or not at `rev`; so it
   * may be false where a first answer of the same call was lost.
   */
  remove(key: DocumentKey, rev?: number): Promise<boolean>;
  removeMany(keys: readonly DocumentKey[]): Promise<void>;
  list(query: DocumentQuery, now: number): Promise<DocumentPage>;
}
