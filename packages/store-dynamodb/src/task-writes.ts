// Conditional writes of tasks, one row at a time. A failed condition is an answer; a repeat of our own write whose
// answer was lost is recognised by the mark it left in the row.
import { isOver, type TaskKey, type TaskRow } from "@hookclock/core";
import type { Change, SaveResult } from "@hookclock/engine";
import { type Item, toAttributes } from "./attributes.ts";
import { difference, updateParts } from "./changes.ts";
import type { Database } from "./database.ts";
import { isConditionFailure } from "./errors.ts";
import { statusKey } from "./keys.ts";
import type { Library } from "./library.ts";
import { decodeTask, encodeTask, isUnreadable, keyOf, salvage } from "./task-codec.ts";
import type { WriteMarks } from "./write-marks.ts";

export type TaskTable = { database: Database; library: Library; table: string; marks: WriteMarks };

/** True when the row in the table is the very version that this write made. */
export async function isOurWrite({ database, table, marks }: TaskTable, row: TaskRow): Promise<boolean> {
  const current = await database.get(table, keyOf(row));
  return current?.["write"] === marks.of(row);
}

export async function insertTask(tasks: TaskTable, row: TaskRow): Promise<"inserted" | "exists"> {
  const { database, library, table, marks } = tasks;
  const item: Item = encodeTask(row, marks.of(row));
  try {
    await database.run("PutItem", table, () =>
      library.put(item, { useCurrentCreatedAtIfExists: true }, row.updatedAt),
    );
    return "inserted";
  } catch (error) {
    if (!isConditionFailure(error)) throw error;
    return insertRefused(tasks, row);
  }
}

/**
 * What an insert comes to whose key was taken. A row whose time is up is replaced on the condition that it still is:
 * of several who try, one succeeds, and one that was brought back meanwhile stays.
 */
export async function insertRefused(tasks: TaskTable, row: TaskRow): Promise<"inserted" | "exists"> {
  const { database, table, marks } = tasks;
  const current = await database.get(table, keyOf(row));
  if (current?.["write"] === marks.of(row)) return "inserted";
  const ttl = current?.["ttl"];
  if (typeof ttl !== "number" || !isOver({ ttl }, row.createdAt)) return "exists";
  const isReplaced = await database.putIf({
    TableName: table,
    Item: toAttributes(encodeTask(row, marks.of(row))),
    ConditionExpression: "attribute_not_exists(id) OR #ttl <= :nowSeconds",
    ExpressionAttributeNames: { "#ttl": "ttl" },
    ExpressionAttributeValues: toAttributes({ ":nowSeconds": Math.floor(row.createdAt / 1_000) }),
  });
  return isReplaced || (await isOurWrite(tasks, row)) ? "inserted" : "exists";
}

/** Attributes that lead from one version to the next, and the version the row must be at. */
export function changeOf({ marks }: TaskTable, { before, after }: Change) {
  const changed = difference(encodeTask(before, ""), encodeTask(after, marks.of(after)));
  return { key: keyOf(after), changed, rev: before.rev };
}

export async function saveTask(tasks: TaskTable, change: Change): Promise<SaveResult> {
  const { database, table } = tasks;
  const { key, changed, rev } = changeOf(tasks, change);
  const parts = updateParts(changed, rev);
  const isDone = (await database.updateIf({ TableName: table, Key: toAttributes(key), ...parts })) !== false;
  return isDone || (await isOurWrite(tasks, change.after)) ? "saved" : "conflict";
}

export async function removeTask({ database, table }: TaskTable, key: TaskKey): Promise<TaskRow | null> {
  const old = await database.delete(table, keyOf(key));
  const row = old === null ? null : decodeTask(old);
  // What could not be read has been deleted all the same; there is no row to hand back.
  return row === null || isUnreadable(row) ? null : row;
}

/**
 * Takes an unreadable row out of the due index and marks it, without understanding the rest of it. Its version is
 * made a number again: a user's later edit must find something to be conditional on.
 */
export async function quarantineTask({ database, table }: TaskTable, key: TaskKey): Promise<void> {
  const current = await database.get(table, keyOf(key));
  if (current === null) return;
  const rev = typeof current["rev"] === "number" ? current["rev"] : 0;
  await database.updateIf({
    TableName: table,
    Key: toAttributes(keyOf(key)),
    UpdateExpression:
      "SET #status = :failed, #reason = :unreadable, #rev = :rev, statusKey = :statusKey, dueShard = :shard, " +
      "scheduledAt = if_not_exists(scheduledAt, :zero) REMOVE dueAt, claim",
    ConditionExpression: "attribute_exists(id)",
    ExpressionAttributeNames: { "#status": "status", "#reason": "reason", "#rev": "rev" },
    ExpressionAttributeValues: toAttributes({
      ":failed": "FAILED",
      ":unreadable": "unreadable",
      ":rev": rev + 1,
      ":statusKey": statusKey(key.namespace, "FAILED"),
      ":shard": String(salvage(current).shard),
      ":zero": 0,
    }),
  });
}
