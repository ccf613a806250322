// One request on one route, from its headers to its answer: who, where, what, then the route itself.
import { createHash } from "node:crypto";
import { check } from "@hookclock/core";
import type { ApiKey } from "hookclock";
import { authenticate, authorize } from "./http/authorize.ts";
import { BODY_BYTES_MAX, readBytes, readJson } from "./http/body.ts";
import { idempotencyKeyOf, once, type SentAnswer } from "./http/idempotency.ts";
import { pathParameters, rawPath } from "./http/path.ts";
import { problemHeaders, problemOf } from "./http/problem.ts";
import { readQuery } from "./http/query.ts";
import type { ApiDependencies } from "./ports.ts";
import type { Answer, Call, Route } from "./route.ts";
import { noBody, noQuery } from "./schemas/inputs.ts";

/** What becomes known of a request while it is served, for its line in the log. */
export type Trace = {
  requestId: string;
  keyId: string | null;
  namespace: string | null;
  /** Told of errors on the way to an answer. */
  onError(error: unknown): void;
};

type AnyCall = Call<Record<string, unknown>, unknown>;

export async function serveRoute(
  deps: ApiDependencies,
  route: Route,
  request: Request,
  trace: Trace,
): Promise<Response> {
  const key = route.access.scope === "public" ? null : await authenticate(deps.keys, request.headers);
  trace.keyId = key?.id ?? null;
  const parameters = pathParameters(route.path, rawPath(request.url));
  const { namespace = "", id = "" } = parameters;
  trace.namespace = parameters["namespace"] ?? null;
  if (key !== null && route.access.scope !== "public") authorize(key, route.access, namespace);
  const query = readQuery(route.query ?? noQuery, request.url);
  const { body, given, bytes } = await readBody(deps, route, request);
  const { limit: _limit, cursor: _cursor, ...asked } = query;
  const call: AnyCall = {
    ...{ deps, request, requestId: trace.requestId, key },
    ...{ parameters: { namespace, id }, query, body, given, bytes },
    cursorQuery: { route: route.operation, namespace, parameters: asked },
  };
  return carryOut(route, call, key, trace);
}

type Read = { body: unknown; given: unknown; bytes: Uint8Array };
const NO_BYTES = new Uint8Array();

async function readBody(deps: ApiDependencies, route: Route, request: Request): Promise<Read> {
  if (route.method !== "post" && route.method !== "patch") {
    return { body: undefined, given: undefined, bytes: NO_BYTES };
  }
  if (route.rawBody) {
    const bytes = await readBytes(request, deps.websub?.contentBytesMax ?? BODY_BYTES_MAX);
    return { body: undefined, given: undefined, bytes };
  }
  const given = await readJson(request, route.bodyBytesMax ?? BODY_BYTES_MAX);
  // A route that needs nothing takes an empty object as well as no body.
  if (route.body === undefined) return { body: check(noBody, given ?? {}, "body"), given, bytes: NO_BYTES };
  const complete = route.bodyOptional ? (given ?? {}) : given;
  return { body: check(route.body, complete, route.bodyName ?? "body"), given, bytes: NO_BYTES };
}

async function carryOut(route: Route, call: AnyCall, key: ApiKey | null, trace: Trace): Promise<Response> {
  const { deps, request, parameters } = call;
  const idempotencyKey = route.idempotent && key !== null ? idempotencyKeyOf(request.headers) : undefined;
  if (idempotencyKey === undefined || key === null) {
    const answer = await route.handle(call);
    return answer instanceof Response ? answer : toResponse(sentOf(answer));
  }
  const path = request.url.slice(request.url.indexOf(rawPath(request.url)));
  const identity = {
    keyId: key.id,
    namespace: parameters.namespace,
    method: route.method,
    path,
    body: contentOf(route, call),
  };
  const handle = async () => {
    const answer = await answerOf(route, call).catch((error: unknown) => {
      trace.onError(error);
      return problemAnswer(error, call.requestId);
    });
    const kept = answer.status < 400 ? (route.kept?.(answer) ?? answer) : answer;
    return { sent: sentOf(answer), kept: sentOf(kept) };
  };
  return toResponse(await once(deps, idempotencyKey, identity, handle, trace.onError));
}

/** What a repetition must have in common with the first request; of bytes their hash, as they may be many. */
function contentOf(route: Route, { request, given, bytes }: AnyCall): unknown {
  if (!route.rawBody) return given;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { type: request.headers.get("content-type"), sha256 };
}

async function answerOf(route: Route, call: AnyCall): Promise<Answer> {
  const answer = await route.handle(call);
  if (answer instanceof Response) throw new TypeError(`${route.operation} answers with a stream`);
  return answer;
}

const problemAnswer = (error: unknown, requestId: string): Answer => {
  const problem = problemOf(error, requestId);
  return { status: problem.status, body: problem, headers: problemHeaders(problem) };
};

const sentOf = ({ status, body, headers }: Answer): SentAnswer => ({
  status,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers },
});

const toResponse = ({ status, body, headers }: SentAnswer): Response =>
  new Response(body, { status, headers });

/** The answer for an error that nobody on the way took. */
export const problemResponse = (error: unknown, requestId: string): Response =>
  toResponse(sentOf(problemAnswer(error, requestId)));
