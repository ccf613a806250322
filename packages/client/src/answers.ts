// What the API answers, looked at before it is believed: envelopes closely, tasks and logs by what marks them as such.
import { type ApiKey, HookclockError, PERMISSIONS } from "@hookclock/core";
import type { DryrunResult, ExecutionLog, Stats, TableProblem, Task, TriggerResult } from "hookclock";
import * as z from "zod";

const has = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === "object" &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === "string");

const task = z.custom<Task>((value) => has(value, "namespace", "id", "status"), "a task");
const log = z.custom<ExecutionLog>(
  (value) => has(value, "namespace", "id", "taskId", "status"),
  "an execution log",
);
const count = z.number().int().min(0);
const nextCursor = z.string().min(1).nullable();
const apiKey: z.ZodType<ApiKey> = z.object({
  id: z.string(),
  name: z.string(),
  namespaces: z.array(z.string()),
  permission: z.enum(PERMISSIONS),
  createdDate: z.string(),
  expiresDate: z.string().nullable(),
  revokedDate: z.string().nullable(),
});
const tally = { processed: count, succeeded: count, failed: count, errors: count, lost: count };

export const answers = {
  task,
  log,
  tasks: z.object({ items: z.array(task), nextCursor }),
  logs: z.object({ items: z.array(log), nextCursor }),
  registered: z.object({
    items: z.array(
      z.union([
        z.object({ ok: z.literal(true), created: z.boolean(), id: z.string(), task: task.nullable() }),
        z.object({ ok: z.literal(false), problem: z.unknown() }),
      ]),
    ),
  }),
  bulk: z.object({ count, ids: z.array(z.string()), nextCursor }),
  stats: z.custom<Stats>(
    (value) =>
      has(value, "namespace") &&
      z.object({ tasks: z.record(z.string(), count), total: count }).safeParse(value).success,
    "counts of a namespace",
  ),
  due: z.object({
    items: z.array(z.object({ namespace: z.string(), id: z.string(), scheduledDate: z.string() })),
  }) satisfies z.ZodType<Pick<DryrunResult, "items">>,
  triggered: z.object({ ...tally, remaining: z.boolean() }) satisfies z.ZodType<TriggerResult>,
  tables: z.object({
    problems: z.array(
      z.custom<TableProblem>((value) => has(value, "table", "problem"), "a problem of a table"),
    ),
  }),
  key: apiKey,
  me: z.object({ key: apiKey }),
  newKey: z.object({ key: apiKey, token: z.string() }),
  keys: z.object({ items: z.array(apiKey) }),
};

/** An answer as what it should be. Throws `api-unreachable` when it is something else: then no hookclock API answers. */
export function read<S extends z.ZodType>(schema: S, document: unknown, what: string): z.output<S> {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw new HookclockError(
    "api-unreachable",
    `the API's answer to ${what} is not what it should be${field}; are both of the same version?`,
  );
}
