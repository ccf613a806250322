// A tour over every operation: each answer is held against the OpenAPI document.
import { startReceiver } from "@hookclock/testkit";
import { HookclockError, type Hooks, type WebSub } from "hookclock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Asked, type CheckedApi, serveChecked } from "./checked-api.ts";

const N = "/v1/namespaces/app";
const LATER = "2040-01-01T00:00:00Z";
let api: CheckedApi;
let token: string;
let everything: string;
let receiver: Awaited<ReturnType<typeof startReceiver>>;

beforeAll(async () => {
  receiver = await startReceiver(200);
  api = await serveChecked({ stream: { holdMs: 1 } });
  token = (await api.makeKey({ permission: "admin" })).token;
  everything = (await api.makeKey({ namespaces: ["*"], permission: "admin" })).token;
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await receiver.close();
});

const ask = async (status: number, method: string, target: string, asked: Asked = {}) => {
  const answer = await api.ask(method, target, { token, ...asked });
  expect(answer.status, `${method} ${target}: ${answer.text}`).toBe(status);
  return answer;
};
const post = (status: number, target: string, body?: unknown, more: Asked = {}) =>
  ask(status, "POST", target, { body, ...more });

test("tasks one by one", async () => {
  const task = { id: "one", url: receiver.url, scheduledDate: LATER, retry: { limit: 0 } };
  await post(201, `${N}/tasks`, task);
  await post(200, `${N}/tasks`, task);
  await post(409, `${N}/tasks`, { ...task, method: "PUT" });
  await post(400, `${N}/tasks`, { ...task, url: "http://10.0.0.1/" });
  await post(400, `${N}/tasks`, { ...task, bogus: 1 });
  await post(400, `${N}/tasks`, "{");
  await post(413, `${N}/tasks`, `"${"x".repeat(600_000)}"`);
  await post(415, `${N}/tasks`, "a=b", { headers: { "content-type": "application/x-www-form-urlencoded" } });
  await post(200, `${N}/tasks/batch`, { tasks: [{ ...task, id: "two" }, { id: "bad" }, task] });
  await ask(200, "GET", `${N}/tasks/one`);
  await ask(200, "HEAD", `${N}/tasks/one`);
  await ask(404, "GET", `${N}/tasks/none`);
  await ask(200, "PATCH", `${N}/tasks/one`, { body: { scheduledDate: "2041-01-01" } });
  await ask(400, "PATCH", `${N}/tasks/one`, { body: { scheduledDate: "soon" } });
  for (const action of ["suspend", "unsuspend", "run"]) await post(200, `${N}/tasks/one/${action}`);
  await post(409, `${N}/tasks/one/retry`);
  await post(200, `${N}/tasks/one/reschedule`, { scheduledDate: LATER });
  await post(404, `${N}/tasks/none/suspend`);
  const { body } = await ask(200, "GET", `${N}/tasks?limit=1&order=desc`);
  await ask(200, "GET", `${N}/tasks?limit=1&order=desc&cursor=${body["nextCursor"]}`);
  await ask(400, "GET", `${N}/tasks?limit=1&cursor=${body["nextCursor"]}`);
  await ask(400, "GET", `${N}/tasks?limit=0`);
});

test("what runs leaves logs, counts and streams", async () => {
  await post(201, `${N}/tasks`, { id: "due", url: receiver.url, scheduledDate: "2020-01-01" });
  await ask(200, "GET", `${N}/due`);
  await post(200, `${N}/trigger`);
  await post(200, `${N}/tasks/due/retry`);
  await post(200, `${N}/trigger`, { limit: 1 });
  const { body } = await ask(200, "GET", `${N}/logs?limit=1`);
  await ask(200, "GET", `${N}/logs?limit=1&cursor=${body["nextCursor"]}`);
  await ask(200, "GET", `${N}/logs?task=due&status=SUCCESS&order=desc`);
  await ask(200, "GET", `${N}/stats`);
  const { text } = await ask(200, "GET", `${N}/logs/stream?from=2020-01-01`);
  expect(text.match(/^event: log$/gm)).toHaveLength(2);
  await ask(400, "GET", `${N}/logs/stream?cursor=nonsense`);
});

test("many at once", async () => {
  const filter = { idPrefix: "t" };
  await post(201, `${N}/tasks`, { id: "two-too", url: receiver.url, scheduledDate: LATER });
  for (const move of ["suspend", "unsuspend", "run", "retry"]) {
    await post(200, `${N}/bulk/${move}`, { filter, dryRun: true });
    await post(200, `${N}/bulk/${move}`, { filter });
    await post(400, `${N}/bulk/${move}`, { filter, cursor: "x" });
  }
  await post(200, `${N}/bulk/reschedule`, { filter, scheduledDate: LATER, limit: 1 });
  await post(200, `${N}/bulk/delete`, { filter });
  await post(400, `${N}/bulk/delete`, { filter: {} });
  const writer = (await api.makeKey({ permission: "write" })).token;
  await post(403, `${N}/bulk/delete`, { filter: {}, all: true }, { token: writer });
  await ask(200, "DELETE", `${N}/tasks/one`);
  await post(200, `${N}/bulk/delete`, { filter: {}, all: true });
});

