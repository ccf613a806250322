// Every operation of the document with values that fit, that nearly fit and that are meant badly: never a fault of
// ours, never a row of another namespace, and every answer as the document says it.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as z from "zod";
import type { Route } from "./route.ts";
import { batchRoutes } from "./routes/batch.ts";
import { bulkRoutes } from "./routes/bulk.ts";
import { keyRoutes } from "./routes/keys.ts";
import { logRoutes } from "./routes/logs.ts";
import { runRoutes } from "./routes/runs.ts";
import { serviceRoutes } from "./routes/service.ts";
import { systemRoutes } from "./routes/system.ts";
import { taskActionRoutes } from "./routes/task-actions.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { problemSchema } from "./schemas/problem.ts";
import { type Document, type Operation, Values } from "./test-arbitraries.ts";
import {
  type Answered,
  ask,
  type LocalDatabase,
  openApi,
  startDynalite,
  type TestApi,
} from "./test-support.ts";

const RUNS = 40;
const MARK = "other-mark";
const routes: Route[] = [
  ...[...serviceRoutes(), ...taskRoutes, ...batchRoutes, ...taskActionRoutes, ...logRoutes],
  ...[...bulkRoutes, ...runRoutes, ...keyRoutes, ...systemRoutes],
];

/** The key reaches neither the whole system nor another key by chance, and no task has failed. */
const OUT_OF_REACH = new Set([
  ...routes.filter(({ access }) => access.scope === "everything").map(({ operation }) => operation),
  ...["revokeKey", "retryTask"],
]);

let database: LocalDatabase;
let api: TestApi;
let token: string;
beforeAll(async () => {
  database = await startDynalite();
  api = await openApi(database.endpoint, { stream: { holdMs: 1 } });
  token = await api.tokenFor({ permission: "admin" });
  await openTasks("other", `https://${MARK}.example/`);
});
afterAll(async () => {
  await api.close();
  await database.stop();
});

const openTasks = async (namespace: string, url: string) => {
  const ids = ["here", "there", "a/b", "t-1"];
  // What an operation before has changed may stay as it is.
  await api.hooks.registerMany(ids.map((id) => ({ namespace, id, url, scheduledDate: "2040-01-01" })));
};

const documentOf = async (): Promise<Document> =>
  (await ask(api.app, "/openapi.json")).body as unknown as Document;
const inDocument = async (route: Route): Promise<Operation> => {
  const operation = (await documentOf()).paths[route.path]?.[route.method];
  if (operation === undefined) throw new Error(`the document does not have ${route.operation}`);
  return operation;
};

/** An answer with more, less or other fields than its schema says does not come through it unchanged. */
const through = (schema: z.ZodType, { body }: Answered): unknown => schema.parse(body);

function judge(route: Route, answer: Answered): void {
  const { status, text, body } = answer;
  expect(status, `${route.operation}: ${text}`).toBeLessThan(500);
  expect(text).not.toContain(MARK);
  if (status >= 400) {
    expect(through(problemSchema, answer)).toEqual(body);
    return;
  }
  const schema = route.answers[status]?.schema;
  if (schema === undefined) throw new Error(`${route.operation} does not say what ${status} is`);
  expect(through(schema, answer)).toEqual(body);
}

test.each(routes.map((route) => [route.operation, route] as const))("%s", async (_operation, route) => {
  const operation = await inDocument(route);
  const [fitting, hostile] = [0, 1] as const;
  const document = await documentOf();
  const requests = fc.oneof(
    new Values(document, fitting).requests(route.path, operation),
    new Values(document, hostile).requests(route.path, operation),
  );
  await openTasks("app", "http://127.0.0.1:1/");
  let successes = 0;
  await fc.assert(
    fc.asyncProperty(requests, async ({ path, query, body }) => {
      const method = route.method.toUpperCase();
      const target = query === "" ? path : `${path}?${query}`;
      const answer = await ask(api.app, target, { token, method, body });
      judge(route, answer);
      if (answer.status < 300) successes += 1;
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(api.errors).toEqual([]);
  // Where nothing ever succeeds, little was tried.
  if (!OUT_OF_REACH.has(route.operation)) expect(successes).toBeGreaterThan(0);
});

test("nothing of the above touched the other namespace", async () => {
  const { items } = await api.hooks.fetch({ namespace: "other" });
  expect(
    items.map(({ id, status, __createdAt, __updatedAt }) => [id, status, __createdAt === __updatedAt]).sort(),
  ).toEqual(["a/b", "here", "t-1", "there"].map((id) => [id, "ACTIVE", true]));
});

test("any bytes as a body, any text as a query: refused, never a fault", async () => {
  const path = "/v1/namespaces/app/tasks";
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.webQueryParameters(),
      async (bytes, query) => {
        const posted = await ask(api.app, path, { token, method: "POST", body: bytes });
        expect(posted.status).toBe(400);
        const listed = await ask(api.app, `${path}?${query}`, { token });
        expect(listed.status).toBeLessThan(500);
      },
    ),
    { numRuns: 100 },
  );
});

test("any headers: never a fault", async () => {
  const values = fc.oneof(fc.string({ unit: "grapheme-ascii" }), fc.constant(`Bearer ${token}`));
  const headers = fc.record(
    Object.fromEntries(
      ["authorization", "idempotency-key", "x-request-id", "content-type", "content-length"].map((name) => [
        name,
        values,
      ]),
    ),
    { requiredKeys: [] },
  );
  const fits = (given: Partial<Record<string, string>>): given is Record<string, string> => {
    try {
      return [...new Headers(Object.entries(given) as [string, string][])].length >= 0;
    } catch {
      return false;
    }
  };
  await fc.assert(
    fc.asyncProperty(headers.filter(fits), async (given) => {
      const body = { url: "https://example.com/", scheduledDate: "2040-01-01" };
      const { status } = await ask(api.app, "/v1/namespaces/app/tasks", { token, body, headers: given });
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 100 },
  );
});
