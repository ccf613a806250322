// Documents as the state table keeps them.
//
//   attribute   holds                                            left out when
//   pk, sk      the key
//   rev         rev
//   write       mark of the write that made this version: tells a repeat of our own write from another's
//   data        data as JSON, its top-level numbers apart
//   +<name>     a top-level number of data: `add` counts on it
//   bytes       bytes; `true` stands for none at all             absent
//   expiresAt   expiresAt, epoch ms                              absent
//   ttl         the same, in whole seconds, for the database     absent
import type { Json } from "@hookclock/core";
import type { Document, DocumentKey, NewDocument } from "@hookclock/engine";
import type { Item, Scalar } from "./attributes.ts";

export const keyOf = ({ pk, sk }: DocumentKey): Item => ({ pk, sk });
export const documentIdOf = (item: Item): string => JSON.stringify([item["pk"], item["sk"]]);
export const counterAttribute = (name: string): string => `+${name}`;
/** DynamoDB deletes by whole seconds: never before the document has expired. */
export const ttlOf = (expiresAt: number): number => Math.ceil(expiresAt / 1_000);

/** DynamoDB keeps numbers from 1e-130 to below 1e126; others stay in the JSON, where they cannot be counted on. */
const isCounter = (value: Json): value is number =>
  typeof value === "number" && (value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) < 9.99e125));

/** The document at a version, as attributes. `write` marks this one write; it must be unique. */
export function encodeDocument(document: NewDocument, rev: number, write: string): Item {
  const { bytes, expiresAt } = document;
  const entries = Object.entries(document.data);
  const item: Item = {
    ...keyOf(document),
    rev,
    write,
    data: JSON.stringify(Object.fromEntries(entries.filter(([, value]) => !isCounter(value)))),
  };
  for (const [name, value] of entries) if (isCounter(value)) item[counterAttribute(name)] = value;
  // Not every database takes a value without any bytes.
  if (bytes !== undefined) item["bytes"] = bytes.length === 0 ? true : bytes;
  if (expiresAt !== undefined) {
    item["expiresAt"] = expiresAt;
    item["ttl"] = ttlOf(expiresAt);
  }
  return item;
}

/**
 * What another hand has made unreadable comes back with empty data: whoever knows what should be there finds it
 * missing and says so, and a list shows the other documents all the same.
 */
export function decodeDocument(item: Item): Document {
  const counters = Object.entries(item)
    .filter(([name, value]) => name.startsWith("+") && typeof value === "number")
    .map(([name, value]): [string, Json] => [name.slice(1), value as number]);
  const document: Document = {
    pk: String(item["pk"]),
    sk: String(item["sk"]),
    rev: typeof item["rev"] === "number" ? item["rev"] : 0,
    data: Object.fromEntries([...Object.entries(dataOf(item["data"])), ...counters]),
  };
  const { bytes, expiresAt } = item;
  if (bytes === true) document.bytes = new Uint8Array(0);
  else if (bytes instanceof Uint8Array) document.bytes = plainBytes(bytes);
  if (typeof expiresAt === "number") document.expiresAt = expiresAt;
  return document;
}

/** A Buffer prints, compares and serialises differently: nobody should see one where bytes are promised. */
const plainBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function dataOf(value: Scalar | undefined): Record<string, Json> {
  try {
    const parsed: Json = typeof value === "string" ? JSON.parse(value) : {};
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
