// Moves and deletions over all tasks of a filter: page by page, the rows that do not fit are left alone.
import { HookclockError, type TaskKey, type TaskRow } from "@hookclock/core";
import { announce, type Engine } from "../engine.ts";
import type { TaskCursor, TaskListQuery } from "../ports.ts";
import { edit, type Move } from "./edit.ts";

export type BulkProgress = { seen: number; changed: number };
export type BulkOptions = {
  /** Rows per step. */
  chunkLimit?: number;
  /** Count what would change, change nothing. */
  dryRun?: boolean;
  onProgress?: ((progress: BulkProgress) => void) | undefined;
};
export type Filter = Omit<TaskListQuery, "limit" | "after" | "descending">;

const CHUNK = 100;

/** Every row of the filter, a chunk at a time. */
export async function* chunksOf(
  engine: Engine,
  filter: Filter,
  chunkLimit = CHUNK,
): AsyncGenerator<TaskRow[]> {
  let after: TaskCursor | null = null;
  do {
    const query: TaskListQuery = {
      ...filter,
      descending: false,
      limit: chunkLimit,
      ...(after ? { after } : {}),
    };
    const page = await engine.tasks.list(query);
    if (page.rows.length > 0) yield page.rows;
    after = page.next;
  } while (after !== null);
}

/** Applies a move to every task whose state allows it. Returns the rows that changed. */
export async function moveMany(
  engine: Engine,
  filter: Filter,
  move: Move,
  options: BulkOptions = {},
): Promise<TaskKey[]> {
  const changed: TaskKey[] = [];
  let seen = 0;
  for await (const rows of chunksOf(engine, filter, options.chunkLimit)) {
    seen += rows.length;
    const movable = rows.flatMap((before) => {
      const after = allowed(move, before, engine.clock.now());
      return after === null ? [] : [{ before, after }];
    });
    if (!options.dryRun) await saveAll(engine, movable, move, changed);
    else changed.push(...movable.map(({ before }) => keyOf(before)));
    options.onProgress?.({ seen, changed: changed.length });
  }
  return changed;
}

async function saveAll(
  engine: Engine,
  movable: { before: TaskRow; after: TaskRow }[],
  move: Move,
  changed: TaskKey[],
): Promise<void> {
  const results = await engine.tasks.saveMany(movable);
  for (const [index, { before, after }] of movable.entries()) {
    const result = results[index];
    if (result instanceof Error) throw result;
    if (result === "saved") {
      announce(engine, after);
      changed.push(keyOf(before));
    } else if (await movedLater(engine, before, move)) {
      changed.push(keyOf(before));
    }
  }
}

/** The row changed between reading and writing: once more by itself; a state that no longer fits is left alone. */
async function movedLater(engine: Engine, key: TaskKey, move: Move): Promise<boolean> {
  try {
    return (await edit(engine, key, move)) !== null;
  } catch (error) {
    if (error instanceof HookclockError && error.code === "wrong-status") return false;
    throw error;
  }
}

function allowed(move: Move, row: TaskRow, now: number): TaskRow | null {
  try {
    return move(row, now);
  } catch (error) {
    if (error instanceof HookclockError && error.code === "wrong-status") return null;
    throw error;
  }
}

/** Deletes every task of the filter and returns them. */
export async function deleteMany(
  engine: Engine,
  filter: Filter,
  options: BulkOptions = {},
): Promise<TaskRow[]> {
  const deleted: TaskRow[] = [];
  for await (const rows of chunksOf(engine, filter, options.chunkLimit)) {
    if (!options.dryRun) await engine.tasks.removeMany(rows.map(keyOf));
    deleted.push(...rows);
    options.onProgress?.({ seen: deleted.length, changed: deleted.length });
  }
  return deleted;
}

/** Deletes every task of a namespace; execution logs stay until their time is up. Returns how many. */
export async function clear(engine: Engine, namespace: string, options: BulkOptions = {}): Promise<number> {
  let count = 0;
  for await (const rows of chunksOf(engine, { namespace }, options.chunkLimit)) {
    await engine.tasks.removeMany(rows.map(keyOf));
    count += rows.length;
    options.onProgress?.({ seen: count, changed: count });
  }
  return count;
}

const keyOf = ({ namespace, id }: TaskKey): TaskKey => ({ namespace, id });
