// What holds for every request: ids, logs, headers, paths and methods that are not there, health.
import { HookclockError } from "@hookclock/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiDependencies } from "./ports.ts";
import { PROBLEM } from "./reference/guide.ts";
import { ask, type LocalDatabase, openApi, startDynalite, type TestApi } from "./test-support.ts";

let database: LocalDatabase;
let api: TestApi;
let token: string;
beforeAll(async () => {
  database = await startDynalite();
  api = await openApi(database.endpoint);
  token = await api.tokenFor({ permission: "admin" });
});
afterAll(async () => {
  await api.close();
  await database.stop();
});

const TASKS = "/v1/namespaces/app/tasks";
const task = { url: "https://example.com/", scheduledDate: "2040-01-01" };

test("every answer has a request id: the caller's own if it is fit, else a new one", async () => {
  const idOf = async (headers: Record<string, string>, path = "/health") =>
    (await ask(api.app, path, { headers })).headers.get("x-request-id");
  expect(await idOf({ "x-request-id": "Own.id_1-2" })).toBe("Own.id_1-2");
  for (const unfit of ["", "a b", "x".repeat(129), "<script>", "ä"]) {
    expect(await idOf({ "x-request-id": unfit })).toMatch(/^request-\d+$/);
  }
  expect(await idOf({}, "/nowhere")).toMatch(/^request-\d+$/);
  const problem = await ask(api.app, TASKS, { headers: { "x-request-id": "mine" } });
  expect(problem.body).toMatchObject({ requestId: "mine" });
});

test("every request makes one entry in the log, with the pattern of its route and no secrets", async () => {
  api.requests.length = 0;
  const headers = { "x-request-id": "logged" };
  const body = { ...task, id: "hidden-id", request: { headers: { authorization: "hidden-header" } } };
  await ask(api.app, TASKS, { token, body, headers });
  await ask(api.app, `${TASKS}/hidden-id?nonsense=hidden-value`, { token, headers });
  await ask(api.app, `${TASKS}/hidden-id`, { token: `${token}x`, headers });
  await ask(api.app, "/hidden-path", { headers });
  const common = { requestId: "logged", tookMs: expect.any(Number) };
  const keyId = token.split("_")[1];
  const route = "/v1/namespaces/{namespace}/tasks";
  expect(api.requests).toEqual([
    { ...common, method: "POST", route, status: 201, keyId, namespace: "app", code: null },
    {
      ...common,
      method: "GET",
      route: `${route}/{id}`,
      status: 400,
      keyId,
      namespace: "app",
      code: "unknown-option",
    },
    {
      ...common,
      method: "GET",
      route: `${route}/{id}`,
      status: 401,
      keyId: null,
      namespace: null,
      code: "unauthenticated",
    },
    { ...common, method: "GET", route: null, status: 404, keyId: null, namespace: null, code: "not-found" },
  ]);
  expect(JSON.stringify([api.requests, api.errors])).not.toMatch(/hidden|hc_/);
});

test.each([
  "/",
  "/v1",
  "/v2/namespaces",
  TASKS.replace("tasks", "jobs"),
  `${TASKS}/`,
  `${TASKS}/a/b`,
  "//health",
  "/v1//keys",
])("there is nothing at %s", async (path) => {
  const { status, body, headers } = await ask(api.app, path, { token });
  expect([status, body["code"]]).toEqual([404, "not-found"]);
  expect(headers.get("content-type")).toBe("application/problem+json");
});

test("the problem that the reference shows is the one that comes", async () => {
  const { body } = await ask(api.app, TASKS, { token, body: { ...task, retryLimit: -1 } });
  expect({ ...body, requestId: "" }).toEqual({ ...PROBLEM, requestId: "" });
});

test("a slash too many at the end is pointed out", async () => {
  const detailOf = async (path: string) => (await ask(api.app, path)).body["detail"];
  for (const path of [`${TASKS}/`, "/health/", "/docs/", `${TASKS}/one/suspend/`])
    expect(await detailOf(path), path).toMatch(/without the slash at its end$/);
  for (const path of ["/", "/health//", `${TASKS}/a/b/`])
    expect(await detailOf(path), path).toMatch(/\/docs$/);
});

