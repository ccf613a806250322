// Moves and deletions by filter: the API does a bounded part in one request, so it is asked until nothing is left.
import { check, type TaskKey } from "@hookclock/core";
import type { ManyInput } from "hookclock";
import { answers, read } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { filterOf, schemas } from "./inputs.ts";
import { inNamespace } from "./lists.ts";

export type BulkMove = "suspend" | "unsuspend" | "retry" | "delete";

/** Time that a thousand changes may take beyond the usual limit. */
const EXTRA_MS = 30_000;

/** Every task of the filter, a chunk at a time. `seen` in the progress is what was changed: the rest stays with the API. */
export async function moveMany(
  connection: Connection,
  move: BulkMove,
  input: ManyInput,
  what: string,
): Promise<{ count: number; items: TaskKey[] }> {
  const { chunkLimit: limit, dryRun, onProgress, ...given } = check(schemas.many, input, what);
  const { namespace } = given;
  const filter = filterOf(given);
  // Everything of a namespace is deleted only when that is said in so many words.
  const all = move === "delete" && Object.keys(filter).length === 0 ? { all: true } : {};
  const items: TaskKey[] = [];
  let count = 0;
  let cursor: string | null = null;
  do {
    const { document } = await connection.call({
      method: "POST",
      path: [...inNamespace(namespace), "bulk", move],
      body: { filter, dryRun, limit, ...all, ...(cursor === null ? {} : { cursor }) },
      extraMs: EXTRA_MS,
    });
    const part = read(answers.bulk, document, `${move} in bulk`);
    items.push(...part.ids.map((id) => ({ namespace, id })));
    count += part.count;
    cursor = part.nextCursor;
    onProgress?.({ seen: count, changed: count });
  } while (cursor !== null);
  return { count, items };
}
