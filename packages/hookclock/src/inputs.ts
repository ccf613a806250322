// The filters and cursors of queries: what callers write, checked and turned into what the stores understand.
import {
  check,
  DEFAULTS,
  HookclockError,
  idField,
  instantField,
  isoOf,
  LIMITS,
  LOG_STATUSES,
  type LogRow,
  logIdOf,
  namespaceField,
  refuse,
  STATUSES,
  type Status,
} from "@hookclock/core";
import type {
  LogCursor,
  LogListQuery,
  RunOptions,
  TaskCursor,
  TaskListQuery,
  TriggerOptions,
} from "@hookclock/engine";
import * as z from "zod";
import type { CheckedOptions } from "./options.ts";

const limit = z.number().int().min(1).max(LIMITS.pageSizeMax).default(DEFAULTS.pageSize);
const chunkLimit = z.number().int().min(1).max(LIMITS.pageSizeMax).default(DEFAULTS.pageSize);

const taskFilter = {
  namespace: namespaceField,
  id: idField.optional(),
  status: z.enum(STATUSES).optional(),
  from: instantField.optional(),
  to: instantField.optional(),
};
const taskCursor = z.strictObject({
  namespace: z.string(),
  id: z.string(),
  scheduledDate: instantField.optional(),
});
const logCursor = z.strictObject({ namespace: z.string(), createdDate: instantField, position: z.string() });

/** Position after the last item, by key: items inserted meanwhile do not move it. */
export type TaskStartKey = { namespace: string; id: string; scheduledDate?: string };
export type LogStartKey = { namespace: string; createdDate: string; position: string };

/** Which tasks: all of a namespace, or those with an id prefix, a status, a scheduled date between two inclusive bounds. */
export type TaskFilter = {
  namespace: string;
  /** Prefix of the id. */
  id?: string;
  status?: Status;
  from?: string | Date;
  to?: string | Date;
};

export const shardsField = z.array(z.number().int().min(0)).max(LIMITS.shardsMax);
const isFunction = (value: unknown): boolean => typeof value === "function";
const onProgress = z.custom<(progress: { seen: number; changed: number }) => void>(isFunction, "a function");
const signal = z.custom<AbortSignal>((value) => value instanceof AbortSignal, "an AbortSignal");
const many = {
  ...taskFilter,
  chunkLimit,
  dryRun: z.boolean().default(false),
  limit: z.number().int().min(1).optional(),
  startKey: taskCursor.nullish(),
  onProgress: onProgress.optional(),
};
const schemas = {
  // Not strict: a whole task is a fine key.
  key: z.object({ namespace: namespaceField, id: idField }),
  fetch: z.strictObject({
    ...taskFilter,
    desc: z.boolean().default(false),
    limit: z.number().int().min(1).default(DEFAULTS.pageSize),
    startKey: taskCursor.nullish(),
    chunkLimit: chunkLimit.optional(),
    onChunk: z
      .custom<(chunk: { items: unknown[]; count: number }) => unknown>(isFunction, "a function")
      .optional(),
  }),
  many: z.strictObject(many),
  rescheduleMany: z.strictObject({ ...many, scheduledDate: instantField }),
  logs: z.strictObject({
    namespace: namespaceField,
    id: idField.optional(),
    idPrefix: z.boolean().default(true),
    taskId: idField.optional(),
    status: z.enum(LOG_STATUSES).optional(),
    from: instantField.optional(),
    to: instantField.optional(),
    desc: z.boolean().default(false),
    limit,
    startKey: logCursor.nullish(),
  }),
  dryrun: z.strictObject({
    namespace: namespaceField.optional(),
    id: idField.optional(),
    date: instantField.nullish(),
    limit,
  }),
  trigger: z.strictObject({
    shards: shardsField.optional(),
    lookAheadMs: z.number().int().min(0).max(LIMITS.lookAheadMsMax).optional(),
    budgetMs: z.number().int().min(0).optional(),
    limit: z.number().int().min(1).optional(),
    namespace: namespaceField.optional(),
    signal: signal.optional(),
    onProgress: z.custom<NonNullable<TriggerOptions["onProgress"]>>(isFunction, "a function").optional(),
  }),
  run: z.strictObject({
    signal,
    pollMs: z.number().int().min(10).max(60_000).optional(),
    graceMs: z.number().int().min(0).optional(),
  }),
  reschedule: z.object({ namespace: namespaceField, id: idField, scheduledDate: instantField }),
  namespace: z.strictObject({ namespace: namespaceField }),
  registerMany: z.strictObject({
    onProgress: z
      .custom<(progress: { done: number; total: number }) => void>(isFunction, "a function")
      .optional(),
  }),
  clear: z.strictObject({ onProgress: onProgress.optional() }),
};