test("keys, the system, the service", async () => {
  const made = await post(201, "/v1/keys", { name: "reader", namespaces: ["app"], permission: "read" });
  const { id } = made.body["key"] as { id: string };
  await post(403, "/v1/keys", { name: "far", namespaces: ["other"], permission: "read" });
  await ask(200, "GET", "/v1/keys");
  await ask(200, "GET", "/v1/me", { token: String(made.body["token"]) });
  await ask(200, "DELETE", `/v1/keys/${id}`);
  await ask(401, "GET", "/v1/me", { token: String(made.body["token"]) });
  await ask(404, "DELETE", "/v1/keys/0000000000000000");
  for (const path of ["/v1/due", "/v1/system/tables"]) {
    await ask(403, "GET", path);
    await ask(200, "GET", path, { token: everything });
  }
  await post(200, "/v1/trigger", { budgetMs: 0 }, { token: everything });
  await post(403, "/v1/trigger");
  await post(200, "/v1/system/shards", { shards: 9 }, { token: everything });
  for (const path of ["/health", "/ready", "/openapi.json", "/docs"]) await ask(200, "GET", path, {});
  await ask(400, "GET", "/health?a=b");
});

test("subscriptions, consumers and handlers", async () => {
  const blog = { id: "blog", url: `${receiver.url}/blog`, consumer: "app" };
  await post(201, `${N}/subscriptions`, blog);
  await post(201, `${N}/subscriptions`, blog);
  await post(409, `${N}/subscriptions`, { ...blog, url: `${receiver.url}/other` });
  await post(400, `${N}/subscriptions`, { id: "x", url: "http://10.0.0.1/" });
  await post(400, `${N}/subscriptions`, { url: receiver.url, bogus: 1 });
  await ask(200, "GET", `${N}/subscriptions/blog`);
  await ask(404, "GET", `${N}/subscriptions/none`);
  await post(201, `${N}/subscriptions`, { id: "news", url: receiver.url });
  const { body } = await ask(200, "GET", `${N}/subscriptions?limit=1`);
  await ask(200, "GET", `${N}/subscriptions?limit=1&cursor=${body["nextCursor"]}`);
  await ask(400, "GET", `${N}/subscriptions?limit=1&state=pending&cursor=${body["nextCursor"]}`);
  await post(200, `${N}/subscriptions/news/renew`);
  await post(404, `${N}/subscriptions/none/renew`);
  await ask(200, "DELETE", `${N}/subscriptions/news`);
  const app = { name: "app", type: "http", url: receiver.url };
  const made = await post(201, `${N}/consumers`, app);
  expect(made.body["secret"]).toMatch(/^whsec_/);
  expect((await post(200, `${N}/consumers`, app)).body["secret"]).toBeNull();
  await post(400, `${N}/consumers`, { ...app, type: "fax" });
  await ask(200, "GET", `${N}/consumers?limit=1`);
  await ask(200, "GET", `${N}/consumers/app`);
  await post(200, `${N}/consumers/app/rotate`, { oldSecretMs: 1_000 });
  for (const action of ["disable", "enable"]) await post(200, `${N}/consumers/app/${action}`);
  await post(202, `${N}/consumers/app/tell`, { message: "hello" });
  await post(202, `${N}/consumers/lost/tell`, { message: { to: "nobody" } });
  const from = "2020-01-01";
  await post(202, `${N}/consumers/app/replay`, { from, dryRun: true });
  await post(404, `${N}/consumers/none/replay`, { from });
  await post(200, `${N}/trigger`);
  const replay = await post(202, `${N}/consumers/app/replay`, { from, include: "all" });
  await ask(200, "GET", `${N}/replays/${replay.body["id"]}`);
  await ask(404, "GET", `${N}/replays/none`);
  await ask(200, "GET", `${N}/delivery-stats`);
  const handler = { source: { event: "orders.*" }, consumer: "app", template: "{{event}}" };
  await post(201, `${N}/handlers`, handler);
  await post(200, `${N}/handlers`, handler);
  await post(400, `${N}/handlers`, { ...handler, source: { event: "a..b" } });
  await ask(200, "GET", `${N}/handlers?limit=1`);
  await ask(200, "GET", `${N}/handlers?subscription=blog`);
  await ask(400, "GET", `${N}/handlers?subscription=blog&event=a`);
  await ask(200, "DELETE", `${N}/handlers/app?event=ORDERS`);
  await ask(404, "DELETE", `${N}/handlers/app?event=orders`);
  await ask(400, "DELETE", `${N}/handlers/app`);
  await ask(200, "DELETE", `${N}/consumers/app`);
  await ask(404, "DELETE", `${N}/consumers/app`);
});

