// What the engine needs from the outside. Adapters implement these; the engine knows nothing else of them.
import type {
  Json,
  LogRow,
  LogStatus,
  Outcome,
  Status,
  TaskKey,
  TaskRequest,
  TaskRow,
} from "@hookclock/core";

/** Time, handed in so that tests can own it. */
export interface Clock {
  /** Wall clock, epoch milliseconds. May jump. */
  now(): number;
  /** Milliseconds from any origin; never goes back. Lease validity is judged by it. */
  monotonic(): number;
  /** Resolves after `ms` (or at once when the signal aborts). Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Random = () => number;

/** A row of the due index: just enough to choose what to read. */
export type DueKey = TaskKey & { dueAt: number; lane?: string };

/** A row that is there but cannot be read back: one bad task must never stop the others. */
export type UnreadableRow = { unreadable: true; namespace: string; id: string; problem: string };
export type ReadResult = TaskRow | UnreadableRow | null;

export type Change = { before: TaskRow; after: TaskRow };
export type SaveResult = "saved" | "conflict";

export type TaskListQuery = {
  namespace: string;
  status?: Status;
  idPrefix?: string;
  /** Inclusive bounds on `scheduledAt`, epoch ms. */
  from?: number;
  to?: number;
  descending: boolean;
  limit: number;
  after?: TaskCursor;
  /** Rows whose time is up at this instant (epoch ms) are left out. */
  now: number;
};
/** Position of the last row read, by key: rows inserted meanwhile do not move it. */
export type TaskCursor = { namespace: string; id: string; scheduledAt?: number };
export type Page<Row, Cursor> = { rows: Row[]; next: Cursor | null };

/**
 * One function for each question asked of the tasks table. All reads of rows are strongly consistent. A read by key tells
 * what is there; whether a row's time is up (`isOver`) is for who asked to see.
 */
export interface TaskStore {
  /**
   * Refuses a row whose key exists, but takes the place of one whose time was up when the new row was made. A retry of
   * our own write counts as inserted.
   */
  insert(row: TaskRow): Promise<"inserted" | "exists">;
  /** As `insert`, batched; `fresh` rows have an id made just now, so no condition is needed. Result by position. */
  insertMany(rows: readonly { row: TaskRow; fresh: boolean }[]): Promise<("inserted" | "exists" | Error)[]>;
  read(key: TaskKey): Promise<TaskRow | null>;
  /** Result by position. */
  readMany(keys: readonly TaskKey[]): Promise<ReadResult[]>;
  /** Keys of one shard due between two instants (inclusive), oldest first (or newest first), from the due index. */
  findDue(query: {
    shard: number;
    /** Without it: however long overdue. */
    from?: number;
    upTo: number;
    limit: number;
    newestFirst?: boolean;
    namespace?: string;
    after?: DueKey;
  }): Promise<{ keys: DueKey[]; after: DueKey | null }>;
  /** Replaces `before` by `after` only if the row still is at `before.rev`. A retry of our own write counts as saved. */
  save(change: Change): Promise<SaveResult>;
  /** As `save`, many at once. Result by position; one failure does not touch the others. */
  saveMany(changes: readonly Change[]): Promise<(SaveResult | Error)[]>;
  /** Deletes whatever is there and returns it. */
  remove(key: TaskKey): Promise<TaskRow | null>;
  /** Deletes by key, batched; absent rows are fine. */
  removeMany(keys: readonly TaskKey[]): Promise<void>;
  /** Takes a row that cannot be read out of the due index and marks it FAILED, reason `unreadable`. */
  quarantine(key: TaskKey): Promise<void>;
  list(query: TaskListQuery): Promise<Page<TaskRow, TaskCursor>>;
}

export type LogListQuery = {
  namespace: string;
  /** Only logs of this task. */
  taskId?: string;
  /** Only logs whose id (`logIdOf`) starts so. */
  idPrefix?: string;
  status?: LogStatus;
  /** Inclusive bounds on `createdAt`, epoch ms. */
  from?: number;
  to?: number;
  descending: boolean;
  limit: number;
  after?: LogCursor;
  /** Rows whose ttl is before this (epoch ms) are left out. */
  now: number;
};
export type LogCursor = { namespace: string; createdAt: number; position: string };

export interface LogStore {
  /** Durable when it resolves, all of them. Writing a log again overwrites it. */
  append(rows: readonly LogRow[]): Promise<void>;
  list(query: LogListQuery): Promise<Page<LogRow, LogCursor>>;
}

/** Exclusive, expiring ownership of one shard of the due index by one worker. */
export type ShardLease = {
  shard: number;
  owner: string;
  /** Moves with every change of hands and renewal; conditions are on it. */
  epoch: number;
  /** True when the one before ran out instead of being released: its worker died or froze. */
  takenOver: boolean;
};
export interface LeaseStore {
  /** Null when somebody else holds it. */
  acquire(shard: number, owner: string, now: number, ms: number): Promise<ShardLease | null>;
  /** Null when it was lost. */
  renew(lease: ShardLease, now: number, ms: number): Promise<ShardLease | null>;
  release(lease: ShardLease): Promise<void>;
  /** How many shards exist to look at, and how many new rows may be spread over. */
  shardCounts(now: number): Promise<{ read: number; write: number }>;
}

export type AttemptContext = {
  /** Aborts when the attempt's time is up or the worker is told to stop at once. */
  signal: AbortSignal;
  /** Same for every attempt of one occurrence. */
  deliveryId: string;
  /** When this attempt starts, epoch ms. */
  startedAt: number;
  attempt: number;
};

/** Runs tasks of one kind. Found by `task.kind` at run time. */
export interface Handler {
  readonly kind: string;
  /** Refuses content that can never be delivered, at the door. Throws HookclockError naming the field. */
  validate?(content: { request?: TaskRequest; payload?: Json }): void;
  /** Who the attempt talks to: attempts of one lane share a concurrency limit. */
  laneOf?(content: { request?: TaskRequest; payload?: Json }): string | undefined;
  /**
   * Makes one attempt. Resolves with what the other side did; rejects only when the fault is ours.
   * Must end soon after the signal aborts.
   */
  run(task: TaskRow, context: AttemptContext): Promise<Outcome>;
}

/** What happened, for screens, metrics and logs. Never holds a body, a header or a secret. */
export type EngineEvent =
  | { type: "start"; namespace: string; id: string; startedAt: number; latenessMs: number }
  | { type: "attempt"; log: LogRow; task: TaskRow; latenessMs: number }
  | { type: "lost"; namespace: string; id: string }
  | { type: "error"; where: string; message: string; code: string };
export type Listener = (event: EngineEvent) => void;