/** Leaves out what is undefined: an absent option and an undefined one mean the same. */
function present<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

export const checkTrigger = (input: unknown): TriggerOptions =>
  present(check(schemas.trigger, input, "trigger"));
export const checkRun = (input: unknown): RunOptions => present(check(schemas.run, input, "run"));
export const checkNamespace = (input: unknown): { namespace: string } =>
  check(schemas.namespace, input, "stats");

export function checkReschedule(input: unknown): {
  key: { namespace: string; id: string };
  scheduledAt: number;
} {
  const { namespace, id, scheduledDate } = check(schemas.reschedule, input, "reschedule");
  return { key: { namespace, id }, scheduledAt: scheduledDate };
}

export const checkRegisterMany = (tasks: unknown, options: unknown) => {
  checkList(tasks, "registerMany");
  return present(check(schemas.registerMany, options, "registerMany"));
};
export const checkClear = (namespace: unknown, options: unknown) => ({
  namespace: check(schemas.namespace, { namespace }, "clear").namespace,
  options: present(check(schemas.clear, options, "clear")),
});

function checkList(input: unknown, what: string): void {
  if (!Array.isArray(input)) refuse(what, input, "a list of tasks");
}

/** The options that concern the database. */
export function storeOptions(options: CheckedOptions) {
  const { accessKeyId, secretAccessKey, sessionToken, region, endpoint, client, shards } = options;
  const { tasksTableName, logsTableName } = options;
  return {
    ...present({ accessKeyId, secretAccessKey, sessionToken, region, endpoint, client, shards }),
    tasksTableName,
    logsTableName,
  };
}

export const checkKey = (input: unknown) => check(schemas.key, input, "key");
export const checkDryrun = (input: unknown) => check(schemas.dryrun, input ?? {}, "triggerDryrun");

export function checkFetch(input: unknown) {
  const given = check(schemas.fetch, input, "fetch");
  if (given.limit > LIMITS.pageSizeMax && !given.onChunk) {
    throw new HookclockError(
      "invalid-input",
      `limit of fetch is ${given.limit}; allowed: at most ${LIMITS.pageSizeMax}, or more together with onChunk`,
      { field: "limit" },
    );
  }
  const { desc, onChunk, chunkLimit: chunk, startKey, limit: wanted, ...filter } = given;
  const query: Omit<TaskListQuery, "now"> = {
    ...toFilter(filter),
    descending: desc,
    limit: Math.min(wanted, chunk ?? LIMITS.pageSizeMax),
  };
  if (startKey) query.after = toTaskCursor(startKey, given);
  return { query, limit: wanted, onChunk };
}

export const checkMany = (input: unknown, what: string) => ofMany(check(schemas.many, input, what));

export function checkRescheduleMany(input: unknown) {
  const { scheduledDate, ...given } = check(schemas.rescheduleMany, input, "rescheduleMany");
  return { ...ofMany(given), scheduledAt: scheduledDate };
}

function ofMany({
  chunkLimit,
  dryRun,
  onProgress,
  limit,
  startKey,
  ...filter
}: z.output<typeof schemas.many>) {
  const after = startKey ? toTaskCursor(startKey, filter) : undefined;
  return { filter: toFilter(filter), options: { chunkLimit, dryRun, onProgress, limit, after } };
}

