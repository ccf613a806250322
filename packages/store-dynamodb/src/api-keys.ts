// Keys of the HTTP API: one partition, so that one query lists them and a key is read by its id.
import type { ApiKeyRow } from "@hookclock/core";
import { apiKeyKey, decodeApiKey, encodeApiKey, KEYS_PARTITION } from "./api-codec.ts";
import { type Item, toAttribute, toAttributes } from "./attributes.ts";
import type { Database } from "./database.ts";
import { expiryBound } from "./task-log-queries.ts";

export type ApiKeyStore = {
  /** `exists`: the id is taken. `full`: there are as many keys as a list may hold. */
  insert(row: ApiKeyRow): Promise<"inserted" | "exists" | "full">;
  /** Strongly consistent. Null also for a row that cannot be read. */
  read(id: string): Promise<ApiKeyRow | null>;
  /** Every key that has not gone by `now` (epoch ms), in no order. Strongly consistent. */
  list(now: number): Promise<ApiKeyRow[]>;
  /** Marks a key as revoked, once: the first time counts. The row as it is then; null if there is none. */
  revoke(id: string, at: { revokedAt: number; ttl: number }): Promise<ApiKeyRow | null>;
};

/** `keysMax`: rows of the partition from which on no more are made. */
export function makeApiKeyStore(
  { database, table }: { database: Database; table: string },
  keysMax: number,
): ApiKeyStore {
  /** Rows by page; at most twice the bound, which makers at the same moment may pass by a few. */
  async function* pages(attributes?: string): AsyncGenerator<Item[]> {
    let start: Item | null = null;
    let seen = 0;
    do {
      const { items, last } = await database.query({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": toAttribute(KEYS_PARTITION) },
        ...(attributes === undefined ? {} : { ProjectionExpression: attributes }),
        ...(start === null ? {} : { ExclusiveStartKey: toAttributes(start) }),
      });
      yield items;
      seen += items.length;
      start = last;
    } while (start !== null && seen < 2 * keysMax);
  }

  async function isFull(): Promise<boolean> {
    let count = 0;
    for await (const items of pages("pk, sk")) count += items.length;
    return count >= keysMax;
  }

  async function read(id: string): Promise<ApiKeyRow | null> {
    const item = await database.get(table, apiKeyKey(id));
    return item === null ? null : decodeApiKey(item);
  }

  return {
    read,
    async insert(row) {
      if (await isFull()) return "full";
      const { pk: _pk, sk: _sk, ...attributes } = encodeApiKey(row);
      const names = Object.keys(attributes);
      const old = await database.updateIf({
        TableName: table,
        Key: toAttributes(apiKeyKey(row.id)),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
        ConditionExpression: "attribute_not_exists(pk)",
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: toAttributes(
          Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value])),
        ),
      });
      if (old !== false) return "inserted";
      // Our own write, its answer lost and sent again, finds the key that it made: nobody else has that hash.
      return (await read(row.id))?.hash === row.hash ? "inserted" : "exists";
    },
    async list(now) {
      const rows: ApiKeyRow[] = [];
      for await (const items of pages()) {
        for (const item of items) {
          const row = decodeApiKey(item);
          if (row !== null && (row.ttl ?? Number.POSITIVE_INFINITY) >= expiryBound(now)) rows.push(row);
        }
      }
      return rows;
    },
    async revoke(id, { revokedAt, ttl }) {
      await database.updateIf({
        TableName: table,
        Key: toAttributes(apiKeyKey(id)),
        UpdateExpression: "SET revokedAt = :revokedAt, #ttl = :ttl",
        ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(revokedAt)",
        ExpressionAttributeNames: { "#ttl": "ttl" },
        ExpressionAttributeValues: toAttributes({ ":revokedAt": revokedAt, ":ttl": ttl }),
      });
      return read(id);
    },
  };
}
