// The system as a whole: its tables, and the spread of its due index.

import { LIMITS } from "@hookclock/core";
import * as z from "zod";
import { type Access, defineRoute, ok, type Route } from "../route.ts";
import { tableProblemSchema } from "../schemas/results.ts";
import { tableProblems } from "../table-problems.ts";

const tag = "System";
const access: Access = { scope: "everything", permission: "admin" };

const tables = defineRoute({
  ...{ method: "get", path: "/v1/system/tables", operation: "checkTables", tag, access },
  summary: "What is wrong with the tables",
  answers: {
    200: {
      description: "The differences; none when the tables fit.",
      schema: z.object({ problems: z.array(tableProblemSchema) }),
    },
  },
  handle: async ({ deps }) => ok({ problems: await tableProblems(deps) }),
});

const shards = z.strictObject({ shards: z.number().int().min(1).max(LIMITS.shardsMax) });

const grow = defineRoute({
  ...{ method: "post", path: "/v1/system/shards", operation: "growShards", tag, access, idempotent: true },
  summary: "Spread the due index over more shards",
  description: "Counts for new tasks after two minutes. There is no way back to fewer.",
  body: shards,
  bodyName: "shards",
  example: { shards: 16 },
  answers: { 200: { description: "So many shards there will be.", schema: shards } },
  async handle({ deps, body }) {
    await deps.hooks.growShards(body.shards);
    return ok({ shards: body.shards });
  },
});

export const systemRoutes: Route[] = [tables, grow];
