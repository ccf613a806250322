// What callers hand in, checked before anything is sent: the same fields, names and bounds as the library has.
import {
  check,
  DEFAULTS,
  HookclockError,
  idField,
  instantField,
  isoOf,
  LIMITS,
  LOG_STATUSES,
  namespaceField,
  STATUSES,
} from "@hookclock/core";
import type { TriggerOptions } from "hookclock";
import * as z from "zod";
import type { Query } from "./connection.ts";

const isFunction = (value: unknown): boolean => typeof value === "function";
const pageSize = z.number().int().min(1).max(LIMITS.pageSizeMax).default(DEFAULTS.pageSize);
const taskFilter = {
  namespace: namespaceField,
  id: idField.optional(),
  status: z.enum(STATUSES).optional(),
  from: instantField.optional(),
  to: instantField.optional(),
};
const startKey = z.object({ namespace: z.string(), cursor: z.string().optional() }).nullish();
const signal = z.custom<AbortSignal>((value) => value instanceof AbortSignal, "an AbortSignal");
const bulkProgress = z.custom<(progress: { seen: number; changed: number }) => void>(
  isFunction,
  "a function",
);
const registerProgress = z.custom<(progress: { done: number; total: number }) => void>(
  isFunction,
  "a function",
);

const many = {
  ...taskFilter,
  chunkLimit: pageSize,
  dryRun: z.boolean().default(false),
  limit: z.number().int().min(1).optional(),
  startKey,
  onProgress: bulkProgress.optional(),
};

export const schemas = {
  // Not strict: a whole task is a fine key.
  key: z.object({ namespace: namespaceField, id: idField }),
  namespace: z.strictObject({ namespace: namespaceField }),
  reschedule: z.object({ namespace: namespaceField, id: idField, scheduledDate: instantField }),
  fetch: z.strictObject({
    ...taskFilter,
    desc: z.boolean().default(false),
    limit: z.number().int().min(1).default(DEFAULTS.pageSize),
    startKey,
    chunkLimit: z.number().int().min(1).max(LIMITS.pageSizeMax).optional(),
    onChunk: z
      .custom<(chunk: { items: unknown[]; count: number }) => unknown>(isFunction, "a function")
      .optional(),
  }),
  logs: z.strictObject({
    ...taskFilter,
    status: z.enum(LOG_STATUSES).optional(),
    idPrefix: z.boolean().default(true),
    taskId: idField.optional(),
    desc: z.boolean().default(false),
    limit: pageSize,
    startKey,
  }),
  stream: z.strictObject({
    namespace: namespaceField,
    taskId: idField.optional(),
    status: z.enum(LOG_STATUSES).optional(),
    from: instantField.optional(),
    cursor: z.string().min(1).optional(),
    signal: signal.optional(),
  }),
  many: z.strictObject(many),
  rescheduleMany: z.strictObject({ ...many, scheduledDate: instantField }),
  clear: z.strictObject({ onProgress: bulkProgress.optional() }),
  registerMany: z.strictObject({ onProgress: registerProgress.optional() }),
  dryrun: z.strictObject({
    namespace: namespaceField.optional(),
    id: idField.optional(),
    date: instantField.nullish(),
    limit: pageSize,
  }),
  trigger: z.strictObject({
    budgetMs: z.number().int().min(0).optional(),
    limit: z.number().int().min(1).optional(),
    namespace: namespaceField.optional(),
    signal: signal.optional(),
    onProgress: z.custom<NonNullable<TriggerOptions["onProgress"]>>(isFunction, "a function").optional(),
  }),
};

type Filter = {
  namespace: string;
  id?: string | undefined;
  status?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
};

/** The filter as the API names its parts. */
export function filterOf({ id, status, from, to }: Filter) {
  checkRange(from, to);
  return {
    ...(status === undefined ? {} : { status }),
    ...(id === undefined ? {} : { idPrefix: id }),
    ...(from === undefined ? {} : { from: isoOf(from) }),
    ...(to === undefined ? {} : { to: isoOf(to) }),
  } satisfies Query;
}

function checkRange(from: number | undefined, to: number | undefined): void {
  if (from === undefined || to === undefined || from <= to) return;
  const allowed = `not later than to (${isoOf(to)})`;
  throw new HookclockError("invalid-input", `from is ${isoOf(from)}; allowed: ${allowed}`, { field: "from" });
}

/** The cursor inside a start key: only what an API gave out has one. */
export function cursorOf(key: z.output<typeof startKey>, namespace: string): string | undefined {
  if (key === null || key === undefined) return undefined;
  if (key.cursor !== undefined && key.namespace === namespace) return key.cursor;
  throw new HookclockError(
    "invalid-cursor",
    "startKey is not from this query; allowed: the lastEvaluatedKey of the same query, from the same API",
    {
      field: "startKey",
    },
  );
}

export const checkKey = (input: unknown) => check(schemas.key, input, "key");
