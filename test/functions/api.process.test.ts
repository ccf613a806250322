// The API's function, with requests as the gateway hands them over: what the handler adds to the API it serves.
import { afterAll, beforeAll, expect, test } from "vitest";
import { gatewayEvent, type Request } from "./fixtures/gateway.ts";
import { context, type Handler, openStage, type Stage } from "./support.ts";

type Answer = {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded?: boolean;
};

let stage: Stage;
let handler: Handler;
let token: string;
beforeAll(async () => {
  stage = await openStage();
  handler = await stage.load("api");
  const made = await stage.state.keys.create({ name: "test", namespaces: ["app"], permission: "write" });
  token = made.token;
});
afterAll(() => stage[Symbol.asyncDispose]());

const lambda = context();
const send = async (request: Request, headers: Record<string, string> = {}): Promise<Answer> => {
  const authorization = `Bearer ${token}`;
  const withKey = { ...request, headers: { authorization, ...headers, ...request.headers } };
  return (await handler(gatewayEvent(withKey), lambda)) as Answer;
};
const TASKS = "/v1/namespaces/app/tasks";
const json = { "content-type": "application/json" };
const taskBody = (id: string): string =>
  JSON.stringify({
    id,
    method: "POST",
    url: "https://example.com/é",
    scheduledDate: "2100-01-01T00:00:00.000Z",
    request: { body: { text: "✓" } },
  });
const bodyOf = (answer: Answer): Record<string, unknown> =>
  JSON.parse(answer.isBase64Encoded ? Buffer.from(answer.body, "base64").toString() : answer.body) as Record<
    string,
    unknown
  >;

test("a body comes as text or as base64; either way its bytes are the caller's", async () => {
  const asText = await send({ method: "POST", path: TASKS, headers: json, body: taskBody("text") });
  const asBase64 = await send({
    ...{ method: "POST", path: TASKS, headers: json },
    ...{ body: taskBody("base64"), base64: true },
  });
  for (const [id, answer] of [
    ["text", asText],
    ["base64", asBase64],
  ] as const) {
    expect(answer.statusCode).toBe(201);
    expect(bodyOf(answer)).toMatchObject({ id, request: { body: { text: "✓" } } });
    expect((await stage.hooks.get({ namespace: "app", id }))?.request.body).toEqual({ text: "✓" });
  }
});

test.each(["a/b", "a b", "é✓", "100%", "%2F", "a?b#c", "run/suspend", "batch/x"])(
  "the id %j survives the gateway, which decodes paths",
  async (id) => {
    await send({ method: "POST", path: TASKS, headers: json, body: taskBody(id) });
    const got = await send({ path: `${TASKS}/${id}` });
    expect(bodyOf(got)).toMatchObject({ id });
    const suspended = await send({ method: "POST", path: `${TASKS}/${id}/suspend` });
    expect(bodyOf(suspended)).toMatchObject({ id, status: "SUSPENDED" });
    expect((await send({ method: "DELETE", path: `${TASKS}/${id}` })).statusCode).toBe(200);
    expect(await stage.hooks.get({ namespace: "app", id })).toBeNull();
  },
);

test("query parameters arrive decoded, and one that is given twice is refused by its name", async () => {
  await send({ method: "POST", path: TASKS, headers: json, body: taskBody("q é") });
  const found = await send({ path: TASKS, query: "idPrefix=q%20%C3%A9&limit=5" });
  expect(bodyOf(found)).toMatchObject({ count: 1, items: [{ id: "q é" }] });
  const twice = await send({ path: TASKS, query: "limit=5&limit=6" });
  expect(twice.statusCode).toBe(400);
  expect(bodyOf(twice)).toMatchObject({ code: "invalid-input", field: "limit" });
});

test("a header that was sent twice comes joined, and is no key", async () => {
  const joined = await send({ path: TASKS }, { authorization: `Bearer ${token},Bearer ${token}` });
  expect(joined.statusCode).toBe(401);
  expect(joined.headers["www-authenticate"]).toMatch(/^Bearer/);
});

test("cookies are let pass and change nothing", async () => {
  expect((await send({ path: TASKS, cookies: ["a=1", "b=2"] })).statusCode).toBe(200);
  const noKey = await handler(gatewayEvent({ path: TASKS, cookies: [`authorization=${token}`] }), lambda);
  expect((noKey as Answer).statusCode).toBe(401);
});

test("the request id of an answer is the one of the invocation, unless the caller has one", async () => {
  expect((await send({ path: "/health" })).headers["x-request-id"]).toBe(lambda.awsRequestId);
  const own = await send({ path: "/health" }, { "x-request-id": "from-the-caller" });
  expect(own.headers["x-request-id"]).toBe("from-the-caller");
});

