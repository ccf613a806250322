// Requests sent twice: the same answer, a mismatch, or still running; and what is not kept.
import { HookclockError } from "@hookclock/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiWebSub } from "./ports.ts";
import { ask, type LocalDatabase, openApi, startDynalite, type TestApi } from "./test-support.ts";

let database: LocalDatabase;
let api: TestApi;
let token: string;
beforeAll(async () => {
  database = await startDynalite();
  api = await openApi(database.endpoint);
  token = await api.tokenFor({ namespaces: ["app", "apt"] });
});
afterAll(async () => {
  await api.close();
  await database.stop();
});

const TASKS = "/v1/namespaces/app/tasks";
const task = {
  url: "https://example.com/",
  scheduledDate: "2040-01-01",
  method: "POST",
  request: { body: { a: 1, b: 2 } },
};
let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `key-${keys}`;
};
const send = (key: string, { path = TASKS, body = task as unknown, as = token, on = api } = {}) =>
  ask(on.app, path, { token: as, body, headers: { "idempotency-key": key } });

test("the second request gets the first one's answer, and makes nothing", async () => {
  const key = newKey();
  const first = await send(key);
  const second = await send(key);
  expect(first.status).toBe(201);
  expect(first.headers.has("idempotency-replayed")).toBe(false);
  expect(second).toMatchObject({ status: 201, text: first.text });
  expect(second.headers.get("location")).toBe(first.headers.get("location"));
  expect(second.headers.get("idempotency-replayed")).toBe("true");
  expect(second.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
  expect((await api.hooks.stats({ namespace: "app" })).total).toBe(1);
});

test("the order of fields is no other content", async () => {
  const key = newKey();
  const { text } = await send(key);
  const { request, method, scheduledDate, url } = task;
  expect(
    (await send(key, { body: { request: { body: { b: 2, a: 1 } }, method, scheduledDate, url } })).text,
  ).toBe(text);
  void request;
});

test.each([
  ["another body", { body: { ...task, timeoutMs: 1_000 } }],
  ["another route", { path: `${TASKS}/batch`, body: { tasks: [task] } }],
])("the key with %s is a mismatch", async (_what, more) => {
  const key = newKey();
  await send(key);
  expect(await send(key, more)).toMatchObject({ status: 422, body: { code: "idempotency-mismatch" } });
});

test("the same key of another namespace or another caller is another one", async () => {
  const key = newKey();
  const other = await api.tokenFor({ namespaces: ["app"] });
  const answers = [
    await send(key),
    await send(key, { path: "/v1/namespaces/apt/tasks" }),
    await send(key, { as: other }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set(answers.map(({ body }) => body["id"])).size).toBe(3);
});

test("while the first is under way the second is told so", async () => {
  const key = newKey();
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let started = () => {};
  const begun = new Promise<void>((resolve) => {
    started = resolve;
  });
  const registerMany: typeof api.hooks.registerMany = async (...args) => {
    started();
    await gate;
    return api.hooks.registerMany(...args);
  };
  const slow = await openApi(database.endpoint, {
    ...api.deps,
    hooks: Object.assign(Object.create(api.hooks) as typeof api.hooks, { registerMany }),
  });
  const first = send(key, { on: slow });
  await begun;
  const second = await send(key, { on: slow });
  expect(second).toMatchObject({ status: 409, body: { code: "idempotency-in-progress" } });
  expect(second.headers.get("retry-after")).toBe("1");
  letGo();
  expect((await first).status).toBe(201);
  expect((await send(key, { on: slow })).headers.get("idempotency-replayed")).toBe("true");
  await slow.close();
});

test("an answer that says no is an answer too", async () => {
  const key = newKey();
  const path = `${TASKS}/nobody/suspend`;
  const first = await send(key, { path, body: {} });
  expect(first).toMatchObject({ status: 404, body: { code: "not-found" } });
  const second = await send(key, { path, body: {} });
  expect(second).toMatchObject({ status: 404, text: first.text });
  expect(second.headers.get("content-type")).toBe("application/problem+json");
});

test("what was refused before it began is not kept", async () => {
  const key = newKey();
  expect((await send(key, { body: { ...task, colour: "red" } })).status).toBe(400);
  expect((await send(key)).status).toBe(201);
});

test.each([
  ["a fault of ours", new TypeError("boom"), 500],
  ["a database that does not answer", new HookclockError("store-unavailable", "gone"), 503],
  ["a throttled database", new HookclockError("throttled", "slower"), 429],
  ["an edit that came between", new HookclockError("edit-conflict", "edited"), 409],
])("%s is not kept: the next request tries again", async (_what, error, status) => {
  const key = newKey();
  let faults = 1;
  const registerMany: typeof api.hooks.registerMany = async (...args) => {
    faults -= 1;
    if (faults >= 0) throw error;
    return api.hooks.registerMany(...args);
  };
  const faulty = await openApi(database.endpoint, {
    ...api.deps,
    hooks: Object.assign(Object.create(api.hooks) as typeof api.hooks, { registerMany }),
  });
  expect((await send(key, { on: faulty })).status).toBe(status);
  expect((await send(key, { on: faulty })).status).toBe(201);
  await faulty.close();
});

test("bytes sent again are published once; other bytes and other types under the same key are a mismatch", async () => {
  let updates = 0;
  const publishContent = async () => {
    updates += 1;
    return { id: `u${updates}` };
  };
  const hub = { publishContent } satisfies Partial<ApiWebSub["hub"]>;
  const websub = { hub, contentBytesMax: 100 } as unknown as ApiWebSub;
  const withHub = await openApi(database.endpoint, { ...api.deps, websub });
  const key = newKey();
  const publish = (body: string, type: string) =>
    ask(withHub.app, `/v1/namespaces/app/topics/${encodeURIComponent("https://example.com/feed")}`, {
      ...{ token, body, headers: { "idempotency-key": key, "content-type": type } },
    });
  const first = await publish("<feed/>", "text/xml");
  const again = await publish("<feed/>", "text/xml");
  expect([first.status, again.status, updates]).toEqual([202, 202, 1]);
  expect(again.text).toBe(first.text);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect((await publish("<other/>", "text/xml")).status).toBe(422);
  expect((await publish("<feed/>", "application/xml")).status).toBe(422);
  expect(updates).toBe(1);
  await withHub.close();
});

test("a record that cannot be written does not turn what was done into a failure", async () => {
  const finish = async () => {
    throw new HookclockError("store-unavailable", "gone");
  };
  const api2 = await openApi(database.endpoint, { idempotency: { ...api.records, finish } });
  const as = await api2.tokenFor({});
  expect((await send(newKey(), { on: api2, as })).status).toBe(201);
  expect(api2.errors).toMatchObject([{ code: "store-unavailable" }]);
  expect(api2.requests).toMatchObject([{ status: 201, code: null }]);
  await api2.close();
});

test.each(["", "a b", "ä", "x".repeat(256)])("%j is no idempotency key", async (key) => {
  const headers = { "idempotency-key": key };
  const answer = await ask(api.app, TASKS, { token, body: task, headers });
  expect(answer).toMatchObject({ status: 400, body: { field: "idempotency-key" } });
});

test("concurrent registrations of one task make one, whoever comes first", async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => ask(api.app, TASKS, { token, body: { ...task, id: "same" } })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(7).fill(200), 201]);
  const [first] = answers;
  for (const { body } of answers) expect(body).toEqual(first?.body);
});
