// Pages of documents: one query on one partition, in the order of the sort key's UTF-8 bytes.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Document, DocumentPage, DocumentQuery } from "@hookclock/engine";
import { toAttribute, toAttributes } from "./attributes.ts";
import type { Database } from "./database.ts";
import { decodeDocument } from "./document-codec.ts";
import { fillPage } from "./paging.ts";

const PAGE_ROWS = 100;

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/**
 * Where a query goes on after `after`. DynamoDB refuses a start outside of what the query covers, or at its far end, so
 * a start before all of it is left out, and one behind all of it means there is nothing to ask for.
 */
export function startAfter({ prefix, from, to, descending = false, after }: DocumentQuery): {
  isOver: boolean;
  after?: string;
} {
  if (after === undefined) return { isOver: false };
  const isInside = prefix === undefined || after.startsWith(prefix);
  const isLow = isInside ? from !== undefined && byBytes(after, from) < 0 : byBytes(after, prefix) < 0;
  const isHigh = isInside ? to !== undefined && byBytes(after, to) > 0 : !isLow;
  if (isLow || isHigh) return { isOver: isLow === descending };
  return after === (descending ? from : to) ? { isOver: true } : { isOver: false, after };
}

type KeyRange = { condition: string; values: Record<string, AttributeValue> };

function keyRange({ pk, prefix, from, to }: DocumentQuery): KeyRange {
  const values: Record<string, AttributeValue> = { ":pk": toAttribute(pk) };
  let condition = "pk = :pk";
  const name = (key: string, value: string | undefined): boolean => {
    // An empty text bounds nothing, and DynamoDB takes none in a key condition.
    if (value === undefined || value === "") return false;
    values[key] = toAttribute(value);
    return true;
  };
  if (name(":prefix", prefix)) condition += " AND begins_with(sk, :prefix)";
  const [hasFrom, hasTo] = [name(":from", from), name(":to", to)];
  if (hasFrom && hasTo) condition += " AND sk BETWEEN :from AND :to";
  else if (hasFrom) condition += " AND sk >= :from";
  else if (hasTo) condition += " AND sk <= :to";
  return { condition, values };
}

/** One page. It may be shorter than `limit` although more follows: `after` tells. */
export async function listDocuments(
  { database, table }: { database: Database; table: string },
  query: DocumentQuery,
  now: number,
): Promise<DocumentPage> {
  const { pk, from, to, limit } = query;
  const start = startAfter(query);
  // DynamoDB refuses a range whose end is before its start; nothing is there.
  const isEmpty = to !== undefined && (to === "" || (from !== undefined && byBytes(from, to) > 0));
  if (start.isOver || isEmpty || limit < 1) return { documents: [], after: null };
  const { condition, values } = keyRange(query);
  const startKey = start.after === undefined ? undefined : { pk, sk: start.after };
  const { rows, next } = await fillPage<Document>(limit, startKey, async (position, missing) => {
    const { items, last } = await database.query({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: condition,
      FilterExpression: "attribute_not_exists(expiresAt) OR expiresAt > :now",
      ExpressionAttributeValues: { ...values, ":now": toAttribute(now) },
      ScanIndexForward: query.descending !== true,
      Limit: Math.min(missing, PAGE_ROWS),
      ...(position === undefined ? {} : { ExclusiveStartKey: toAttributes(position) }),
    });
    const candidates = items.map((item) => ({
      position: { pk, sk: String(item["sk"]) },
      row: decodeDocument(item),
    }));
    return { candidates, last };
  });
  return { documents: rows, after: next === null ? null : String(next["sk"]) };
}
