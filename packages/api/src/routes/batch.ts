// Many tasks in one request: each has its own result, in the order they came.

import { check, LIMITS } from "@hookclock/core";
import type { RegisterInput, RegisterOutcome, Task } from "hookclock";
import * as z from "zod";
import { BATCH_BYTES_MAX } from "../http/body.ts";
import { PAGE_BYTES_MAX, sizeOf } from "../http/paging.ts";
import { type Problem, problemOf } from "../http/problem.ts";
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

type Item = { ok: true; created: boolean; id: string; task: Task | null } | { ok: false; problem: Problem };

/**
 * What was made was made, so the answer has to arrive, however large the tasks are: they are put in as long as they fit.
 */
function withTasksThatFit(items: readonly Item[], tasks: readonly (Task | null)[]): Item[] {
  let bytes = items.reduce((sum, item) => sum + sizeOf(item), 0);
  return items.map((item, index) => {
    const task = tasks[index];
    if (!item.ok || !task) return item;
    bytes += sizeOf(task);
    return bytes <= PAGE_BYTES_MAX ? { ...item, task } : item;
  });
}

const batch = defineRoute({
  ...{ method: "post", path: "/v1/namespaces/{namespace}/tasks/batch", operation: "registerTasks" },
  ...{ tag: "Tasks", idempotent: true },
  summary: "Register many tasks",
  description:
    "Each has its own result, in order; a bad one does not stop the others. Where all tasks together are more than 3 MB, `task` is null from some result on: read it by its `id`.",
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
    const all = judged.map((one) =>
      "task" in one ? outcomes[at++] : { ok: false as const, error: one.error },
    );
    const bare = all.map(
      (outcome): Item =>
        outcome?.ok
          ? { ok: true, created: outcome.created, id: outcome.task.id, task: null }
          : { ok: false, problem: problemOf(outcome?.error, requestId) },
    );
    const items = withTasksThatFit(
      bare,
      all.map((outcome) => (outcome?.ok ? outcome.task : null)),
    );
    const failed = items.filter((item) => !item.ok).length;
    return ok({ items, count: items.length, failed });
  },
});

export const batchRoutes: Route[] = [batch];
