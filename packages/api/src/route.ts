// A route said once: what it takes, who may call it, what it answers. The router and the OpenAPI document follow.

import type { ApiKey, Permission } from "hookclock";
import type * as z from "zod";
import type { CursorQuery } from "./http/cursor.ts";
import type { ProblemCode } from "./http/problem.ts";
import type { ApiDependencies } from "./ports.ts";

export type Method = "get" | "post" | "patch" | "delete";

/**
 * Who may call: anybody; a key with a permission for the namespace of the path; any key with a permission, whose reach
 * the route judges by itself; or a key of all namespaces.
 */
export type Access =
  | { scope: "public" }
  | { scope: "namespace" | "key" | "everything"; permission: Permission };

export type Answer = { status: number; body: unknown; headers?: Record<string, string> };

/** An answer of success as the document shows it. */
export type AnswerSpec = {
  description: string;
  schema?: z.ZodType;
  mediaType?: string;
  headers?: Record<string, { description: string; schema: { type: "string" } }>;
  example?: unknown;
};

/** What a route is called with. `query` and `body` have passed its schemas; `given` is the body as it came. */
export type Call<Query, Body> = {
  deps: ApiDependencies;
  request: Request;
  requestId: string;
  /** The caller; null on public routes. */
  key: ApiKey | null;
  /** Parameters of the path, decoded. */
  parameters: { namespace: string; id: string };
  query: Query;
  body: Body;
  given: unknown;
  /** The body of a route that takes it raw; empty for all others. */
  bytes: Uint8Array;
  /** What a cursor of this call is bound to. */
  cursorQuery: CursorQuery;
};

export type RouteSpec<Query extends z.ZodObject, Body extends z.ZodType> = {
  method: Method;
  /** As OpenAPI writes it. */
  path: string;
  /** Name of the operation: the method of a generated client. */
  operation: string;
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  query?: Query;
  body?: Body;
  /** The body as the document shows it, when the schema leaves parts for the route to judge. */
  documentedBody?: z.ZodType;
  /** The body is bytes of any type, as many as a push may have. */
  rawBody?: boolean;
  /** No body is the same as an empty object. */
  bodyOptional?: boolean;
  /** What errors call the body. */
  bodyName?: string;
  bodyBytesMax?: number;
  /** An example of a body, for the reference. */
  example?: unknown;
  /** Answers of success: status, words and schema, or a schema for another media type than JSON. */
  answers: Record<number, AnswerSpec>;
  /** Codes of problems that are its own, besides those that follow from what it takes. */
  problems?: readonly ProblemCode[];
  /** Headers of a request that count for this route only, for the document. */
  headers?: z.ZodObject;
  /** Changes something: `Idempotency-Key` counts. */
  idempotent?: boolean;
  /** What of an answer may be kept for repetitions; everything, unless it holds a secret. */
  kept?: (answer: Answer) => Answer;
  handle(call: Call<z.output<Query>, z.output<Body>>): Promise<Answer | Response>;
};

/** A route as the server keeps it in its list: the types of query and body are the route's own affair. */
export type Route = RouteSpec<z.ZodObject, z.ZodType>;

/** Says a route. Its handler sees the types of its schemas. */
export const defineRoute = <Query extends z.ZodObject, Body extends z.ZodType>(
  spec: RouteSpec<Query, Body>,
): Route => spec as unknown as Route;

export const ok = (body: unknown): Answer => ({ status: 200, body });
