// The OpenAPI document's part of a route, made from the same schemas that judge its requests.
import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import * as z from "zod";
import { completeExamples, shareProblems } from "./openapi-examples.ts";
import { problemAnswersOf } from "./openapi-problems.ts";
import type { OpenApi } from "./reference/document.ts";
import type { Route } from "./route.ts";

const JSON_TYPE = "application/json";
const PARAMETERS: Record<string, z.ZodType> = {
  namespace: z.string().meta({ description: "Percent-encoded.", example: "billing" }),
  id: z.string().meta({
    description: 'Percent-encoded: it may hold any character, "/" too.',
    example: "invoice-2030-17",
  }),
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
  const headers = {
    ...route.headers?.shape,
    ...(route.idempotent ? { "Idempotency-Key": idempotencyKey } : {}),
  };
  if (Object.keys(headers).length > 0) request.headers = z.object(headers);
  if (route.rawBody)
    request.body = { required: true, content: { "*/*": { schema: bytesSchema, example: route.example } } };
  if (route.body) request.body = bodyOf(route, route.documentedBody ?? route.body);
  const reach = access.scope === "everything" ? "The key must cover all namespaces." : "";
  return {
    ...{ method, path, operationId: operation, tags: [tag], summary, request },
    description: [description, reach].filter(Boolean).join(" ") || `${summary}.`,
    // The roles of a scheme that knows no scopes: the permission that a key must have at least.
    security: access.scope === "public" ? [] : [{ key: [access.permission] }],
    responses: responsesOf(route),
  };
}

const bytesSchema = z.string().meta({ format: "binary", description: "Bytes of any type." });

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

function responsesOf(route: Route): RouteConfig["responses"] {
  const responses: RouteConfig["responses"] = {};
  const replay = route.idempotent ? { "Idempotency-Replayed": REPLAYED } : {};
  for (const [status, answer] of Object.entries(route.answers)) {
    const { description, schema, mediaType = JSON_TYPE, headers, example } = answer;
    const media = { ...(schema ? { schema } : {}), ...(example === undefined ? {} : { example }) };
    responses[status] = {
      description,
      headers: { ...REQUEST_ID, ...replay, ...headers },
      ...(schema ? { content: { [mediaType]: media } } : {}),
    };
  }
  return { ...responses, ...problemAnswersOf(route) };
}

const text = { type: "string" } as const;
const REQUEST_ID = { "X-Request-Id": { description: "Yours, or one that was made.", schema: text } };
const REPLAYED = { description: "`true` on an answer that was given before.", schema: text };

const TAGS = [
  { name: "Tasks", description: "Outbound calls: registered, read, changed, moved, deleted." },
  { name: "Bulk", description: "Moves and deletions of all tasks of a filter." },
  { name: "Logs", description: "One execution log for each attempt." },
  { name: "Runs", description: "Counts, what is due, and running it." },
  { name: "Subscriptions", description: "WebSub: topics elsewhere whose updates come here." },
  { name: "Consumers", description: "Who gets messages, which ones, and what became of them." },
  { name: "Hub", description: "WebSub: topics of one's own, events, and who is subscribed to them." },
  { name: "Keys", description: "Who may call." },
  { name: "System", description: "The installation as a whole." },
  { name: "Service", description: "The API itself." },
];

/** The whole document, once all routes are described. */
export function openApiDocument(app: OpenAPIHono, version: string): OpenApi {
  // As JSON carries it: what is undefined is not there.
  const text = JSON.stringify(app.getOpenAPI31Document(documentInfo(version)));
  const document = JSON.parse(text) as OpenApi;
  completeExamples(document);
  shareProblems(document);
  return document;
}

/** What the document says of the API as a whole. */
const documentInfo = (version: string) => ({
  openapi: "3.1.0" as const,
  info: {
    title: "hookclock",
    version,
    description: "Scheduled webhooks: register tasks, see them run, read their execution logs.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/", description: "Where this document comes from." }],
  tags: TAGS,
});

/** How keys are shown. */
export function describeKeys(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    ...{ type: "http", scheme: "bearer" },
    description: "A key: `hc_` and 60 more characters.",
  });
}
