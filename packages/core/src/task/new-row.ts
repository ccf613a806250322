import { shardOf } from "../delivery/delivery-id.ts";
import { HookclockError } from "../errors.ts";
import type { Definition } from "../input/definition.ts";
import { firstOccurrence } from "../schedule/next.ts";
import { fingerprint } from "./fingerprint.ts";
import type { TaskRow } from "./row.ts";

export type NewRowContext = {
  now: number;
  random: () => number;
  /** Makes the id of a task whose caller gave none. */
  newId: () => string;
  /** How many shards new rows are spread over. */
  shards: number;
  lane?: string | undefined;
};

/** The row of a task that was just registered: ACTIVE and due at its first occurrence. */
export function newRow(definition: Definition, context: NewRowContext): TaskRow {
  const { namespace, id, idPrefix, scheduledAt, ...content } = definition;
  const taskId = id ?? (idPrefix === undefined ? context.newId() : `${idPrefix}#${context.newId()}`);
  const firstAt = firstDue(definition, context.now);
  const row: TaskRow = {
    namespace,
    id: taskId,
    ...content,
    // A random start: a row that is deleted and registered again under the same id never repeats a version.
    rev: Math.floor(context.random() * 2 ** 40),
    fence: 0,
    status: "ACTIVE",
    scheduledAt: firstAt,
    dueAt: firstAt,
    shard: shardOf(namespace, taskId, context.shards),
    occurrence: 0,
    attempt: 0,
    execution: { count: 0, failed: 0, successful: 0, firstScheduledAt: firstAt },
    // How long it is kept says nothing of what it does: registered again with another time, it is the same task.
    fingerprint: fingerprint({ ...content, keepSeconds: undefined, scheduledAt, idPrefix }),
    createdAt: context.now,
    updatedAt: context.now,
  };
  if (idPrefix !== undefined) row.idPrefix = idPrefix;
  if (context.lane !== undefined) row.lane = context.lane;
  return row;
}

function firstDue(definition: Definition, now: number): number {
  const notBefore = definition.scheduledAt ?? now;
  const first = definition.repeat ? firstOccurrence(definition.repeat, notBefore) : notBefore;
  if (first !== null) return first;
  throw new HookclockError(
    "invalid-input",
    `repeat.cron of task is "${definition.repeat?.cron}"; allowed: an expression that fires at or after scheduledDate`,
    { field: "repeat.cron" },
  );
}
