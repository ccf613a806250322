// Moves and deletions by filter: the API does a bounded part in one request, so it is asked until nothing is left.
import { check, isoOf, type TaskKey } from "@hookclock/core";
import type { ManyInput, ManyResult } from "hookclock";
import type * as z from "zod";
import { answers, read } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { cursorOf, filterOf, schemas } from "./inputs.ts";
import { inNamespace, taskStartKey } from "./lists.ts";

export type BulkMove = "suspend" | "unsuspend" | "run" | "retry" | "delete";

/** Time that a thousand changes may take beyond the usual limit. */
const EXTRA_MS = 30_000;

/** A move of every task of the filter, a chunk at a time. `seen` in the progress is what was changed: the API says no more. */
export function moveMany(
  connection: Connection,
  move: BulkMove,
  input: ManyInput,
  what: string,
): Promise<ManyResult<TaskKey>> {
  return repeat(connection, move, check(schemas.many, input, what), {});
}

export function rescheduleMany(
  connection: Connection,
  input: ManyInput & { scheduledDate: string | Date },
): Promise<ManyResult<TaskKey>> {
  const { scheduledDate, ...given } = check(schemas.rescheduleMany, input, "rescheduleMany");
  return repeat(connection, "reschedule", given, { scheduledDate: isoOf(scheduledDate) });
}

async function repeat(
  connection: Connection,
  move: BulkMove | "reschedule",
  {
    chunkLimit,
    dryRun,
    limit: most = Number.POSITIVE_INFINITY,
    startKey,
    onProgress,
    ...given
  }: z.output<typeof schemas.many>,
  more: { scheduledDate?: string },
): Promise<ManyResult<TaskKey>> {
  const { namespace } = given;
  const filter = filterOf(given);
  // Everything of a namespace is deleted only when that is said in so many words.
  const all = move === "delete" && Object.keys(filter).length === 0 ? { all: true } : {};
  const items: TaskKey[] = [];
  let cursor = cursorOf(startKey, namespace);
  // What was looked at and left alone counts too: the API does not say how much that was, so each request takes its share.
  for (let left = most; ; ) {
    const limit = Math.min(chunkLimit, left);
    const { document } = await connection.call({
      method: "POST",
      path: [...inNamespace(namespace), "bulk", move],
      body: { filter, dryRun, limit, ...more, ...all, cursor },
      extraMs: EXTRA_MS,
    });
    const part = read(answers.bulk, document, `${move} in bulk`);
    items.push(...part.ids.map((id) => ({ namespace, id })));
    onProgress?.({ seen: items.length, changed: items.length });
    left -= limit;
    const { nextCursor } = part;
    if (nextCursor === null) return { count: items.length, items, lastEvaluatedKey: null };
    if (left <= 0)
      return {
        count: items.length,
        items,
        lastEvaluatedKey: taskStartKey(namespace, items.at(-1), nextCursor),
      };
    cursor = nextCursor;
  }
}