test.each([
  ["PUT", TASKS, "GET, HEAD, POST"],
  ["POST", `${TASKS}/one`, "DELETE, GET, HEAD, PATCH"],
  ["PUT", `${TASKS}/batch`, "DELETE, GET, HEAD, PATCH, POST"],
  ["GET", `${TASKS}/one/suspend`, "POST"],
  ["OPTIONS", "/v1/keys", "GET, HEAD, POST"],
  ["DELETE", "/health", "GET, HEAD"],
])("%s %s is not allowed, and what is allowed is said", async (method, path, allow) => {
  const answer = await ask(api.app, path, { token, method });
  expect(answer).toMatchObject({ status: 405, body: { code: "method-not-allowed" } });
  expect(answer.headers.get("allow")).toBe(allow);
});

test("HEAD answers as GET does, without the body", async () => {
  await ask(api.app, TASKS, { token, body: { ...task, id: "head" } });
  const [get, head] = [
    await ask(api.app, `${TASKS}/head`, { token }),
    await ask(api.app, `${TASKS}/head`, { token, method: "HEAD" }),
  ];
  expect([head.status, head.text]).toEqual([200, ""]);
  expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
  expect((await ask(api.app, `${TASKS}/none`, { token, method: "HEAD" })).status).toBe(404);
});

test("HEAD of a stream ends at once, and nothing goes on waiting", async () => {
  const waits = new Set<AbortSignal | undefined>();
  const sleep = (_ms: number, signal?: AbortSignal) => {
    waits.add(signal);
    return new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
  };
  const { keys } = api.deps;
  const clock = { now: () => 1_900_000_000_000, sleep };
  const watched = await openApi(database.endpoint, { keys, hooks: api.hooks, clock });
  const { status, text } = await ask(watched.app, "/v1/namespaces/app/logs/stream", {
    token,
    method: "HEAD",
  });
  expect([status, text]).toEqual([200, ""]);
  expect([...waits].filter((signal) => !signal?.aborted)).toEqual([]);
  await watched.close();
});

test.each([
  `${TASKS}/%`,
  `${TASKS}/%zz`,
  `${TASKS}/%C3%28/suspend`,
  "/v1/namespaces/%ff/tasks",
  `${TASKS}?idPrefix=%f`,
])("the broken escape in %s is refused", async (path) => {
  const anywhere = await api.tokenFor({ namespaces: ["*"] });
  const method = path.endsWith("suspend") ? "POST" : "GET";
  expect(await ask(api.app, path, { token: anywhere, method })).toMatchObject({
    status: 400,
    body: { code: "invalid-input" },
  });
});

test.each([
  ["{", "malformed-json", undefined],
  ['{"url":"https://a.example/","url":"https://b.example/"}', "malformed-json", undefined],
  ['{"__proto__":{"url":"https://a.example/"}}', "malformed-json", undefined],
  ["[]", "invalid-input", "task"],
  ["null", "invalid-input", "task"],
  ["", "invalid-input", "task"],
  ['{"url":"https://a.example/","scheduledDate":"2040-01-01","ur":1}', "unknown-option", "ur"],
  [
    '{"url":"https://a.example/","scheduledDate":"2040-01-01","namespace":"app"}',
    "unknown-option",
    "namespace",
  ],
  ['{"url":"https://a.example/","scheduledDate":"soon"}', "invalid-input", "scheduledDate"],
  ['{"url":"https://a.example/","scheduledDate":"2040-01-01","id":".."}', "invalid-input", "id"],
  ['{"url":"http://127.0.0.2/","scheduledDate":"2040-01-01"}', "egress-refused", undefined],
])("the task %s is %s", async (body, code, field) => {
  const answer = await ask(api.app, TASKS, { token, body, method: "POST" });
  expect(answer).toMatchObject({ status: 400, body: { code } });
  if (field !== undefined) expect(answer.body["field"]).toBe(field);
});

test("a body where none is wanted: nothing or an empty object, and unknown fields by name", async () => {
  await ask(api.app, TASKS, { token, body: { ...task, id: "bare" } });
  const act = (name: string, body?: unknown) =>
    ask(api.app, `${TASKS}/bare/${name}`, { token, method: "POST", body });
  expect((await act("suspend")).status).toBe(200);
  expect((await act("unsuspend", {})).status).toBe(200);
  expect(await act("suspend", { until: "2041-01-01" })).toMatchObject({
    status: 400,
    body: { field: "until" },
  });
  expect(await act("retry")).toMatchObject({ status: 409, body: { code: "wrong-status" } });
});

