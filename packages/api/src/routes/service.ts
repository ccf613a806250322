// About the service itself: does it run, can it work, who am I.

import { HookclockError } from "@hookclock/core";
import * as z from "zod";
import type { ApiDependencies } from "../ports.ts";
import { defineRoute, ok, type Route } from "../route.ts";
import { apiKeySchema } from "../schemas/api-key.ts";
import { tableProblems } from "../table-problems.ts";

const tag = "Service";
const status = z.object({ status: z.literal("ok") });

const health = defineRoute({
  ...{ method: "get", path: "/health", operation: "health", tag },
  summary: "Does the process answer",
  access: { scope: "public" },
  answers: { 200: { description: "It does.", schema: status } },
  handle: async () => ok({ status: "ok" }),
});

/** Nobody needs a key to ask: the database is asked at most this often on their behalf. */
const READY_KEPT_MS = 2_000;

const ready = (): Route => {
  let last: { at: number; answer: Promise<void> } | null = null;
  return defineRoute({
    ...{ method: "get", path: "/ready", operation: "ready", tag },
    summary: "Can it work: does the database answer, do the tables fit",
    access: { scope: "public" },
    answers: { 200: { description: "It can.", schema: status } },
    async handle({ deps }) {
      const now = deps.clock.now();
      if (last === null || Math.abs(now - last.at) >= READY_KEPT_MS)
        last = { at: now, answer: checkReady(deps) };
      await last.answer;
      return ok({ status: "ok" });
    },
  });
};

async function checkReady(deps: ApiDependencies): Promise<void> {
  const problems = await tableProblems(deps);
  const [first] = problems;
  if (first === undefined) return;
  const { table, index, problem } = first;
  const where = index === undefined ? table : `${table}, index ${index},`;
  // For the log: callers without a key are told no more than that.
  throw new HookclockError(
    "table-mismatch",
    `${problems.length} problems with the tables; ${where} ${problem}`,
  );
}

const me = defineRoute({
  ...{ method: "get", path: "/v1/me", operation: "me", tag },
  summary: "The key that asks",
  access: { scope: "key", permission: "read" },
  answers: { 200: { description: "The key.", schema: z.object({ key: apiKeySchema }) } },
  handle: async ({ key }) => ok({ key }),
});

/** Of one server: it remembers how the database was a moment ago. */
export const serviceRoutes = (): Route[] => [health, ready(), me];
