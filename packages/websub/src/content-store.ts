// Content that is too large for a row of its own: chunks under one id, written once and read by reference.
import type { DocumentKey, DocumentStore, NewDocument } from "@hookclock/engine";

/** What a task carries instead of content. */
export type ContentReference = { namespace: string; id: string; bytes: number };

/** Leaves room for key and bookkeeping in a row of 400 KB. */
const CHUNK_BYTES = 320 * 1024;
/** Chunks asked for at once: a page of the database holds 1 MB. */
const PAGE = 3;

const partition = ({ namespace, id }: Pick<ContentReference, "namespace" | "id">): string =>
  `${encodeURIComponent(namespace)}/content/${encodeURIComponent(id)}`;
const keyOf = (pk: string, index: number): DocumentKey => ({ pk, sk: String(index).padStart(4, "0") });

/** Writes content under its id; durable when it resolves. The same content again changes nothing. */
export async function writeContent(
  documents: DocumentStore,
  content: { namespace: string; id: string; bytes: Uint8Array; expiresAt?: number },
): Promise<ContentReference> {
  const { namespace, id, bytes, expiresAt } = content;
  const pk = partition(content);
  const chunks = Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, index): NewDocument => {
    const part = bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    return { ...keyOf(pk, index), data: {}, bytes: part, ...(expiresAt === undefined ? {} : { expiresAt }) };
  });
  await documents.putMany(chunks);
  return { namespace, id, bytes: bytes.length };
}

/** Null when it is not there any more, or not all of it. */
export async function readContent(
  documents: DocumentStore,
  reference: ContentReference,
  now: number,
): Promise<Uint8Array | null> {
  const whole = new Uint8Array(reference.bytes);
  const pk = partition(reference);
  let filled = 0;
  let after: string | null = null;
  while (filled < whole.length) {
    const page = await documents.list({ pk, limit: PAGE, ...(after === null ? {} : { after }) }, now);
    for (const { bytes = new Uint8Array() } of page.documents) {
      if (filled + bytes.length > whole.length) return null;
      whole.set(bytes, filled);
      filled += bytes.length;
    }
    after = page.after;
    if (after === null) break;
  }
  return filled === whole.length ? whole : null;
}

/** Removes what there is of it. */
export async function removeContent(documents: DocumentStore, reference: ContentReference): Promise<void> {
  const pk = partition(reference);
  const count = Math.ceil(reference.bytes / CHUNK_BYTES);
  await documents.removeMany(Array.from({ length: count }, (_, index) => keyOf(pk, index)));
}
