// Execution logs of a namespace.
import type { LogStartKey } from "hookclock";
import { pageOfItems } from "../http/paging.ts";
import { defineRoute, ok, type Route } from "../route.ts";
import { logListQuery } from "../schemas/inputs.ts";
import { pageOf } from "../schemas/lists.ts";
import { logSchema } from "../schemas/log.ts";

const list = defineRoute({
  ...{ method: "get", path: "/v1/namespaces/{namespace}/logs", operation: "listLogs", tag: "Logs" },
  summary: "List execution logs",
  description:
    "One for each attempt, by the time it was written. A page may hold fewer items than asked for.",
  access: { scope: "namespace", permission: "read" },
  query: logListQuery,
  answers: { 200: { description: "One page.", schema: pageOf(logSchema) } },
  async handle(call) {
    const { deps, parameters, query } = call;
    const { order, idPrefix, task, status, from, to } = query;
    const filter = {
      namespace: parameters.namespace,
      desc: order === "desc",
      ...(idPrefix === undefined ? {} : { id: idPrefix }),
      ...(task === undefined ? {} : { taskId: task }),
      ...(status === undefined ? {} : { status }),
      ...(from === undefined ? {} : { from: new Date(from) }),
      ...(to === undefined ? {} : { to: new Date(to) }),
    };
    return ok(
      await pageOfItems(call, query, (limit, startKey: LogStartKey | null) =>
        deps.hooks.fetchLogs({ ...filter, limit, startKey }),
      ),
    );
  },
});

export const logRoutes: Route[] = [list];
