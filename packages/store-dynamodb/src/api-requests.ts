// Records of requests that carry an idempotency key. Who answers one is decided by conditional writes alone.
import { HookclockError, type IdempotencyRow, LIMITS, type NewAnswer } from "@hookclock/core";
import { decodeRequest, encodeAnswer, requestKey } from "./api-codec.ts";
import { type Item, toAttributes } from "./attributes.ts";
import type { Database } from "./database.ts";

export type RequestClaim = { owner: string; fingerprint: string; now: number };

export type RequestStore = {
  /**
   * Makes the request the owner's if nobody has it, if what is there has expired, or if the same request was left
   * unfinished for too long. Else the record that stands in the way.
   */
  claim(name: string, claim: RequestClaim): Promise<"claimed" | IdempotencyRow>;
  /** Keeps the owner's answer. False when the request is not the owner's any more. */
  finish(name: string, owner: string, answer: NewAnswer): Promise<boolean>;
  /** Removes the owner's unfinished record; does nothing when it is not the owner's. */
  abandon(name: string, owner: string): Promise<void>;
};

const TRIES = 4;
const NAMES = { "#owner": "owner", "#status": "status", "#ttl": "ttl" };
const IS_OURS = "#owner = :owner AND attribute_not_exists(#status)";
const CLAIMABLE = [
  "attribute_not_exists(pk)",
  "#ttl <= :nowSeconds",
  "(attribute_not_exists(#status) AND fingerprint = :fingerprint AND startedAt <= :staleAt)",
].join(" OR ");

export function makeRequestStore({ database, table }: { database: Database; table: string }): RequestStore {
  async function read(name: string): Promise<IdempotencyRow | null> {
    const item = await database.get(table, requestKey(name));
    if (item === null) return null;
    const row = await decodeRequest(item);
    if (row !== null) return row;
    throw new HookclockError(
      "row-unreadable",
      `the record of an idempotent request in table "${table}" cannot be read`,
    );
  }

  async function write(name: string, owner: string, { now, fingerprint }: RequestClaim): Promise<boolean> {
    const old = await database.updateIf({
      TableName: table,
      Key: toAttributes(requestKey(name)),
      UpdateExpression:
        "SET #owner = :owner, fingerprint = :fingerprint, startedAt = :now, #ttl = :ttl " +
        "REMOVE #status, headers, body, packed, leftOut",
      ConditionExpression: CLAIMABLE,
      ExpressionAttributeNames: NAMES,
      ExpressionAttributeValues: toAttributes({
        ":owner": owner,
        ":fingerprint": fingerprint,
        ":now": now,
        ":nowSeconds": Math.floor(now / 1_000),
        ":staleAt": now - LIMITS.idempotencyTakeOverMs,
        ":ttl": Math.ceil((now + LIMITS.idempotencyMs) / 1_000),
      }),
    });
    return old !== false;
  }

  return {
    async claim(name, claim) {
      for (let tries = 0; tries < TRIES; tries += 1) {
        if (await write(name, claim.owner, claim)) return "claimed";
        const row = await read(name);
        // It was abandoned between the two: ask again.
        if (row === null) continue;
        // Our own write, its answer lost and sent again, finds itself in the way.
        return row.owner === claim.owner ? "claimed" : row;
      }
      throw new HookclockError(
        "edit-conflict",
        "the record of an idempotent request kept coming and going; try again",
      );
    },

    async finish(name, owner, answer) {
      const attributes: Item = await encodeAnswer(answer);
      const parts = Object.keys(attributes);
      const old = await database.updateIf({
        TableName: table,
        Key: toAttributes(requestKey(name)),
        UpdateExpression: `SET ${parts.map((part) => `#${part} = :${part}`).join(", ")}`,
        ConditionExpression: IS_OURS,
        ExpressionAttributeNames: {
          "#owner": "owner",
          ...Object.fromEntries(parts.map((part) => [`#${part}`, part])),
        },
        ExpressionAttributeValues: toAttributes({
          ":owner": owner,
          ...Object.fromEntries(Object.entries(attributes).map(([part, value]) => [`:${part}`, value])),
        }),
      });
      if (old !== false) return true;
      // Finished by us before: this was a repeat of that write.
      const row = await read(name);
      return row?.owner === owner && row.answer !== undefined;
    },

    async abandon(name, owner) {
      await database.deleteIf({
        TableName: table,
        Key: toAttributes(requestKey(name)),
        ConditionExpression: IS_OURS,
        ExpressionAttributeNames: { "#owner": "owner", "#status": "status" },
        ExpressionAttributeValues: toAttributes({ ":owner": owner }),
      });
    },
  };
}
