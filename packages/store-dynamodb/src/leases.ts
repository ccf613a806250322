// Shard leases: one small row per shard in the tasks table, taken, prolonged and given back by conditional updates.
import type { LeaseStore, ShardLease } from "@hookclock/engine";
import { type Item, toAttributes } from "./attributes.ts";
import type { Database } from "./database.ts";
import { leaseKey } from "./keys.ts";
import type { Meta } from "./meta.ts";

export type LeaseTable = { database: Database; table: string; meta: Meta };

const NAMES = { "#owner": "owner", "#until": "until", "#epoch": "epoch" };

export function makeLeaseStore({ database, table, meta }: LeaseTable): LeaseStore {
  /** Runs a conditional update of one lease; the row as it was, or false. */
  function change(shard: number, update: string, condition: string, values: Item) {
    return database.updateIf({
      TableName: table,
      Key: toAttributes({ ...leaseKey(shard) }),
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: NAMES,
      ExpressionAttributeValues: toAttributes(values),
      ReturnValues: "ALL_OLD",
    });
  }

  return {
    async acquire(shard, owner, now, ms) {
      // Before anything was written there is no epoch; adding to a missing number starts at zero.
      const old = await change(
        shard,
        "SET #owner = :owner, #until = :until ADD #epoch :one",
        "attribute_not_exists(#owner) OR #owner = :owner OR #until < :now",
        { ":owner": owner, ":until": now + ms, ":now": now, ":one": 1 },
      );
      if (old === false) return null;
      // Also when the owner was ourselves: a lost answer hides whom we took it from, and a lease of ours that ran out
      // may have left attempts behind like anybody's.
      const takenOver = old?.["owner"] !== undefined;
      return { shard, owner, epoch: Number(old?.["epoch"] ?? 0) + 1, takenOver };
    },

    async renew(lease, now, ms) {
      const { shard, owner, epoch } = lease;
      const until = now + ms;
      const renewed: ShardLease = { shard, owner, epoch: epoch + 1, takenOver: false };
      const old = await change(
        shard,
        "SET #until = :until ADD #epoch :one",
        "#owner = :owner AND #epoch = :epoch",
        { ":owner": owner, ":epoch": epoch, ":until": until, ":one": 1 },
      );
      if (old !== false) return renewed;
      // Our own renewal, done, its answer lost and sent again, looks like this. Nobody else renews for this owner.
      const row = await database.get(table, { ...leaseKey(shard) });
      const isOurs = row?.["owner"] === owner && row["epoch"] === epoch + 1 && row["until"] === until;
      return isOurs ? renewed : null;
    },

    async release({ shard, owner, epoch }) {
      // Not ours any more: nothing to give back.
      await change(shard, "REMOVE #owner, #until", "#owner = :owner AND #epoch = :epoch", {
        ":owner": owner,
        ":epoch": epoch,
      });
    },

    shardCounts: (now) => meta.shardCounts(now),
  };
}