test("the hub: content, events, who is subscribed", async () => {
  const topic = encodeURIComponent("https://example.com/feed");
  const headers = { "content-type": "application/atom+xml" };
  const content = { body: "<feed/>", headers };
  const first = await ask(202, "POST", `${N}/topics/${topic}?id=u1`, content);
  expect(first.body).toEqual({ id: "u1" });
  await ask(202, "POST", `${N}/topics/${topic}?id=u1`, content);
  await ask(409, "POST", `${N}/topics/${topic}?id=u1`, { ...content, body: "<other/>" });
  await ask(400, "POST", `${N}/topics/nonsense`, content);
  await post(202, `${N}/events`, { predicate: "orders.paid", payload: { n: 1 } });
  await post(202, `${N}/events`, { topic: "orders.paid", payload: null, id: "e1" });
  await post(400, `${N}/events`, { predicate: "orders..paid", payload: 1 });
  await post(400, `${N}/events`, { predicate: "a", topic: "b", payload: 1 });
  const form = new URLSearchParams({ "hub.mode": "subscribe", "hub.topic": "https://example.com/feed" });
  form.set("hub.callback", `${receiver.url}/cb`);
  const asForm = { "content-type": "application/x-www-form-urlencoded" };
  const request = new Request("http://api.test/hub/app", {
    method: "POST",
    body: `${form}`,
    headers: asForm,
  });
  expect((await api.fetch(request)).status).toBe(202);
  const list = await ask(200, "GET", `${N}/hub/subscriptions?topic=${topic}`);
  expect(list.body["items"]).toMatchObject([{ callback: `${receiver.url}/cb`, state: "pending" }]);
  await ask(200, "GET", `${N}/hub/subscriptions`);
  const pair = { topic: "https://example.com/feed", callback: `${receiver.url}/cb` };
  const writer = (await api.makeKey({ permission: "write" })).token;
  await post(403, `${N}/hub/deny`, pair, { token: writer });
  await post(202, `${N}/hub/deny`, { ...pair, reason: "no" });
  await post(404, `${N}/hub/deny`, { ...pair, callback: `${receiver.url}/none` });
});

test("done once: the answer of before, another content, and still running", async () => {
  const headers = { "idempotency-key": "k1" };
  const task = { url: receiver.url, scheduledDate: LATER };
  const first = await post(201, `${N}/tasks`, task, { headers });
  const again = await post(201, `${N}/tasks`, task, { headers });
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  await post(422, `${N}/tasks`, { ...task, method: "PUT" }, { headers });
  await post(400, `${N}/tasks`, task, { headers: { "idempotency-key": "not visible" } });
});

test("who may not ask, and what is not there", async () => {
  for (const { method, path, operationId } of api.contract.operations) {
    if (!path.startsWith("/v1/")) continue;
    const target = path.replace("{namespace}", "app").replace("{id}", "x");
    const answer = await api.ask(method, target);
    expect(answer.status, operationId).toBe(401);
    expect(answer.headers.get("www-authenticate"), operationId).toMatch(/^Bearer/);
    const foreign = await api.ask(method, path.replace("{namespace}", "other").replace("{id}", "x"), {
      ...{ token: (await api.makeKey({ namespaces: ["none"], permission: "read" })).token },
      body: method === "GET" ? undefined : {},
    });
    expect([403, path === "/v1/me" ? 200 : 403], operationId).toContain(foreign.status);
  }
  await ask(404, "GET", "/v2");
  await ask(405, "PUT", `${N}/tasks`, { body: {} });
  await ask(405, "DELETE", `${N}/stats`);
});

test("every operation was answered with every status of success that it documents", () => {
  const wanted = api.contract.operations.flatMap(({ operationId, responses }) =>
    Object.keys(responses).flatMap((status) => (status < "300" ? [`${operationId} ${status}`] : [])),
  );
  expect(wanted.filter((one) => !api.contract.seen.has(one))).toEqual([]);
  expect(api.faults).toEqual([]);
});

test.each([
  ["store-unavailable", 503],
  ["throttled", 429],
  ["table-missing", 503],
  ["store-refused", 500],
] as const)(
  "when the library fails with %s, every operation answers %i, and tells nothing",
  async (code, status) => {
    const secret = "secret-detail";
    const fails = () => Promise.reject(new HookclockError(code, secret));
    const failing = (hooks: Hooks) => new Proxy(hooks, { get: () => fails });
    const part = new Proxy({}, { get: () => fails });
    const websub = { subscriptions: part, hub: part, events: part, consumers: part, contentBytesMax: 1_000 };
    await using broken = await serveChecked({ websub: websub as WebSub }, failing);
    const { token } = await broken.makeKey({ namespaces: ["*"], permission: "admin" });
    for (const { method, path, operationId, requestBody } of broken.contract.operations) {
      // They ask the library for nothing, or turn one bad task into its own result.
      if (!path.startsWith("/v1/") || path.startsWith("/v1/keys") || path === "/v1/me") continue;
      const target = path.replace("{namespace}", "app").replace("{id}", "x");
      const body = requestBody?.content["application/json"]?.example;
      const query = operationId === "unlinkHandler" ? "?event=a" : "";
      const asked = { token, ...(body === undefined ? {} : { body }) };
      const answer = await broken.ask(method, `${target}${query}`, asked);
      expect(answer.status, operationId).toBe(status);
      expect(answer.text).not.toContain(secret);
    }
  },
);
