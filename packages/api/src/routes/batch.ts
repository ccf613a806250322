// Many tasks in one request: each has its own result, in the order they came.

import { check, LIMITS } from "@hookclock/core";
import type { RegisterInput, RegisterOutcome } from "hookclock";
import * as z from "zod";
import { BATCH_BYTES_MAX } from "../http/body.ts";
import { problemOf } from "../http/problem.ts";
import { defineRoute, ok, type Route } from "../route.ts";
import { newTask } from "../schemas/inputs.ts";
import { batchResultSchema } from "../schemas/results.ts";

const listOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ tasks: z.array(item).min(1).max(LIMITS.pageSizeMax) });

type Judged = { task: RegisterInput } | { error: unknown };

/** One task of a batch, checked by itself: a bad one does not stop the others. */
function judge(given: unknown, namespace: string): Judged {
  try {
    check(newTask, given, "task");
    return { task: { ...(given as RegisterInput), namespace } };
  } catch (error) {
    return { error };
  }
}

const batch = defineRoute({
  ...{ method: "post", path: "/v1/namespaces/{namespace}/tasks/batch", operation: "registerTasks" },
  ...{ tag: "Tasks", idempotent: true },
  summary: "Register many tasks",
  description: "Each has its own result, in order; a bad one does not stop the others.",
  access: { scope: "namespace", permission: "write" },
  body: listOf(z.unknown()),
  documentedBody: listOf(newTask),
  bodyBytesMax: BATCH_BYTES_MAX,
  example: { tasks: [{ url: "https://example.com/hooks/one", scheduledDate: "2030-01-31T10:00:00Z" }] },
  answers: { 200: { description: "What became of each.", schema: batchResultSchema } },
  async handle({ deps, parameters: { namespace }, body, requestId }) {
    const judged = body.tasks.map((given) => judge(given, namespace));
    const tasks = judged.flatMap((one) => ("task" in one ? [one.task] : []));
    const outcomes: RegisterOutcome[] = tasks.length === 0 ? [] : await deps.hooks.registerMany(tasks);
    let at = 0;
    const items = judged.map((one) => {
      const outcome = "task" in one ? outcomes[at++] : { ok: false as const, error: one.error };
      if (outcome?.ok) return { ok: true, created: outcome.created, task: outcome.task };
      return { ok: false, problem: problemOf(outcome?.error, requestId) };
    });
    const failed = items.filter((item) => !item.ok).length;
    return ok({ items, count: items.length, failed });
  },
});

export const batchRoutes: Route[] = [batch];
