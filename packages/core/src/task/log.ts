import * as z from "zod";
import { OUTCOMES } from "../delivery/outcome.ts";
import { jsonSchema } from "./row.ts";

export const LOG_STATUSES = ["SUCCESS", "FAIL"] as const;
export type LogStatus = (typeof LOG_STATUSES)[number];

/**
 * One row per attempt, as the store keeps it. Its identity is namespace, taskId, occurrence, attempt and `rev`, the
 * version of the task the attempt was made for: writing the same log again overwrites it, while an attempt that a lost
 * worker made beside its successor's keeps a log of its own.
 */
export const logRowSchema = z.object({
  namespace: z.string(),
  taskId: z.string(),
  kind: z.string(),
  occurrence: z.number().int().min(0),
  /** 1 for the first try of the occurrence. */
  attempt: z.number().int().min(1),
  rev: z.number().int().min(0),
  retryLimit: z.number().int().min(0),
  status: z.enum(LOG_STATUSES),
  outcome: z.enum(OUTCOMES),
  error: z.string().optional(),
  message: z.string().optional(),
  scheduledAt: z.number().int(),
  dueAt: z.number().int(),
  startedAt: z.number().int(),
  request: z
    .object({
      url: z.string().optional(),
      method: z.string().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      body: jsonSchema.optional(),
    })
    .optional(),
  response: z
    .object({
      status: z.number().int(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
      encoding: z.literal("base64").optional(),
      truncated: z.boolean().optional(),
    })
    .optional(),
  timings: z
    .object({
      dnsMs: z.number().optional(),
      connectMs: z.number().optional(),
      firstByteMs: z.number().optional(),
      totalMs: z.number(),
    })
    .optional(),
  /** When the row was written: logs of a namespace are ordered by it. Epoch ms. */
  createdAt: z.number().int(),
  /** Epoch seconds after which the row does not exist for readers, though DynamoDB may delete it later. */
  ttl: z.number().int(),
});
export type LogRow = z.infer<typeof logRowSchema>;
