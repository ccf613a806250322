// Execution logs, as answers show them.

// Gives schemas their method `openapi`.
import "@hono/zod-openapi";
import { type ExecutionLog, LOG_STATUSES, OUTCOMES } from "@hookclock/core";
import * as z from "zod";
import { agrees, type Same } from "./same-type.ts";
import { headers, instant, json } from "./task.ts";

const count = z.number().int().min(0);
const phaseMs = z.number().optional();

export const logSchema = z
  .object({
    namespace: z.string(),
    id: z.string().describe("`<task id>#<occurrence>#<attempt>#<version of the task>`."),
    taskId: z.string(),
    kind: z.string(),
    status: z.enum(LOG_STATUSES),
    outcome: z.enum(OUTCOMES).describe("What the attempt came to; `fault` is a failure of ours."),
    error: z.string().nullable().describe("Stable word for what went wrong."),
    message: z.string().nullable(),
    request: z.object({ url: z.string(), method: z.string(), headers, body: json }),
    response: z.object({
      status: z.number().int().describe("0 when nothing came back."),
      ok: z.boolean(),
      headers,
      body: z.string().describe("Its head, as far as it is kept."),
      encoding: z.enum(["utf8", "base64"]),
      truncated: z.boolean(),
    }),
    retry: z.object({ count: z.number().int(), limit: z.number().int() }),
    occurrence: count,
    attempt: count,
    scheduledDate: instant,
    startedDate: instant,
    latenessMs: z.number().describe("Time of firing minus time due."),
    timings: z.object({ dnsMs: phaseMs, connectMs: phaseMs, firstByteMs: phaseMs, totalMs: z.number() }),
    ttl: z.number().describe("Epoch seconds at which the log ends."),
    __createdAt: instant,
    __updatedAt: instant,
  })
  .openapi("ExecutionLog");

agrees<Same<z.output<typeof logSchema>, ExecutionLog>>();
