import * as z from "zod";
import { LIMITS } from "../limits.ts";

/** JSON of any shape, as far as a type can say it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export const jsonSchema: z.ZodType<Json> = z.json() as z.ZodType<Json>;

export const STATUSES = ["ACTIVE", "PROCESSING", "DONE", "FAILED", "SUSPENDED"] as const;
export type Status = (typeof STATUSES)[number];

/** Why a task is in its state. Absent means: nothing special, it waits for its time. */
export const REASONS = [
  "retrying", // ACTIVE: the last attempt failed, the next one is scheduled
  "max-repeat", // DONE: all occurrences ran
  "schedule-ended", // DONE: the schedule has no further occurrence
  "max-attempts", // FAILED: the occurrence used up its attempts
  "max-errors", // FAILED: too many failed occurrences in a row
  "rejected", // FAILED: the receiver answered that retrying cannot help
  "gone", // FAILED: the receiver answered 410
  "worker-lost", // FAILED: every worker that claimed it died
  "unreadable", // FAILED: the row could not be read back
  "suspended-by-user", // SUSPENDED
] as const;
export type Reason = (typeof REASONS)[number];

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] as const;
export type Method = (typeof METHODS)[number];

export const UNITS = ["seconds", "minutes", "hours", "days", "weeks"] as const;
export type Unit = (typeof UNITS)[number];

export const CATCH_UP = ["skip", "one", "all"] as const;
export type CatchUp = (typeof CATCH_UP)[number];

/** Within what a date can be: readers show instants as ISO 8601. */
const epochMs = z.number().int().min(-LIMITS.latestMs).max(LIMITS.latestMs);
const count = z.number().int().min(0);

export const requestSchema = z.object({
  url: z.string(),
  method: z.enum(METHODS),
  headers: z.record(z.string(), z.string()).optional(),
  body: jsonSchema.optional(),
});
export type TaskRequest = z.infer<typeof requestSchema>;

export const repeatSchema = z.object({
  interval: z.number().positive(),
  unit: z.enum(UNITS),
  /** Occurrences in all; 0 = without end. */
  max: count,
  cron: z.string().optional(),
  timeZone: z.string().optional(),
});
export type Repeat = z.infer<typeof repeatSchema>;

export const retrySchema = z.object({
  /** Attempts after the first one, in one occurrence. */
  limit: count,
  baseMs: z.number().min(0),
  maxMs: z.number().min(0),
  /** Share of the delay that is random: 0 = none, 1 = all of it. */
  jitter: z.number().min(0).max(1),
});
export type RetryPolicy = z.infer<typeof retrySchema>;

export const responseSchema = z.object({
  status: z.number().int(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
});

/**
 * A task as the engine holds it and as the store keeps it: instants are epoch milliseconds, absence is a
 * missing attribute. What callers see is made from it by `toTask`.
 */
export const taskRowSchema = z.object({
  namespace: z.string(),
  id: z.string(),
  idPrefix: z.string().optional(),
  kind: z.string(),
  /** Moves by one with every write; every write is conditional on it. */
  rev: count,
  /** Moves by one with every write of a worker, never with a user's: tells a lost claim from an edit. */
  fence: count,
  /** Moves by one when a user changes when the task runs: the attempt in flight must not undo that. */
  scheduleEdit: count.optional(),
  status: z.enum(STATUSES),
  reason: z.enum(REASONS).optional(),
  request: requestSchema.optional(),
  /** What a handler of another kind than `http` needs. */
  payload: jsonSchema.optional(),
  /** Who the attempt talks to (for `http`: the host). Attempts of one lane share a concurrency limit. */
  lane: z.string().optional(),
  /** The due time of the current occurrence, on the schedule's grid. */
  scheduledAt: epochMs,
  /** When the next attempt is due. Present exactly while the task is in the due index. */
  dueAt: epochMs.optional(),
  shard: count,
  repeat: repeatSchema.optional(),
  retry: retrySchema.optional(),
  catchUp: z.enum(CATCH_UP).optional(),
  timeoutMs: z.number().int().optional(),
  /** How long the row is kept after the task is finished, see `withEnd`. Absent: for ever. */
  keepSeconds: z.number().int().min(1).optional(),
  /** Number of the current occurrence, from 0. With namespace and id it makes the delivery id. */
  occurrence: count,
  /** Attempts made at the current occurrence. */
  attempt: count,
  /** An extra run asked for with `runNow`: the pending occurrence keeps its time. */
  extraRun: z.boolean().optional(),
  claim: z.object({ owner: z.string(), until: epochMs }).optional(),
  lostClaims: count.optional(),
  /** Set when an attempt ended while the user had suspended the task: the state that `unsuspend` leads to. */
  settled: z.object({ status: z.enum(["DONE", "FAILED"]), reason: z.enum(REASONS) }).optional(),
  execution: z.object({
    count,
    failed: count,
    successful: count,
    firstAt: epochMs.optional(),
    lastAt: epochMs.optional(),
    firstScheduledAt: epochMs.optional(),
    response: responseSchema.optional(),
  }),
  errors: z
    .object({
      /** Failed occurrences in a row; a success sets it back to 0. */
      count,
      firstAt: epochMs.optional(),
      lastAt: epochMs.optional(),
      last: z.string().optional(),
    })
    .optional(),
  /** Fingerprint of the content it was registered with: makes `register` with an id idempotent. */
  fingerprint: z.string().optional(),
  createdAt: epochMs,
  updatedAt: epochMs,
  /** Epoch seconds at which the row ends. Present exactly while the task is finished and has `keepSeconds`. */
  ttl: count.optional(),
});
export type TaskRow = z.infer<typeof taskRowSchema>;
export type TaskKey = { namespace: string; id: string };
