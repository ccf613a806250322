// Tasks, as answers show them.

// Gives schemas their method `openapi`.
import "@hono/zod-openapi";
import { CATCH_UP, type Json, METHODS, REASONS, STATUSES, type Task, UNITS } from "@hookclock/core";
import * as z from "zod";
import { agrees, type Same } from "./same-type.ts";

/** Any JSON. Said as unknown: a schema of all JSON would tell a reader nothing more. */
export const json = (z.unknown() as unknown as z.ZodType<Json>).describe("any JSON");
export const instant = z.string().meta({ format: "date-time" });
export const headers = z.record(z.string(), z.string());
const count = z.number().int().min(0);

export const taskSchema = z
  .object({
    namespace: z.string(),
    id: z.string(),
    idPrefix: z.string(),
    kind: z.string().describe("Which handler runs it."),
    status: z.enum(STATUSES),
    reason: z.enum(REASONS).nullable().describe("Why it is in this status."),
    url: z.string(),
    method: z.enum(METHODS),
    request: z.object({
      url: z.string(),
      method: z.enum(METHODS),
      headers: headers.nullable(),
      body: json,
    }),
    payload: json,
    scheduledDate: instant.describe("The occurrence that runs next, or ran last."),
    nextAttemptDate: instant.nullable().describe("When the next attempt is due; null when none is planned."),
    repeat: z.object({
      interval: z.number(),
      unit: z.enum(UNITS),
      max: count.describe("Occurrences in all; 0 is without end."),
      cron: z.string().optional(),
      timeZone: z.string().optional(),
    }),
    retryLimit: count,
    retry: z.object({ limit: count, baseMs: z.number(), maxMs: z.number(), jitter: z.number() }),
    catchUp: z.enum(CATCH_UP),
    timeoutMs: z.number(),
    keepSeconds: count
      .nullable()
      .describe("How long it is kept after it is DONE (FAILED: 90 days at least); null is for ever."),
    ttl: count.nullable().describe("Epoch seconds at which it is deleted; null while no end is known."),
    occurrence: count.describe("Number of the current occurrence, from 0."),
    attempt: count.describe("Attempts made at the current occurrence."),
    errors: z.object({
      count: count.describe("Failed occurrences in a row."),
      firstErrorDate: instant.nullable(),
      lastErrorDate: instant.nullable(),
      lastError: z.string().nullable(),
    }),
    execution: z.object({
      count,
      failed: count,
      successful: count,
      firstExecutionDate: instant.nullable(),
      firstScheduledDate: instant.nullable(),
      lastExecutionDate: instant.nullable(),
      lastResponseBody: z.string(),
      lastResponseHeaders: headers,
      lastResponseStatus: z.number().int(),
    }),
    __createdAt: instant,
    __updatedAt: instant,
  })
  .openapi("Task");

agrees<Same<z.output<typeof taskSchema>, Task>>();
