// Registering: idempotency, many at once, shapes and egress, through the public library.
import { type LocalDatabase, loudSkip, startDynalite, startReceiver } from "@hookclock/testkit";
import Hooks from "hookclock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, dueTask, freshOptions, isoIn, openHooks, taskOf } from "./support.ts";

const URL = "https://example.com/hook";
let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

test("the same id with the same content is the same task, whatever the order of keys", async () => {
  await using hooks = openHooks(database.endpoint);
  const first = await hooks.register({
    namespace: "app",
    id: "order-1",
    url: URL,
    scheduledDate: "2030-01-01T00:00:00Z",
    request: { body: { a: 1, b: { c: 2, d: 3 } } },
  });
  const again = await hooks.register({
    request: { body: { b: { d: 3, c: 2 }, a: 1 } },
    scheduledDate: "2030-01-01T01:00:00+01:00",
    url: URL,
    id: "order-1",
    namespace: "app",
  });
  expect(again).toEqual(first);
});

test.each([
  ["url", { url: `${URL}/2` }],
  ["date", { scheduledDate: "2030-01-01T00:00:01Z" }],
  ["body", { request: { body: { a: 2 } } }],
  ["method", { method: "PUT" as const }],
  ["retryLimit", { retryLimit: 1 }],
])("the same id with another %s is an id-conflict and changes nothing", async (_what, other) => {
  await using hooks = openHooks(database.endpoint);
  const content = { namespace: "app", id: "a", url: URL, scheduledDate: "2030-01-01T00:00:00Z" };
  const first = await hooks.register(content);
  await expect(hooks.register({ ...content, ...other })).rejects.toMatchObject({
    code: "id-conflict",
    field: "id",
    message: expect.stringContaining('"a"'),
  });
  expect(await taskOf(hooks, first)).toEqual(first);
});

test("the same id in another namespace is another task", async () => {
  await using hooks = openHooks(database.endpoint);
  const content = { id: "a", url: URL, scheduledDate: "2030-01-01T00:00:00Z" };
  await hooks.register({ ...content, namespace: "one" });
  await hooks.register({ ...content, namespace: "two", url: `${URL}/2` });
  expect((await taskOf(hooks, { namespace: "one", id: "a" })).url).toBe(URL);
});

test("many racing registers of one id make one task", async () => {
  await using hooks = openHooks(database.endpoint);
  const content = { namespace: "app", id: "a", url: URL, scheduledDate: "2030-01-01T00:00:00Z" };
  const tasks = await Promise.all(Array.from({ length: 10 }, () => hooks.register(content)));
  expect(new Set(tasks.map((task) => JSON.stringify(task))).size).toBe(1);
});

