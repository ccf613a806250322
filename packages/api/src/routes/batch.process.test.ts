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

const task = (id?: string) => ({
  ...(id ? { id } : {}),
  url: "https://example.com/",
  scheduledDate: "2040-01-01",
});
const batch = (tasks: unknown) => ask(api.app, "/v1/namespaces/app/tasks/batch", { token, body: { tasks } });

test("each task has its own result in its own place", async () => {
  await batch([task("there"), task("taken")]);
  const tasks = [
    task("new"),
    { ...task("bad"), url: "nonsense" },
    task("there"),
    { ...task("taken"), method: "POST" },
    5,
    { ...task(), colour: "red" },
    { ...task("elsewhere"), namespace: "other" },
    { ...task("private"), url: "http://10.0.0.1/" },
    { ...task("kind"), kind: "nobody" },
    task(".."),
    task(),
  ];
  const { status, body } = await batch(tasks);
  expect(status).toBe(200);
  expect(body).toMatchObject({ count: 11, failed: 8 });
  expect(body["items"]).toMatchObject([
    { ok: true, created: true, id: "new", task: { id: "new" } },
    { ok: false, problem: { status: 400, code: "invalid-input" } },
    { ok: true, created: false, task: { id: "there" } },
    { ok: false, problem: { status: 409, code: "id-conflict" } },
    { ok: false, problem: { status: 400, code: "invalid-input", field: "task" } },
    { ok: false, problem: { status: 400, code: "unknown-option", field: "colour" } },
    { ok: false, problem: { status: 400, code: "unknown-option", field: "namespace" } },
    { ok: false, problem: { status: 400, code: "egress-refused" } },
    { ok: false, problem: { status: 400, code: "unknown-kind" } },
    { ok: false, problem: { status: 400, code: "invalid-input", field: "id" } },
    { ok: true, created: true, task: { namespace: "app" } },
  ]);
  expect((await api.hooks.stats({ namespace: "other" })).total).toBe(0);
});

test("a thousand fit, one more does not, and none is too few", async () => {
  const many = Array.from({ length: 1_000 }, (_, index) => task(`m-${index}`));
  expect((await batch(many)).body).toMatchObject({ count: 1_000, failed: 0 });
  expect(await batch([...many, task()])).toMatchObject({ status: 400, body: { field: "tasks" } });
  expect(await batch([])).toMatchObject({ status: 400, body: { field: "tasks" } });
  expect(await batch({ 0: task() })).toMatchObject({ status: 400, body: { field: "tasks" } });
});

test("a batch may be larger than another body, up to its own limit", async () => {
  const large = { ...task("large"), method: "POST", request: { body: "x".repeat(250_000) } };
  const fits = await batch(Array.from({ length: 4 }, (_, index) => ({ ...large, id: `large-${index}` })));
  expect(fits.body).toMatchObject({ count: 4, failed: 0 });
  const tooLarge = await batch(
    Array.from({ length: 17 }, (_, index) => ({ ...large, id: `large-${index}` })),
  );
  expect(tooLarge).toMatchObject({ status: 413, body: { code: "body-too-large" } });
  const path = "/v1/namespaces/app/tasks";
  const single = await ask(api.app, path, {
    token,
    body: { ...large, request: { body: "x".repeat(530_000) } },
  });
  expect(single).toMatchObject({ status: 413, body: { code: "body-too-large" } });
});

test("an answer keeps to its size: tasks that have no room in it were made all the same, and are read by their ids", async () => {
  const tasks = Array.from({ length: 16 }, (_, index) => ({
    ...task(`full-${index}`),
    ...{ method: "POST", request: { body: '"'.repeat(120_000) } },
  }));
  const { text, body } = await batch(tasks);
  // Lambda hands over 6 MB, in which the text is quoted once more.
  expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(6_100_000);
  const items = body["items"] as { ok: boolean; id: string; task: { id: string } | null }[];
  expect(items.map(({ ok, id }) => [ok, id])).toEqual(tasks.map(({ id }) => [true, id]));
  const whole = items.filter((item) => item.task !== null);
  expect(whole.length).toBeGreaterThan(8);
  expect(whole.length).toBeLessThan(16);
  expect(items.slice(0, whole.length).map((item) => item.task?.id)).toEqual(whole.map(({ id }) => id));
  const last = await ask(api.app, "/v1/namespaces/app/tasks/full-15", { token });
  expect(last).toMatchObject({ status: 200, body: { id: "full-15", status: "ACTIVE" } });
});

test("the same task twice in one batch is one task", async () => {
  const { body } = await batch([task("twin"), task("twin")]);
  const items = body["items"] as { ok: boolean; created: boolean }[];
  expect(items.every(({ ok }) => ok)).toBe(true);
  expect(items.filter(({ created }) => created)).toHaveLength(1);
});
