// What is there, what is due, and running it: for one namespace, or for all of them.
import type * as z from "zod";
import type { Access, Call } from "../route.ts";
import { defineRoute, ok, type Route } from "../route.ts";
import { dueQuery, triggerBody } from "../schemas/inputs.ts";
import { dueSchema, statsSchema, triggerResultSchema } from "../schemas/results.ts";

const NAMESPACE = "/v1/namespaces/{namespace}";
const tag = "Runs";

const stats = defineRoute({
  ...{ method: "get", path: `${NAMESPACE}/stats`, operation: "getStats", tag },
  summary: "Counts of a namespace",
  description: "Tasks by status, and what is overdue. Reads every task of the namespace, up to 100,000.",
  access: { scope: "namespace", permission: "read" },
  answers: { 200: { description: "The counts.", schema: statsSchema } },
  handle: async ({ deps, parameters }) => ok(await deps.hooks.stats({ namespace: parameters.namespace })),
});

type Place = { path: string; of: string; access: Access; suffix: string };
const PLACES = {
  one: { path: NAMESPACE, of: "a namespace", suffix: "" },
  all: { path: "/v1", of: "all namespaces", suffix: "Everywhere" },
} as const;

/** The namespace of a call, for what the library takes; none on routes of the whole system. */
const inNamespace = ({ parameters: { namespace } }: Pick<Call<unknown, unknown>, "parameters">) =>
  namespace === "" ? {} : { namespace };

const due = ({ path, of, suffix, access }: Place): Route =>
  defineRoute({
    ...{ method: "get", path: `${path}/due`, operation: `listDue${suffix}`, tag, access },
    summary: `What a trigger of ${of} would run`,
    description: "Oldest first. Changes nothing.",
    query: dueQuery,
    answers: { 200: { description: "What is due.", schema: dueSchema } },
    async handle(call) {
      const { until, idPrefix, limit } = call.query;
      const due = await call.deps.hooks.triggerDryrun({
        ...inNamespace(call),
        ...{ limit, date: until === undefined ? null : new Date(until) },
        ...(idPrefix === undefined ? {} : { id: idPrefix }),
      });
      return ok(due);
    },
  });

const trigger = ({ path, of, suffix, access }: Place): Route =>
  defineRoute({
    ...{ method: "post", path: `${path}/trigger`, operation: `trigger${suffix}`, tag, access },
    ...{ idempotent: true, bodyOptional: true, body: triggerBody, bodyName: "trigger" },
    summary: `Run what is due in ${of}`,
    description: "Until nothing is due any more, or the budget or the limit ends.",
    example: { limit: 100, budgetMs: 5_000 },
    answers: { 200: { description: "What was run.", schema: triggerResultSchema } },
    async handle(call) {
      const { limit, budgetMs }: z.output<typeof triggerBody> = call.body;
      const bounds = limit === undefined ? { budgetMs } : { budgetMs, limit };
      return ok(await call.deps.hooks.trigger({ ...inNamespace(call), ...bounds }));
    },
  });

export const runRoutes: Route[] = [
  stats,
  due({ ...PLACES.one, access: { scope: "namespace", permission: "read" } }),
  trigger({ ...PLACES.one, access: { scope: "namespace", permission: "write" } }),
  due({ ...PLACES.all, access: { scope: "everything", permission: "admin" } }),
  trigger({ ...PLACES.all, access: { scope: "everything", permission: "admin" } }),
];
