// Reading: tasks, execution logs, what a trigger would run, counts. All bounded, all paged by key.
import {
  type ExecutionLog,
  isoOf,
  STATUSES,
  type Status,
  type Task,
  toExecutionLog,
  toTask,
} from "@hookclock/core";
import type { DueKey, Engine } from "@hookclock/engine";
import {
  checkDryrun,
  checkFetch,
  checkLogs,
  checkNamespace,
  fromLogCursor,
  fromTaskCursor,
  isExactly,
  type LogStartKey,
  type TaskFilter,
  type TaskStartKey,
} from "./inputs.ts";

export type FetchInput = TaskFilter & {
  /** Newest first. Default false. */
  desc?: boolean;
  /** Items at most: up to 1,000, or any number together with `onChunk`. Default 100. */
  limit?: number;
  startKey?: TaskStartKey | null;
  /** Items per chunk. */
  chunkLimit?: number;
  /** Called with each chunk as it arrives; the result then holds no items, only their count. */
  onChunk?: (chunk: { items: Task[]; count: number }) => unknown;
};
export type FetchResult = { items: Task[]; count: number; lastEvaluatedKey: TaskStartKey | null };

const PAGES_MAX = 10;

export async function fetchPages(engine: Engine, input: FetchInput): Promise<FetchResult> {
  const { query, limit, onChunk } = checkFetch(input);
  const items: Task[] = [];
  let count = 0;
  let after = query.after;
  for (let pages = 1; ; pages += 1) {
    const want = Math.min(query.limit, limit - count);
    const now = engine.clock.now();
    const page = await engine.tasks.list({ ...query, limit: want, now, ...(after ? { after } : {}) });
    const tasks = page.rows.map(toTask);
    count += tasks.length;
    if (onChunk && tasks.length > 0) await onChunk({ items: tasks, count: tasks.length });
    if (!onChunk) items.push(...tasks);
    // A filter may leave most rows out: rather a short page with a cursor than a call without an end.
    const enough = count >= limit || (!onChunk && pages >= PAGES_MAX);
    if (page.next === null || enough) return { items, count, lastEvaluatedKey: fromTaskCursor(page.next) };
    after = page.next;
  }
}

export type LogsInput = {
  namespace: string;
  /** Logs whose id starts so; with `idPrefix: false`, the log with this very id. */
  id?: string;
  idPrefix?: boolean;
  /** Only logs of this task. */
  taskId?: string;
  status?: ExecutionLog["status"];
  /** Inclusive bounds on when the log was written. */
  from?: string | Date;
  to?: string | Date;
  /** Newest first. Default false. */
  desc?: boolean;
  /** Default 100, at most 1,000. */
  limit?: number;
  startKey?: LogStartKey | null;
};
export type LogsResult = { items: ExecutionLog[]; count: number; lastEvaluatedKey: LogStartKey | null };

export async function fetchLogs(engine: Engine, input: LogsInput): Promise<LogsResult> {
  const { query, exactId } = checkLogs(input, engine.clock.now());
  const page = await engine.logs.list(query);
  const items = page.rows.filter((row) => isExactly(row, exactId)).map(toExecutionLog);
  return { items, count: items.length, lastEvaluatedKey: fromLogCursor(page.next) };
}

export type DryrunInput = {
  namespace?: string;
  /** Prefix of the id. */
  id?: string;
  /** Due up to this instant. Default now. */
  date?: string | Date | null;
  limit?: number;
};
export type DryrunResult = {
  count: number;
  items: { namespace: string; id: string; scheduledDate: string }[];
};

/** Keys of the due index, with their rows read once more, so that the answer equals what a trigger would claim. */
export async function dryrun(engine: Engine, input: DryrunInput | undefined): Promise<DryrunResult> {
  const { namespace, id, date, limit } = checkDryrun(input);
  const upTo = date ?? engine.clock.now();
  const { read } = await engine.leases.shardCounts(engine.clock.now());
  const keys: DueKey[] = [];
  for (let shard = 0; shard < read; shard += 1) {
    keys.push(...(await dueKeys(engine, { shard, upTo, namespace, id, limit })));
  }
  keys.sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1));
  const rows = await engine.tasks.readMany(keys.slice(0, limit));
  const items = rows.flatMap((row) => {
    if (row === null || "unreadable" in row || row.dueAt === undefined || row.dueAt > upTo) return [];
    return [{ namespace: row.namespace, id: row.id, scheduledDate: isoOf(row.scheduledAt) }];
  });
  return { count: items.length, items };
}

type DueQuery = {
  shard: number;
  upTo: number;
  namespace: string | undefined;
  id: string | undefined;
  limit: number;
};
const DUE_PAGES_MAX = 50;

async function dueKeys(engine: Engine, query: DueQuery): Promise<DueKey[]> {
  const { shard, upTo, namespace, id, limit } = query;
  const found: DueKey[] = [];
  let after: DueKey | undefined;
  for (let page = 0; page < DUE_PAGES_MAX && found.length < limit; page += 1) {
    const { keys, after: next } = await engine.tasks.findDue({
      ...{ shard, upTo, limit },
      ...(namespace === undefined ? {} : { namespace }),
      ...(after === undefined ? {} : { after }),
    });
    found.push(...keys.filter((key) => id === undefined || key.id.startsWith(id)));
    if (next === null) break;
    after = next;
  }
  return found.slice(0, limit);
}

export type Stats = {
  namespace: string;
  tasks: Record<Status, number>;
  /** Tasks counted; `complete` is false when the namespace holds more than were counted. */
  total: number;
  complete: boolean;
  overdue: number;
  nextDueDate: string | null;
};

const STATS_MAX = 100_000;

/** Counts by reading every task of the namespace, up to a bound. */
export async function stats(engine: Engine, input: { namespace: string }): Promise<Stats> {
  const { namespace } = checkNamespace(input);
  const tasks = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  const now = engine.clock.now();
  let total = 0;
  let overdue = 0;
  let nextDue = Number.POSITIVE_INFINITY;
  let after: Awaited<ReturnType<Engine["tasks"]["list"]>>["next"] = null;
  do {
    const page = await engine.tasks.list({
      namespace,
      descending: false,
      limit: 1000,
      now,
      ...(after ? { after } : {}),
    });
    for (const row of page.rows) {
      tasks[row.status] += 1;
      if (row.dueAt === undefined) continue;
      if (row.dueAt <= now) overdue += 1;
      else nextDue = Math.min(nextDue, row.dueAt);
    }
    total += page.rows.length;
    after = page.next;
  } while (after !== null && total < STATS_MAX);
  const nextDueDate = Number.isFinite(nextDue) ? isoOf(nextDue) : null;
  return { namespace, tasks, total, complete: after === null, overdue, nextDueDate };
}