type GivenFilter = {
  namespace: string;
  id?: string | undefined;
  status?: (typeof STATUSES)[number] | undefined;
  from?: number | undefined;
  to?: number | undefined;
};

function toFilter({
  namespace,
  id,
  status,
  from,
  to,
}: GivenFilter): Omit<TaskListQuery, "descending" | "limit" | "now"> {
  checkRange(from, to);
  return {
    namespace,
    ...(id === undefined ? {} : { idPrefix: id }),
    ...(status === undefined ? {} : { status }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

export function checkRange(from: number | undefined, to: number | undefined): void {
  if (from === undefined || to === undefined || from <= to) return;
  throw new HookclockError(
    "invalid-input",
    `from is ${isoOf(from)}; allowed: not later than to (${isoOf(to)})`,
    {
      field: "from",
    },
  );
}

function foreignCursor(): never {
  throw new HookclockError(
    "invalid-cursor",
    "startKey belongs to another query; allowed: the lastEvaluatedKey of the same call, unchanged",
    { field: "startKey" },
  );
}

function toTaskCursor(
  key: z.output<typeof taskCursor>,
  { namespace, id: prefix, from, to }: GivenFilter,
): TaskCursor {
  const { id, scheduledDate } = key;
  // With an id prefix the list is in the order of ids, without one in that of time: each has its own positions.
  if (key.namespace !== namespace || (prefix === undefined) !== (scheduledDate !== undefined))
    foreignCursor();
  if (prefix !== undefined && !id.startsWith(prefix)) foreignCursor();
  if (
    scheduledDate !== undefined &&
    (scheduledDate < (from ?? 0) || scheduledDate > (to ?? LIMITS.latestMs))
  ) {
    foreignCursor();
  }
  return { namespace, id, ...(scheduledDate === undefined ? {} : { scheduledAt: scheduledDate }) };
}

export function fromTaskCursor(cursor: TaskCursor | null): TaskStartKey | null {
  if (cursor === null) return null;
  const { namespace, id, scheduledAt } = cursor;
  return { namespace, id, ...(scheduledAt === undefined ? {} : { scheduledDate: isoOf(scheduledAt) }) };
}

/** `exactId`: only the log with this very id is wanted. */
export function checkLogs(input: unknown, now: number): { query: LogListQuery; exactId: string | undefined } {
  const given = check(schemas.logs, input, "fetchLogs");
  checkRange(given.from, given.to);
  if (given.startKey && given.startKey.namespace !== given.namespace) foreignCursor();
  const exact = given.id !== undefined && !given.idPrefix ? given.id : undefined;
  const taskId = given.taskId ?? (exact === undefined ? undefined : taskIdOf(exact));
  const query: LogListQuery = {
    namespace: given.namespace,
    descending: given.desc,
    limit: given.limit,
    now,
    ...(taskId === undefined ? {} : { taskId }),
    ...(given.id === undefined ? {} : { idPrefix: given.id }),
    ...(given.status === undefined ? {} : { status: given.status }),
    ...(given.from === undefined ? {} : { from: given.from }),
    ...(given.to === undefined ? {} : { to: given.to }),
  };
  if (given.startKey) {
    const { namespace, createdDate, position } = given.startKey;
    query.after = { namespace, createdAt: createdDate, position };
  }
  return { query, exactId: exact };
}

/** A log's id is `<task id>#<occurrence>#<attempt>#<version>`. */
const taskIdOf = (logId: string): string => logId.split("#").slice(0, -3).join("#") || logId;

export const isExactly = (row: LogRow, id: string | undefined): boolean =>
  id === undefined || logIdOf(row) === id;

export function fromLogCursor(cursor: LogCursor | null): LogStartKey | null {
  if (cursor === null) return null;
  return { namespace: cursor.namespace, createdDate: isoOf(cursor.createdAt), position: cursor.position };
}
