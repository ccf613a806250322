// Tasks one by one: registering, listing, reading, changing, deleting.
import { HookclockError } from "@hookclock/core";
import type { RegisterInput, RegisterOutcome, Task, TaskStartKey, UpdateInput } from "hookclock";
import { pageOfItems } from "../http/paging.ts";
import { taskPath } from "../http/path.ts";
import { type Answer, defineRoute, ok, type Route } from "../route.ts";
import { newTask, taskChanges, taskListQuery } from "../schemas/inputs.ts";
import { pageOf } from "../schemas/lists.ts";
import { taskSchema } from "../schemas/task.ts";

const TASKS = "/v1/namespaces/{namespace}/tasks";
const TASK = `${TASKS}/{id}`;
const tag = "Tasks";

/** The task, or `not-found`. */
export function taskAnswer(task: Task | null): Answer {
  if (task !== null) return ok(task);
  throw new HookclockError("not-found", "there is no task with this id in this namespace", { field: "id" });
}

export const oneTask = { 200: { description: "The task.", schema: taskSchema } };

const location = { Location: { description: "Path of the task.", schema: { type: "string" } } } as const;

const create = defineRoute({
  ...{ method: "post", path: TASKS, operation: "registerTask", tag, idempotent: true },
  summary: "Register a task",
  description:
    "With an `id` of your own this is idempotent: the same content again gives the task that is there, other content is `id-conflict`.",
  access: { scope: "namespace", permission: "write" },
  body: newTask,
  bodyName: "task",
  example: {
    id: "invoice-2030-17",
    url: "https://example.com/hooks/invoice",
    method: "POST",
    scheduledDate: "2030-01-31T10:00:00Z",
  },
  problems: ["egress-refused", "unknown-kind", "id-conflict", "row-too-large"],
  answers: {
    201: { description: "The task was made.", schema: taskSchema, headers: location },
    200: { description: "The same task was there already.", schema: taskSchema, headers: location },
  },
  async handle({ deps, parameters: { namespace }, given }) {
    const [outcome] = await deps.hooks.registerMany([{ ...(given as RegisterInput), namespace }]);
    const { task, created } = succeeded(outcome);
    return {
      status: created ? 201 : 200,
      body: task,
      headers: { location: taskPath(namespace, task.id) },
    };
  },
});

function succeeded(outcome: RegisterOutcome | undefined): { task: Task; created: boolean } {
  if (outcome?.ok) return outcome;
  throw outcome?.error ?? new TypeError("registering gave no result");
}

const list = defineRoute({
  ...{ method: "get", path: TASKS, operation: "listTasks", tag },
  summary: "List tasks",
  description:
    "By scheduled date; with `idPrefix` by id. A page may hold fewer items than asked for, even none.",
  access: { scope: "namespace", permission: "read" },
  query: taskListQuery,
  answers: { 200: { description: "One page.", schema: pageOf(taskSchema) } },
  async handle(call) {
    const { deps, parameters, query } = call;
    const { order, idPrefix, status, from, to } = query;
    const filter = {
      namespace: parameters.namespace,
      desc: order === "desc",
      ...(idPrefix === undefined ? {} : { id: idPrefix }),
      ...(status === undefined ? {} : { status }),
      ...(from === undefined ? {} : { from: new Date(from) }),
      ...(to === undefined ? {} : { to: new Date(to) }),
    };
    return ok(
      await pageOfItems(call, query, (limit, startKey: TaskStartKey | null) =>
        deps.hooks.fetch({ ...filter, limit, startKey }),
      ),
    );
  },
});

const read = defineRoute({
  ...{ method: "get", path: TASK, operation: "getTask", tag },
  summary: "Read a task",
  access: { scope: "namespace", permission: "read" },
  answers: oneTask,
  handle: async ({ deps, parameters }) => taskAnswer(await deps.hooks.get(parameters)),
});

const change = defineRoute({
  ...{ method: "patch", path: TASK, operation: "updateTask", tag },
  summary: "Change a task",
  description:
    "Fields left out stay; `request`, `repeat` and `retry` are merged field by field; `null` takes headers or body away.",
  access: { scope: "namespace", permission: "write" },
  body: taskChanges,
  bodyName: "update",
  example: { scheduledDate: "2030-02-28T10:00:00Z" },
  problems: ["egress-refused", "wrong-status", "edit-conflict", "row-too-large"],
  answers: oneTask,
  handle: async ({ deps, parameters, given }) =>
    taskAnswer(
      await deps.hooks.update({ ...(given as Omit<UpdateInput, "namespace" | "id">), ...parameters }),
    ),
});

const remove = defineRoute({
  ...{ method: "delete", path: TASK, operation: "deleteTask", tag },
  summary: "Delete a task",
  description: "Answers the task as it was. Its execution logs stay until their time is up.",
  access: { scope: "namespace", permission: "write" },
  answers: oneTask,
  handle: async ({ deps, parameters }) => taskAnswer(await deps.hooks.delete(parameters)),
});

export const taskRoutes: Route[] = [create, list, read, change, remove];
