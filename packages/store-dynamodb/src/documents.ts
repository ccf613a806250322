// The document store on one table. Every answer to "was it us?" is a mark that the write left in the row, since there
// are no transactions to lean on.
import type { Document, DocumentKey, DocumentStore, NewDocument } from "@hookclock/engine";
import { type Attributes, type Item, toAttribute, toAttributes } from "./attributes.ts";
import type { Database } from "./database.ts";
import {
  counterAttribute,
  decodeDocument,
  documentIdOf,
  encodeDocument,
  keyOf,
  ttlOf,
} from "./document-codec.ts";
import { listDocuments } from "./document-list.ts";
import type { WriteMarks } from "./write-marks.ts";

export type DocumentTable = { database: Database; table: string; marks: WriteMarks<object> };

const isLive = ({ expiresAt }: Document, now: number): boolean => expiresAt === undefined || expiresAt > now;

export function makeDocumentStore(documents: DocumentTable): DocumentStore {
  const { database, table, marks } = documents;

  const liveOf = (item: Item | null, now: number): Document | null => {
    const document = item === null ? null : decodeDocument(item);
    return document !== null && isLive(document, now) ? document : null;
  };

  /** A write whose answer was lost, sent again, fails at what it wrote itself: the mark tells. */
  const isOurWrite = async (document: NewDocument): Promise<boolean> =>
    (await database.get(table, keyOf(document)))?.["write"] === marks.of(document);

  const put = (document: NewDocument, rev: number, condition: string, names: string[], values: Attributes) =>
    database.putIf({
      TableName: table,
      Item: toAttributes(encodeDocument(document, rev, marks.of(document))),
      ConditionExpression: condition,
      ...(names.length === 0
        ? {}
        : { ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])) }),
      ExpressionAttributeValues: values,
    });

  return {
    async get(key, now) {
      return liveOf(await database.get(table, keyOf(key)), now);
    },

    async getMany(keys, now) {
      const items = await database.getMany(table, keys.map(keyOf), documentIdOf);
      return items.map((item) => liveOf(item, now));
    },

    async insert(document, now) {
      const isFree = "attribute_not_exists(pk) OR expiresAt <= :now";
      if (await put(document, 1, isFree, [], { ":now": toAttribute(now) })) return "inserted";
      return (await isOurWrite(document)) ? "inserted" : "exists";
    },

    async save({ before, after }) {
      const rev = before.rev + 1;
      const isDone = await put(after, rev, "#rev = :rev", ["rev"], { ":rev": toAttribute(before.rev) });
      return isDone || (await isOurWrite(after)) ? { ...after, rev } : "conflict";
    },

    async putMany(list) {
      const puts = list.map((document) => encodeDocument(document, 1, marks.of(document)));
      await database.writeMany(table, { puts: withoutDoubles(puts) });
    },

    add: (key, name, by, expiresAt) => addTo(documents, key, { name, by, expiresAt }),

    async remove(key, rev) {
      if (rev === undefined) return (await database.delete(table, keyOf(key))) !== null;
      return database.deleteIf({
        TableName: table,
        Key: toAttributes(keyOf(key)),
        ConditionExpression: "#rev = :rev",
        ExpressionAttributeNames: { "#rev": "rev" },
        ExpressionAttributeValues: { ":rev": toAttribute(rev) },
      });
    },

    async removeMany(keys) {
      await database.writeMany(table, { deletes: withoutDoubles(keys.map(keyOf)) });
    },

    list: (query, now) => listDocuments(documents, query, now),
  };
}

/** A key twice in one batch is refused whole; of several the last one counts, as if they had come one by one. */
const withoutDoubles = (items: readonly Item[]): Item[] => [
  ...new Map(items.map((item) => [documentIdOf(item), item])).values(),
];

type Addition = { name: string; by: number; expiresAt: number | undefined };

/**
 * One update, however many add at once. Its mark keeps a repeat of it from counting twice, unless somebody else wrote
 * between the two: then it does.
 */
async function addTo(
  { database, table, marks }: DocumentTable,
  key: DocumentKey,
  { name, by, expiresAt }: Addition,
): Promise<number> {
  const counter = counterAttribute(name);
  const values: Item = { ":by": by, ":one": 1, ":mark": marks.of({}), ":empty": "{}" };
  const sets = ["#write = :mark", "#data = if_not_exists(#data, :empty)"];
  const names: Record<string, string> = {
    "#counter": counter,
    "#rev": "rev",
    "#write": "write",
    "#data": "data",
  };
  if (expiresAt !== undefined) {
    sets.push("expiresAt = :expiresAt", "#ttl = :ttl");
    names["#ttl"] = "ttl";
    values[":expiresAt"] = expiresAt;
    values[":ttl"] = ttlOf(expiresAt);
  }
  const updated = await database.updateIf({
    TableName: table,
    Key: toAttributes(keyOf(key)),
    UpdateExpression: `SET ${sets.join(", ")} ADD #counter :by, #rev :one`,
    ConditionExpression: "attribute_not_exists(#write) OR #write <> :mark",
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: toAttributes(values),
    ReturnValues: "UPDATED_NEW",
  });
  const item = updated === false ? await database.get(table, keyOf(key)) : updated;
  const value = item?.[counter];
  return typeof value === "number" ? value : 0;
}
