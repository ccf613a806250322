// The OpenAPI document's part of a route, made from the same schemas that judge its requests.
import { type OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { Route } from "./route.ts";
import { problemSchema } from "./schemas/problem.ts";

const JSON_TYPE = "application/json";
const PARAMETERS: Record<string, z.ZodType> = {
  namespace: z.string().describe("Percent-encoded."),
  id: z.string().describe('Percent-encoded: it may hold any character, "/" too.'),
};

const names = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");

/** Registers a route with the document of an app. */
export function describeRoute(app: OpenAPIHono, route: Route): void {
  app.openAPIRegistry.registerPath(configOf(route));
}

function configOf(route: Route): RouteConfig {
  const { method, path, operation, tag, summary, description, access } = route;
  const parameters = names(path).map((name) => [name, PARAMETERS[name] ?? z.string()] as const);
  const request: NonNullable<RouteConfig["request"]> = {};
  if (parameters.length > 0) request.params = z.object(Object.fromEntries(parameters));
  if (route.query) request.query = route.query;
  if (route.idempotent) request.headers = z.object({ "Idempotency-Key": idempotencyKey });
  if (route.body) request.body = bodyOf(route, route.documentedBody ?? route.body);
  const wanted = access.scope === "public" ? "" : `Needs a key with permission \`${access.permission}\`.`;
  return {
    ...{ method, path, operationId: operation, tags: [tag], summary, request },
    description: [description, wanted].filter(Boolean).join(" ") || summary,
    security: access.scope === "public" ? [] : [{ key: [] }],
    responses: responsesOf(route),
  };
}

const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .describe("The same key and content within 24 hours give the first answer again.");

function bodyOf(route: Route, schema: z.ZodType): NonNullable<NonNullable<RouteConfig["request"]>["body"]> {
  const example = route.example === undefined ? {} : { example: route.example };
  return { required: route.bodyOptional !== true, content: { [JSON_TYPE]: { schema, ...example } } };
}

function responsesOf({ answers, access }: Route): RouteConfig["responses"] {
  const responses: RouteConfig["responses"] = {};
  for (const [status, { description, schema, mediaType = JSON_TYPE }] of Object.entries(answers)) {
    responses[status] = schema ? { description, content: { [mediaType]: { schema } } } : { description };
  }
  const problem = { content: { "application/problem+json": { schema: problemSchema } } };
  if (access.scope !== "public") {
    responses[401] = { description: "No valid key.", ...problem };
    responses[403] = { description: "The key does not cover this.", ...problem };
  }
  responses["default"] = { description: "A problem; `code` says which.", ...problem };
  return responses;
}

/** What the document says of the API as a whole. */
export const documentInfo = (version: string) => ({
  openapi: "3.1.0" as const,
  info: {
    title: "hookclock",
    version,
    description: "Scheduled webhooks: register tasks, see them run, read their execution logs.",
  },
});

/** How keys are shown. */
export function describeKeys(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    ...{ type: "http", scheme: "bearer" },
    description: "A key: `hc_` and 60 more characters.",
  });
}
