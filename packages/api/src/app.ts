// The HTTP API as one Hono application: every route with its checks, its line in the log and its part of the document.
import { OpenAPIHono } from "@hono/zod-openapi";
import { HookclockError } from "@hookclock/core";
import type { Context } from "hono";
import { matcherOf, pathParameters, rawPath, routerPath } from "./http/path.ts";
import { problemOf } from "./http/problem.ts";
import { requestIdOf } from "./http/request-id.ts";
import { describeKeys, describeRoute, openApiDocument } from "./openapi.ts";
import type { ApiDependencies } from "./ports.ts";
import type { Route } from "./route.ts";
import { batchRoutes } from "./routes/batch.ts";
import { bulkRoutes } from "./routes/bulk.ts";
import { documentRoutes } from "./routes/documents.ts";
import { keyRoutes } from "./routes/keys.ts";
import { logRoutes } from "./routes/logs.ts";
import { runRoutes } from "./routes/runs.ts";
import { serviceRoutes } from "./routes/service.ts";
import { streamRoutes } from "./routes/stream.ts";
import { systemRoutes } from "./routes/system.ts";
import { taskActionRoutes } from "./routes/task-actions.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { problemResponse, serveRoute, type Trace } from "./serve-route.ts";
import { consumerRoutes } from "./websub/consumers.ts";
import { hubRoutes } from "./websub/hub.ts";
import { protocolRoutes, serveProtocol } from "./websub/protocol.ts";
import { subscriptionRoutes } from "./websub/subscriptions.ts";

const routesOf = (deps: ApiDependencies): Route[] => [
  ...serviceRoutes(),
  ...taskRoutes,
  ...batchRoutes,
  ...taskActionRoutes,
  ...logRoutes,
  ...streamRoutes,
  ...bulkRoutes,
  ...runRoutes,
  ...keyRoutes,
  ...systemRoutes,
  ...(deps.websub === undefined ? [] : [...subscriptionRoutes, ...consumerRoutes, ...hubRoutes]),
];

/**
 * The application: hand `app.fetch` to a server. Every answer carries `x-request-id`, every request makes one entry in
 * the log. It never throws: errors are answered as problem documents of RFC 9457.
 */
export function createApi(deps: ApiDependencies): OpenAPIHono {
  // Paths are matched undecoded: "%2F" in an id is no separator.
  const app = new OpenAPIHono({ getPath: (request) => rawPath(request.url) });
  const documentOf = () => openApiDocument(app, deps.version);
  const routes = [...routesOf(deps), ...documentRoutes(documentOf)];
  describeKeys(app);
  for (const route of routes) {
    describeRoute(app, route);
    app.on(route.method.toUpperCase(), routerPath(route.path), ({ req }: Context) =>
      answer(deps, req.raw, route, (trace) => serveRoute(deps, route, req.raw, trace)),
    );
  }
  for (const route of protocolRoutes) {
    app.on(route.method.toUpperCase(), routerPath(route.path), ({ req }: Context) =>
      answer(deps, req.raw, route, async (trace) => {
        const parameters = pathParameters(route.path, rawPath(req.raw.url));
        trace.namespace = parameters["namespace"] ?? null;
        return serveProtocol(deps, route, req.raw, parameters);
      }),
    );
  }
  const matchers = [...routes, ...protocolRoutes].map((route) => ({ route, matcher: matcherOf(route.path) }));
  app.notFound(({ req }) =>
    answer(deps, req.raw, null, () => {
      const path = rawPath(req.raw.url);
      const fitting = (one: string) =>
        matchers.filter(({ matcher }) => matcher.test(one)).map(({ route }) => route);
      const withoutSlash = path.endsWith("/") && fitting(path.slice(0, -1)).length > 0;
      throw unrouted(fitting(path), { withoutSlash });
    }),
  );
  return app;
}

/** There is no such route, or not for this method. */
function unrouted(
  routes: readonly { method: string }[],
  { withoutSlash }: { withoutSlash: boolean },
): HookclockError {
  if (routes.length === 0) {
    const hint = withoutSlash ? "there is without the slash at its end" : "see /docs";
    return new HookclockError("not-found", `there is nothing at this path; ${hint}`);
  }
  const methods = new Set(routes.map(({ method }) => method.toUpperCase()));
  if (methods.has("GET")) methods.add("HEAD");
  const allowed = [...methods].sort();
  return new HookclockError(
    "method-not-allowed",
    `this path does not take the method; allowed: ${allowed.join(", ")}`,
    {
      allowed,
    },
  );
}

async function answer(
  deps: ApiDependencies,
  request: Request,
  route: { path: string } | null,
  serve: (trace: Trace) => Promise<Response> | Response,
): Promise<Response> {
  const { clock, log } = deps;
  const startedAt = clock.now();
  const requestId = requestIdOf(request.headers, deps.newId);
  const { method } = request;
  const path = route?.path ?? null;
  let code: string | null = null;
  const onError = (error: unknown) => {
    const problem = problemOf(error, requestId);
    code = problem.code;
    if (problem.status >= 500) log.error({ requestId, method, route: path, ...factsOf(error) });
  };
  const trace: Trace = { requestId, keyId: null, namespace: null, onError };
  const response = await served(serve, trace);
  const { keyId, namespace } = trace;
  const { status } = response;
  log.request({
    requestId,
    method,
    route: path,
    status,
    tookMs: clock.now() - startedAt,
    keyId,
    namespace,
    // An error that did not become the answer has its own entry.
    code: status >= 400 ? code : null,
  });
  // Nobody reads it: a stream would be held open for nothing.
  if (method === "HEAD") await response.body?.cancel();
  response.headers.set("x-request-id", requestId);
  response.headers.set("x-content-type-options", "nosniff");
  if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
  return response;
}

async function served(
  serve: (trace: Trace) => Promise<Response> | Response,
  trace: Trace,
): Promise<Response> {
  try {
    return await serve(trace);
  } catch (error) {
    trace.onError(error);
    return problemResponse(error, trace.requestId);
  }
}

/** What the log says of a fault: the error, never what it was about. */
function factsOf(error: unknown): { code: string; name: string; message: string; stack: string | null } {
  const code = error instanceof HookclockError ? error.code : "internal";
  if (!(error instanceof Error)) return { code, name: typeof error, message: "not an error", stack: null };
  return { code, name: error.name, message: error.message, stack: error.stack ?? null };
}
