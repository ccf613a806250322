// Which problems an operation can answer with: most follow from what it takes and who may call it.
import type { RouteConfig } from "@hono/zod-openapi";
import * as z from "zod";
import { type ProblemCode, statusOf, titleOf } from "./http/problem.ts";
import type { Route } from "./route.ts";
import { problemSchema } from "./schemas/problem.ts";

const hasCursor = ({ query, body }: Route): boolean =>
  [query, body].some((schema) => schema instanceof z.ZodObject && "cursor" in schema.shape);

/** Codes of a route, by status. */
export function problemsOf(route: Route): Map<number, ProblemCode[]> {
  const { access, method, path, idempotent, problems = [] } = route;
  const isPublic = access.scope === "public";
  const takesBody = method === "post" || method === "patch";
  const codes = new Set<ProblemCode>([
    "invalid-input",
    "unknown-option",
    ...(hasCursor(route) ? (["invalid-cursor"] as const) : []),
    ...(takesBody ? (["malformed-json", "body-too-large", "unsupported-media-type"] as const) : []),
    ...(isPublic ? [] : (["unauthenticated", "forbidden", "throttled"] as const)),
    ...(isPublic ? [] : (["store-unavailable", "table-missing", "table-mismatch"] as const)),
    ...(path.includes("{id}") ? (["not-found"] as const) : []),
    ...(idempotent ? (["idempotency-in-progress", "idempotency-mismatch"] as const) : []),
    ...problems,
    "internal",
  ]);
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  return new Map([...byStatus].sort(([a], [b]) => a - b));
}

const HEADERS: Record<number, Record<string, { description: string; schema: { type: "string" } }>> = {
  401: { "WWW-Authenticate": { description: "`Bearer`.", schema: { type: "string" } } },
  409: {
    "Retry-After": {
      description: "Seconds to wait, with `idempotency-in-progress`.",
      schema: { type: "string" },
    },
  },
  429: { "Retry-After": { description: "Seconds to wait.", schema: { type: "string" } } },
  503: { "Retry-After": { description: "Seconds to wait.", schema: { type: "string" } } },
};

/** The answers for them: a problem document whose code is one of these. */
export function problemAnswersOf(route: Route): RouteConfig["responses"] {
  const answers: RouteConfig["responses"] = {};
  for (const [status, codes] of problemsOf(route)) {
    const [first] = codes as [ProblemCode];
    const schema = z.intersection(
      problemSchema,
      z.object({ code: z.enum(codes), status: z.literal(status) }),
    );
    const waits = status !== 409 || codes.includes("idempotency-in-progress");
    const headers = waits ? HEADERS[status] : undefined;
    answers[status] = {
      description: codes.map((code) => `${titleOf(code)} (\`${code}\`)`).join(", "),
      ...(headers === undefined ? {} : { headers }),
      content: { "application/problem+json": { schema, example: exampleOf(first) } },
    };
  }
  return answers;
}

const exampleOf = (code: ProblemCode) => ({
  type: `urn:hookclock:problem:${code}`,
  ...{ title: titleOf(code), status: statusOf(code), detail: "what it is about, for people", code },
  requestId: "0190b0a4-7c5e-7c3a-9d5e-3f8f6f6a2a11",
});
