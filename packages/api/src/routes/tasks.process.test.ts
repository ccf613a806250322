import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type LocalDatabase, openApi, startDynalite, type TestApi } from "../test-support.ts";

let database: LocalDatabase;
let api: TestApi;
let token: string;
beforeAll(async () => {
  database = await startDynalite();
  api = await openApi(database.endpoint);
  token = await api.tokenFor({});
});
afterAll(async () => {
  await api.close();
  await database.stop();
});

const TASKS = "/v1/namespaces/app/tasks";
const later = { url: "https://example.com/hook", scheduledDate: "2040-01-01T00:00:00Z" };

test("a task is made, read, and the same again is the same", async () => {
  const made = await ask(api.app, TASKS, { token, body: { ...later, id: "one" } });
  expect(made).toMatchObject({ status: 201, body: { id: "one", namespace: "app", status: "ACTIVE" } });
  expect(made.headers.get("location")).toBe(`${TASKS}/one`);
  const again = await ask(api.app, TASKS, { token, body: { ...later, id: "one" } });
  expect(again).toMatchObject({ status: 200, body: made.body });
  expect(await ask(api.app, `${TASKS}/one`, { token })).toMatchObject({ status: 200, body: made.body });
  const other = await ask(api.app, TASKS, { token, body: { ...later, id: "one", method: "POST" } });
  expect(other).toMatchObject({ status: 409, body: { code: "id-conflict", field: "id" } });
  expect(other.headers.get("content-type")).toBe("application/problem+json");
});

test("without an id one is made, and Location leads to it", async () => {
  const made = await ask(api.app, TASKS, { token, body: { ...later, idPrefix: "a/b %" } });
  expect(made.status).toBe(201);
  const found = await ask(api.app, made.headers.get("location") ?? "", { token });
  expect(found).toMatchObject({ status: 200, body: { id: made.body["id"] } });
});

test.each(["a/b", "100%", "%2F", "ä ö", "日本", "a?b#c", "a%2Fb", "+", "batch", "...", "a\\b", ":id"])(
  "an id may be %j",
  async (id) => {
    const made = await ask(api.app, TASKS, { token, body: { ...later, id } });
    expect(made).toMatchObject({ status: 201, body: { id } });
    const path = `${TASKS}/${encodeURIComponent(id)}`;
    expect(made.headers.get("location")).toBe(path);
    expect(await ask(api.app, path, { token })).toMatchObject({ status: 200, body: { id } });
    expect(await ask(api.app, path, { token, method: "DELETE" })).toMatchObject({
      status: 200,
      body: { id },
    });
    expect(await ask(api.app, path, { token })).toMatchObject({ status: 404, body: { code: "not-found" } });
  },
);