test("an id prefix stands before the generated part", async () => {
  await using hooks = openHooks(database.endpoint);
  const task = await hooks.register(dueTask(URL, { idPrefix: "user-7" }));
  expect(task.id).toMatch(/^user-7#[0-9a-f-]{36}$/);
  expect(task.idPrefix).toBe("user-7");
  expect((await hooks.fetch({ namespace: "app", id: "user-7" })).items).toEqual([task]);
  expect((await hooks.register(dueTask(URL, { idPrefix: "" }))).idPrefix).toBe("");
});

for (const { name, start, missing } of await databases()) {
  loudSkip(describe, missing)(`registerMany on ${name}`, () => {
    let local: LocalDatabase;
    let hooks: Hooks;
    beforeAll(async () => {
      local = await start();
      hooks = new Hooks(freshOptions(local.endpoint));
      await hooks.ready();
    });
    afterAll(async () => {
      await hooks.close();
      await local.stop();
    });

    test("bad ones among good ones: each has its own answer, in order, and the good ones are there", async () => {
      const content = { namespace: "mixed", url: URL, scheduledDate: "2030-01-01T00:00:00Z" };
      await hooks.register({ ...content, id: "taken" });
      const inputs = [
        { ...content, id: "a" },
        { ...content, url: "file:///etc/passwd" },
        null,
        { ...content, id: "taken" },
        { ...content, id: "taken", retryLimit: 0 },
        { ...content, id: "a" },
        { ...content, id: "a", retryLimit: 0 },
        { ...content, scheduledDate: "yesterday" },
        { ...content, url: "http://169.254.169.254/latest/meta-data" },
        { ...content },
      ] as Parameters<Hooks["registerMany"]>[0];
      const results = await hooks.registerMany(inputs);
      expect(results.map((result) => (result.ok ? result.created : result.error.code))).toEqual([
        true,
        "invalid-input",
        "invalid-input",
        false,
        "id-conflict",
        false,
        "id-conflict",
        "invalid-input",
        "egress-refused",
        true,
      ]);
      expect((await hooks.fetch({ namespace: "mixed" })).count).toBe(3);
    });

    test("1,200 with progress, by steps, each retrievable", async () => {
      const progress: unknown[] = [];
      const tasks = Array.from({ length: 1_200 }, (_, n) => ({
        namespace: "bulk",
        url: `${URL}/${n}`,
        scheduledDate: new Date(Date.UTC(2030, 0, 1) + n * 1_000).toISOString(),
        ...(n % 2 === 0 ? { id: `t${String(n).padStart(4, "0")}` } : {}),
      }));
      const results = await hooks.registerMany(tasks, { onProgress: (one) => progress.push(one) });
      expect(results.every((result) => result.ok && result.created)).toBe(true);
      expect(progress).toEqual([
        { done: 500, total: 1_200 },
        { done: 1_000, total: 1_200 },
        { done: 1_200, total: 1_200 },
      ]);
      const again = await hooks.registerMany(tasks.filter(({ id }) => id !== undefined));
      expect(again.every((result) => result.ok && !result.created)).toBe(true);
      let count = 0;
      let startKey: Awaited<ReturnType<Hooks["fetch"]>>["lastEvaluatedKey"] = null;
      do {
        const page: Awaited<ReturnType<Hooks["fetch"]>> = await hooks.fetch({
          namespace: "bulk",
          limit: 500,
          startKey,
        });
        count += page.count;
        startKey = page.lastEvaluatedKey;
      } while (startKey !== null);
      expect(count).toBe(1_200);
    });

    test("none is fine", async () => {
      expect(await hooks.registerMany([])).toEqual([]);
    });
  });
}

describe("egress", () => {
  test.each([
    "http://127.0.0.1/",
    "http://localhost:8080/",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://2130706433/",
    "http://10.0.0.1/",
  ])("%s is refused at register (also D11)", async (url) => {
    await using hooks = openHooks(database.endpoint, { egress: { allow: [] } });
    await expect(hooks.register(dueTask(url))).rejects.toMatchObject({
      code: "egress-refused",
      field: "request.url",
    });
    expect((await hooks.fetch({ namespace: "app" })).count).toBe(0);
  });

  test("a row written before a stricter policy is refused at run, for good, and never connected to", async () => {
    await using receiver = await startReceiver(200);
    await using open = openHooks(database.endpoint);
    await using strict = openHooks(database.endpoint, { ...open.tables, egress: { allow: [] } });
    const task = await open.register(dueTask(receiver.url));
    expect(await strict.trigger()).toMatchObject({ processed: 1, failed: 1, errors: 0 });
    expect(receiver.connections()).toBe(0);
    expect(await taskOf(strict, task)).toMatchObject({ status: "FAILED", reason: "rejected" });
    const { items } = await strict.fetchLogs({ namespace: "app", taskId: task.id });
    expect(items[0]).toMatchObject({ outcome: "permanent", error: "egress" });
  });

  test("update cannot lead to where register may not", async () => {
    await using hooks = openHooks(database.endpoint, { egress: { allow: [] } });
    const task = await hooks.register(dueTask(URL));
    const change = { namespace: "app", id: task.id, url: "http://127.0.0.1:1/" };
    await expect(hooks.update(change)).rejects.toMatchObject({ code: "egress-refused" });
    expect(await taskOf(hooks, task)).toEqual(task);
  });
});

test("tasks of a table made elsewhere: without createTable a missing table is named", async () => {
  await using hooks = openHooks(database.endpoint, { createTable: false });
  await expect(hooks.register(dueTask(URL, { scheduledDate: isoIn(0) }))).rejects.toMatchObject({
    code: "table-missing",
    message: expect.stringContaining(hooks.tables.tasksTableName),
  });
});