test("answers of every kind are complete: a task, nothing found, a page, a document, readiness", async () => {
  const lost = await send({ path: `${TASKS}/nowhere` });
  expect(lost.statusCode).toBe(404);
  expect(lost.headers["content-type"]).toBe("application/problem+json");
  expect(bodyOf(lost)).toMatchObject({ code: "not-found", status: 404 });
  const page = await send({ path: "/docs" });
  expect([page.statusCode, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  expect(page.body).toContain("<!doctype html>");
  expect(bodyOf(await send({ path: "/openapi.json" }))).toMatchObject({ openapi: "3.1.0" });
  expect((await send({ path: "/ready" })).statusCode).toBe(200);
  expect((await send({ method: "PUT", path: TASKS })).headers["allow"]).toMatch(/GET/);
});

test("the page of a topic goes out as the bytes that were published, whatever type they were said to be", async () => {
  // The mark in front goes lost where bytes are taken for text.
  const body = "\ufeff<feed/>";
  const topic = "https://hooks.example.com/topics/app/a%20b/news";
  const headers = { "content-type": "text/plain" };
  const path = `/v1/namespaces/app/topics/${topic}`;
  expect((await send({ method: "POST", path, headers, body })).statusCode).toBe(202);
  const page = await send({ path: "/topics/app/a b/news" });
  expect(page).toMatchObject({ statusCode: 200, isBase64Encoded: true });
  expect(Buffer.from(page.body, "base64")).toEqual(Buffer.from(body));
  expect(page.headers["link"]).toContain(`<${topic}>; rel="self"`);
  expect((await send({ path: "/topics/app/none" })).statusCode).toBe(404);
});

test("the table of WebSub counts when somebody asks about tables", async () => {
  const made = await stage.state.keys.create({ name: "root", namespaces: ["*"], permission: "admin" });
  const without = await stage.load("api", { HOOKCLOCK_STATE_TABLE: "none" });
  const headers = { authorization: `Bearer ${made.token}` };
  const seen = (await without(gatewayEvent({ path: "/v1/system/tables", headers }), lambda)) as Answer;
  expect(bodyOf(seen)).toEqual({ problems: [{ table: "none", problem: "does not exist" }] });
  const ready = (await without(gatewayEvent({ path: "/ready" }), lambda)) as Answer;
  expect([ready.statusCode, bodyOf(ready)["code"]]).toEqual([503, "table-mismatch"]);
});

test.each(["HOOKCLOCK_CONTENT_BYTES_MAX", "HOOKCLOCK_LEASE_SECONDS"])(
  "%s that cannot be used stops WebSub, and nothing else",
  async (variable) => {
    const told = await stage.load("api", { [variable]: "16 MiB" });
    const headers = { authorization: `Bearer ${token}` };
    const ask = async (path: string) => (await told(gatewayEvent({ path, headers }), lambda)) as Answer;
    expect((await ask(TASKS)).statusCode).toBe(200);
    const refused = await ask("/v1/namespaces/app/subscriptions");
    expect(refused.statusCode).toBe(500);
    // How it is deployed is for its log, not for who asks.
    expect(refused.body).not.toContain(variable);
    await expect(stage.load("trigger", { [variable]: "16 MiB" })).resolves.toBeTypeOf("function");
  },
);

test("HEAD is a GET without its body; OPTIONS tells which methods there are, to nobody's browser", async () => {
  const head = await send({ method: "HEAD", path: "/openapi.json" });
  expect([head.statusCode, head.body]).toEqual([200, ""]);
  expect(head.headers["content-type"]).toMatch(/^application\/json/);
  const options = await send({ method: "OPTIONS", path: TASKS }, { origin: "https://page.example" });
  expect(options.statusCode).toBe(405);
  expect(options.headers["allow"]).toBe("GET, HEAD, POST");
  expect(Object.keys(options.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
});

test("what is no event of a gateway fails, and says so: nothing is made of it", async () => {
  for (const event of [null, {}, { Records: [] }, { version: "1.0", httpMethod: "GET", path: "/health" }]) {
    await expect(handler(event, lambda)).rejects.toThrow("the event is no request of payload format 2.0");
  }
});

test("another namespace is closed, however its name is put into the path", async () => {
  for (const namespace of ["other", "app/../other", "other/tasks/x", "APP"]) {
    const { statusCode } = await send({ path: `/v1/namespaces/${namespace}/tasks` });
    expect([namespace, statusCode]).toEqual([
      namespace,
      expect.toSatisfy((s: number) => s === 403 || s === 404),
    ]);
  }
});

test("the log's stream answers as soon as there is something, in one piece, from where the caller was", async () => {
  await stage.hooks.register({
    ...{ namespace: "app", id: "streamed", method: "POST", url: `${stage.receiver.url}/streamed` },
    scheduledDate: new Date(),
  });
  await stage.hooks.trigger({ namespace: "app" });
  const first = await send({
    path: "/v1/namespaces/app/logs/stream",
    query: "task=streamed&from=2020-01-01T00:00:00Z",
  });
  expect(first.headers["content-type"]).toMatch(/^text\/event-stream/);
  const text = first.isBase64Encoded ? Buffer.from(first.body, "base64").toString() : first.body;
  expect(text).toMatch(/^id: \S+$/m);
  expect(text).toContain('"taskId":"streamed"');
});

test.each([
  undefined,
  {},
  { version: "1.0", rawPath: "/", requestContext: { http: { method: "GET" } } },
  { version: "2.0", rawPath: 1 },
])("%j is no request of the gateway: the invocation fails, saying so", async (event) => {
  await expect(Promise.resolve().then(() => handler(event, lambda))).rejects.toMatchObject({
    code: "invalid-input",
  });
});
