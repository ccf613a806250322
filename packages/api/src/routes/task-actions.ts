// What can be done with one task: out of the schedule and back, now, again, at another time.

import { instantField } from "@hookclock/core";
import type { Task, TaskKey } from "hookclock";
import * as z from "zod";
import type { ApiHooks } from "../ports.ts";
import { defineRoute, type Route } from "../route.ts";
import { oneTask, taskAnswer } from "./tasks.ts";

const TASK = "/v1/namespaces/{namespace}/tasks/{id}";
const tag = "Tasks";

type Action = {
  name: string;
  operation: string;
  summary: string;
  description: string;
  act(hooks: ApiHooks, key: TaskKey): Promise<Task | null>;
};

const ACTIONS: Action[] = [
  {
    ...{ name: "suspend", operation: "suspendTask", summary: "Suspend a task" },
    description: "Out of the schedule until `unsuspend`.",
    act: (hooks, key) => hooks.suspend(key),
  },
  {
    ...{ name: "unsuspend", operation: "unsuspendTask", summary: "Bring a suspended task back" },
    description: "Back on its schedule's grid; an occurrence whose time has passed is due at once.",
    act: (hooks, key) => hooks.unsuspend(key),
  },
  {
    ...{ name: "run", operation: "runTask", summary: "Make a task due now" },
    description: "For a task that is ACTIVE. A recurring one keeps its next time.",
    act: (hooks, key) => hooks.runNow(key),
  },
  {
    ...{ name: "retry", operation: "retryTask", summary: "Bring a failed or done task back" },
    description: "ACTIVE again, and due now.",
    act: (hooks, key) => hooks.retry(key),
  },
];

const actionRoute = ({ name, operation, summary, description, act }: Action): Route =>
  defineRoute({
    ...{ method: "post", path: `${TASK}/${name}`, operation, tag, summary, idempotent: true },
    description: `${description} A task whose status does not allow it is \`wrong-status\`.`,
    access: { scope: "namespace", permission: "write" },
    problems: ["wrong-status", "edit-conflict", "row-too-large"],
    answers: oneTask,
    handle: async ({ deps, parameters }) => taskAnswer(await act(deps.hooks, parameters)),
  });

const reschedule = defineRoute({
  ...{ method: "post", path: `${TASK}/reschedule`, operation: "rescheduleTask", tag, idempotent: true },
  summary: "Move a task's next run to another time",
  access: { scope: "namespace", permission: "write" },
  body: z.strictObject({ scheduledDate: instantField }),
  bodyName: "reschedule",
  example: { scheduledDate: "2030-02-28T10:00:00Z" },
  problems: ["wrong-status", "edit-conflict", "row-too-large"],
  answers: oneTask,
  handle: async ({ deps, parameters, body }) =>
    taskAnswer(await deps.hooks.reschedule({ ...parameters, scheduledDate: new Date(body.scheduledDate) })),
});

export const taskActionRoutes: Route[] = [...ACTIONS.map(actionRoute), reschedule];
