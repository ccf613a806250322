// Documents for the contract suites.
import type { Document, DocumentKey, DocumentQuery, DocumentStore, NewDocument } from "@hookclock/engine";
import { readAll, T0 } from "./rows.ts";

/** Opens the store of one suite. Tests keep apart by partition, so the table may be shared. */
export type OpenDocuments = () => Promise<DocumentStore>;

let partitions = 0;
/** A partition that no other test of the process uses. */
export function freshPartition(): string {
  partitions += 1;
  return `documents-${partitions}/subscription`;
}

export const aDocument = (key: DocumentKey, fields: Partial<NewDocument> = {}): NewDocument => ({
  data: { state: "active" },
  ...key,
  ...fields,
});

/** The document as it is stored now. Fails when there is none. */
export async function stored(documents: DocumentStore, key: DocumentKey, now = T0): Promise<Document> {
  const found = await documents.get(key, now);
  if (found === null) throw new Error(`there is no document "${key.sk}"`);
  return found;
}

/** Sort keys of a whole list, read page by page. */
export async function keysOf(documents: DocumentStore, query: DocumentQuery, now = T0): Promise<string[]> {
  const rows = await readAll<Document, string>(async (after) => {
    const page = await documents.list({ ...query, ...(after === undefined ? {} : { after }) }, now);
    if (page.documents.length > query.limit) throw new Error("the page is longer than its limit");
    return { rows: page.documents, next: page.after };
  });
  return rows.map(({ sk }) => sk);
}
