// Counts and results: what a namespace holds, what is due, what a trigger did.

// Gives schemas their method `openapi`.
import "@hono/zod-openapi";
import { STATUSES } from "@hookclock/core";
import type Hooks from "hookclock";
import type { DryrunResult, Stats, TriggerResult } from "hookclock";
import * as z from "zod";
import { problemSchema } from "./problem.ts";
import { agrees, type Same } from "./same-type.ts";
import { instant, taskSchema } from "./task.ts";

const count = z.number().int().min(0);

export const statsSchema = z
  .object({
    namespace: z.string(),
    tasks: z.record(z.enum(STATUSES), count).describe("Tasks by status."),
    total: count,
    complete: z.boolean().describe("False when the namespace holds more than were counted."),
    overdue: count,
    nextDueDate: instant.nullable(),
  })
  .openapi("Stats");
agrees<Same<z.output<typeof statsSchema>, Stats>>();

export const dueSchema = z
  .object({
    count,
    items: z.array(z.object({ namespace: z.string(), id: z.string(), scheduledDate: instant })),
  })
  .openapi("Due");
agrees<Same<z.output<typeof dueSchema>, DryrunResult>>();

export const triggerResultSchema = z
  .object({
    processed: count.describe("Attempts made and recorded."),
    errors: count.describe("Faults of ours; never a receiver's failure."),
    succeeded: count,
    failed: count,
    lost: count.describe("Attempts whose task another worker had taken meanwhile."),
    remaining: z.boolean().describe("True when something due was left."),
  })
  .openapi("TriggerResult");
agrees<Same<z.output<typeof triggerResultSchema>, TriggerResult>>();

export const tableProblemSchema = z
  .object({ table: z.string(), index: z.string().optional(), problem: z.string() })
  .openapi("TableProblem");
agrees<Same<z.output<typeof tableProblemSchema>[], Awaited<ReturnType<Hooks["checkTables"]>>>>();

export const batchResultSchema = z
  .object({
    items: z.array(
      z.union([
        z.object({
          ok: z.literal(true),
          created: z.boolean(),
          id: z.string(),
          task: taskSchema.nullable().describe("Null when the answer would have become too large."),
        }),
        z.object({ ok: z.literal(false), problem: problemSchema }),
      ]),
    ),
    count,
    failed: count,
  })
  .openapi("BatchResult");
