// What callers send. The fields are those the library itself checks with, so that document and verdict agree.

// Gives schemas their method `openapi`.
import "@hono/zod-openapi";
import {
  behaviour,
  DEFAULTS,
  idField,
  idPrefixField,
  instantField,
  kindField,
  LIMITS,
  LOG_STATUSES,
  STATUSES,
} from "@hookclock/core";
import * as z from "zod";

/** Path segments that every URL parser resolves away: an id like this could be made but never be asked for again. */
const isDots = (text: string): boolean => text === "." || text === "..";
const NOT_DOTS = 'a text other than "." and "..", which no URL can carry';

export const noQuery = z.strictObject({});
export const noBody = z.strictObject({});

export const newTask = z
  .strictObject({
    id: idField
      .refine((id) => !isDots(id), NOT_DOTS)
      .optional()
      .describe("Your own id makes registering idempotent. Left out, one is made."),
    idPrefix: idPrefixField.optional().describe("What a made id starts with."),
    kind: kindField.optional().describe("Which handler runs it; `http` unless said otherwise."),
    ...behaviour,
  })
  .openapi("NewTask");

export const taskChanges = z.strictObject(behaviour).openapi("TaskChanges");

const limit = z
  .number()
  .int()
  .min(1)
  .max(LIMITS.pageSizeMax)
  .default(DEFAULTS.pageSize)
  .describe("Items at most.");
const cursor = z.string().min(1).optional().describe("`nextCursor` of the answer before.");
const order = z.enum(["asc", "desc"]).default("asc").describe("`desc` is from the last to the first.");

/** What every list is asked with. */
export const listFields = { limit, cursor };

export const taskListQuery = z.strictObject({
  status: z.enum(STATUSES).optional().describe("Only tasks in this status."),
  from: instantField.optional().describe("Scheduled at this instant or later."),
  to: instantField.optional().describe("Scheduled at this instant or earlier."),
  idPrefix: idField.optional().describe("What the id starts with; the list is then in the order of ids."),
  order,
  limit,
  cursor,
});

export const logListQuery = z.strictObject({
  from: instantField.optional().describe("Written at this instant or later."),
  to: instantField.optional().describe("Written at this instant or earlier."),
  status: z.enum(LOG_STATUSES).optional().describe("Only attempts that ended so."),
  task: idField.optional().describe("Only logs of the task with this id."),
  idPrefix: idField.optional().describe("What the id of the log starts with."),
  order,
  limit,
  cursor,
});

export const dueQuery = z.strictObject({
  until: instantField.optional().describe("Due at this instant or earlier; now unless said otherwise."),
  idPrefix: idField.optional().describe("What the id starts with."),
  limit,
});

/** The longest that a trigger asked for over HTTP may start attempts: callers and gateways wait 30 seconds at most. */
export const TRIGGER_BUDGET_MS_MAX = 20_000;
const TRIGGER_BUDGET_MS = 10_000;

export const triggerBody = z.strictObject({
  limit: z.number().int().min(1).max(100_000).optional().describe("Attempts to start at most."),
  budgetMs: z
    .number()
    .int()
    .min(0)
    .max(TRIGGER_BUDGET_MS_MAX)
    .default(TRIGGER_BUDGET_MS)
    .describe("Starts nothing after this long; what is in flight is finished."),
});