test("what must not be kept or guessed at by browsers says so", async () => {
  const { headers } = await ask(api.app, TASKS, { token });
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});

const withHooks = (hooks: Partial<ApiDependencies["hooks"]>, more: Partial<ApiDependencies> = {}) =>
  openApi(database.endpoint, {
    ...{ keys: api.deps.keys, ...more },
    hooks: Object.assign(Object.create(api.hooks) as ApiDependencies["hooks"], hooks),
  });

test("a fault of ours is told to the log, and nothing of it to the caller", async () => {
  const stats = async () => {
    throw new TypeError("secret-table is broken");
  };
  const broken = await withHooks({ stats });
  const answer = await ask(broken.app, "/v1/namespaces/app/stats", { token });
  expect(answer).toMatchObject({ status: 500, body: { code: "internal", requestId: "request-1" } });
  expect(answer.text).not.toContain("secret-table");
  expect(broken.errors).toMatchObject([
    { requestId: "request-1", code: "internal", name: "TypeError", message: "secret-table is broken" },
  ]);
  expect(broken.requests).toMatchObject([{ status: 500, code: "internal" }]);
  await broken.close();
});

test("what is thrown and is no error is a fault of ours too", async () => {
  const stats = (): Promise<never> => Promise.reject("just a text");
  const broken = await withHooks({ stats });
  expect(await ask(broken.app, "/v1/namespaces/app/stats", { token })).toMatchObject({ status: 500 });
  await broken.close();
});

test("health needs no database, readiness asks it, and not for every caller", async () => {
  let asked = 0;
  let now = 1_000;
  let fails: unknown = null;
  const checkTables = async () => {
    asked += 1;
    if (fails) throw fails;
    return [];
  };
  const clock = { now: () => now, sleep: async () => {} };
  const watched = await withHooks({ checkTables }, { clock });
  expect(await ask(watched.app, "/health")).toMatchObject({ status: 200, body: { status: "ok" } });
  expect(asked).toBe(0);
  expect(
    (await Promise.all([1, 2, 3].map(() => ask(watched.app, "/ready")))).map(({ status }) => status),
  ).toEqual([200, 200, 200]);
  expect(asked).toBe(1);
  now += 2_000;
  fails = new HookclockError("store-unavailable", "secret-endpoint does not answer");
  const down = await ask(watched.app, "/ready");
  expect(down).toMatchObject({ status: 503, body: { code: "store-unavailable" } });
  expect(down.headers.get("retry-after")).toBe("1");
  expect(down.text).not.toContain("secret-endpoint");
  expect((await ask(watched.app, "/health")).status).toBe(200);
  await watched.close();
});

test("tables that do not fit are not ready, and an admin of everything sees why", async () => {
  const checkTables = async () => [{ table: "secret-table", problem: "it is missing" }];
  const misfit = await withHooks({ checkTables });
  const answer = await ask(misfit.app, "/ready");
  expect(answer).toMatchObject({ status: 503, body: { code: "table-mismatch" } });
  expect(answer.text).not.toContain("secret-table");
  const root = await api.tokenFor({ namespaces: ["*"], permission: "admin" });
  const seen = await ask(misfit.app, "/v1/system/tables", { token: root });
  expect(seen).toMatchObject({ status: 200, body: { problems: [{ table: "secret-table" }] } });
  await misfit.close();
});

test("the tables of keys and of WebSub count as well as those of the tasks", async () => {
  const own = { table: "keys-table", index: "x", problem: "is another" };
  const checkTables = async () => [{ table: "logs", problem: "does not exist" }];
  const misfit = await withHooks({ checkTables: async () => [] }, { checkOwnTables: async () => [own] });
  expect(await ask(misfit.app, "/ready")).toMatchObject({ status: 503, body: { code: "table-mismatch" } });
  const both = await withHooks({ checkTables }, { checkOwnTables: async () => [own] });
  const root = await api.tokenFor({ namespaces: ["*"], permission: "admin" });
  const seen = await ask(both.app, "/v1/system/tables", { token: root });
  expect(seen.body).toEqual({ problems: [{ table: "logs", problem: "does not exist" }, own] });
  await Promise.all([misfit.close(), both.close()]);
});
