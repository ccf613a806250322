// Moves and deletions over all tasks of a filter: page by page, the rows that do not fit are left alone.
import { HookclockError, type TaskKey, type TaskRow } from "@hookclock/core";
import { announce, type Engine } from "../engine.ts";
import type { TaskCursor, TaskListQuery } from "../ports.ts";
import { edit, MOVES, type Move, rescheduling } from "./edit.ts";

export type BulkProgress = { seen: number; changed: number };
export type BulkOptions = {
  /** Rows per step. */
  chunkLimit?: number | undefined;
  /** Count what would change, change nothing. */
  dryRun?: boolean | undefined;
  /** Tasks looked at, at most. Default: all. Where a filter leaves most rows out, it may end sooner. */
  limit?: number | undefined;
  /** Where an earlier call ended. */
  after?: TaskCursor | undefined;
  onProgress?: ((progress: BulkProgress) => void) | undefined;
};
/** `next`: where to go on, null when the filter is exhausted. */
export type BulkResult<Item> = { items: Item[]; next: TaskCursor | null };
export type Filter = Omit<TaskListQuery, "limit" | "after" | "descending" | "now">;

const CHUNK = 100;
/** Lists asked for beyond what a `limit` needs, when filters keep their pages short; then a cursor is handed back. */
const SHORT_PAGES_MAX = 10;

type Chunk = { rows: TaskRow[]; next: TaskCursor | null };

/** The rows of the filter, a chunk at a time. Chunks may be empty: the last one says where the rest begins. */
async function* chunksOf(engine: Engine, filter: Filter, options: BulkOptions): AsyncGenerator<Chunk> {
  const { chunkLimit = CHUNK, limit = Number.POSITIVE_INFINITY } = options;
  const pagesMax = Math.ceil(limit / chunkLimit) + SHORT_PAGES_MAX;
  let after: TaskCursor | null = options.after ?? null;
  let seen = 0;
  for (let pages = 0; pages < pagesMax && seen < limit; pages += 1) {
    const query: TaskListQuery = {
      ...filter,
      descending: false,
      limit: Math.min(chunkLimit, limit - seen),
      now: engine.clock.now(),
      ...(after ? { after } : {}),
    };
    const { rows, next } = await engine.tasks.list(query);
    yield { rows, next };
    if (next === null) return;
    seen += rows.length;
    after = next;
  }
}

/**
 * A move of many tasks; those that `isDone` says are as it would make them are left alone. So a call that is repeated,
 * or that meets a row again because the move put it further back in the list, does no harm and counts nothing twice.
 */
type BulkMove = { move: Move; isDone?: (row: TaskRow, now: number) => boolean };

/** Applies a move to every task whose state allows it. Returns the keys of those that changed. */
export async function moveMany(
  engine: Engine,
  filter: Filter,
  { move, isDone = () => false }: BulkMove,
  options: BulkOptions = {},
): Promise<BulkResult<TaskKey>> {
  const items: TaskKey[] = [];
  const done = new Set<string>();
  let seen = 0;
  let next: TaskCursor | null = null;
  for await (const chunk of chunksOf(engine, filter, options)) {
    next = chunk.next;
    const rows = chunk.rows.filter(({ id }) => !done.has(id));
    if (rows.length === 0) continue;
    seen += rows.length;
    const movable = rows.flatMap((before) => {
      const now = engine.clock.now();
      const after = isDone(before, now) ? null : allowed(move, before, now);
      return after === null ? [] : [{ before, after }];
    });
    const changed = options.dryRun
      ? movable.map(({ before }) => keyOf(before))
      : await saveAll(engine, movable, move);
    for (const key of changed) done.add(key.id);
    items.push(...changed);
    options.onProgress?.({ seen, changed: items.length });
  }
  return { items, next };
}

/** Makes every ACTIVE task of the filter due now; one that is due already keeps its turn. */
export const runNowMany = (engine: Engine, filter: Filter, options?: BulkOptions) =>
  moveMany(
    engine,
    filter,
    { move: MOVES.runNow, isDone: ({ dueAt }, now) => dueAt !== undefined && dueAt <= now },
    options,
  );

/** Moves the next run of every unfinished task of the filter to one instant, epoch ms. */
export const rescheduleMany = (
  engine: Engine,
  filter: Filter,
  scheduledAt: number,
  options?: BulkOptions,
) => {
  const isDone = (row: TaskRow) =>
    row.scheduledAt === scheduledAt &&
    row.status !== "PROCESSING" &&
    (row.dueAt ?? scheduledAt) === scheduledAt &&
    row.attempt === 0 &&
    row.extraRun !== true;
  return moveMany(engine, filter, { move: rescheduling(scheduledAt), isDone }, options);
};

async function saveAll(
  engine: Engine,
  movable: { before: TaskRow; after: TaskRow }[],
  move: Move,
): Promise<TaskKey[]> {
  const changed: TaskKey[] = [];
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
  return changed;
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
): Promise<BulkResult<TaskRow>> {
  const items: TaskRow[] = [];
  let next: TaskCursor | null = null;
  for await (const chunk of chunksOf(engine, filter, options)) {
    next = chunk.next;
    if (chunk.rows.length === 0) continue;
    if (!options.dryRun) await engine.tasks.removeMany(chunk.rows.map(keyOf));
    items.push(...chunk.rows);
    options.onProgress?.({ seen: items.length, changed: items.length });
  }
  return { items, next };
}

/** Deletes every task of a namespace; execution logs stay until their time is up. Returns how many. */
export async function clear(engine: Engine, namespace: string, options: BulkOptions = {}): Promise<number> {
  let count = 0;
  for await (const { rows } of chunksOf(engine, { namespace }, options)) {
    if (rows.length === 0) continue;
    await engine.tasks.removeMany(rows.map(keyOf));
    count += rows.length;
    options.onProgress?.({ seen: count, changed: count });
  }
  return count;
}

const keyOf = ({ namespace, id }: TaskKey): TaskKey => ({ namespace, id });
