// What a trigger promises of deliveries. Each test is one line of the acceptance list.
import { type LocalDatabase, startDynalite, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dueTask, isoIn, openHooks, taskOf, travelClock, untilStatus } from "../support.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

test("kill after claim: the task runs again within the claim and one poll", async () => {
  const clock = travelClock();
  const claimMs = 1_000;
  const options = { claimMs };
  await using dying = openHooks(database.endpoint, options, {
    // Nothing of this worker ever happens again once its request is out: it neither renews nor records.
    clock: { ...clock, sleep: () => new Promise(() => {}) },
  });
  await using survivor = openHooks(database.endpoint, { ...options, ...dying.tables }, { clock });
  await using receiver = await startReceiver(["hang", 200]);
  const task = await dying.register(dueTask(receiver.url));
  void dying.trigger().catch(() => {});
  await receiver.received(1);
  expect(await survivor.trigger()).toMatchObject({ processed: 0, remaining: true });
  clock.jump(claimMs + 1);
  expect(await survivor.trigger()).toMatchObject({ processed: 1, succeeded: 1, remaining: false });
  expect(receiver.requests).toHaveLength(2);
  const [first, second] = receiver.requests.map(({ headers }) => headers["webhook-id"]);
  expect(second).toBe(first);
  expect(await taskOf(survivor, task)).toMatchObject({ status: "DONE", execution: { count: 1 } });
});

test("kill after claim, of an attempt long enough to show as PROCESSING: likewise", async () => {
  const clock = travelClock();
  let isDead = false;
  const sleep: typeof clock.sleep = (ms, signal) =>
    isDead ? new Promise(() => {}) : clock.sleep(ms, signal);
  await using dying = openHooks(database.endpoint, { claimMs: 1_000 }, { clock: { ...clock, sleep } });
  await using survivor = openHooks(database.endpoint, { claimMs: 1_000, ...dying.tables }, { clock });
  await using receiver = await startReceiver(["hang", 200]);
  const task = await dying.register(dueTask(receiver.url));
  void dying.trigger().catch(() => {});
  await receiver.received(1);
  await untilStatus(survivor, task, "PROCESSING");
  isDead = true;
  // The renewal that is already asleep still fires; nothing after it does.
  clock.jump(2_500);
  await expect
    .poll(
      async () => {
        clock.jump(500);
        return (await survivor.trigger()).processed;
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  expect(await taskOf(survivor, task)).toMatchObject({ status: "DONE", execution: { count: 1 } });
});

test("260 due drained in one call", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  await hooks.registerMany(Array.from({ length: 260 }, (_, n) => dueTask(`${receiver.url}/${n}`)));
  expect(await hooks.trigger()).toEqual({
    processed: 260,
    errors: 0,
    succeeded: 260,
    failed: 0,
    lost: 0,
    remaining: false,
  });
  expect(new Set(receiver.requests.map(({ url }) => url)).size).toBe(260);
  expect(receiver.requests).toHaveLength(260);
});

test("two workers, 20 rows, 20 calls", async () => {
  await using receiver = await startReceiver(200);
  await using one = openHooks(database.endpoint);
  await using two = openHooks(database.endpoint, one.tables);
  await one.registerMany(Array.from({ length: 20 }, (_, n) => dueTask(`${receiver.url}/${n}`)));
  const [a, b] = await Promise.all([one.trigger(), two.trigger()]);
  expect(a.processed + b.processed).toBe(20);
  expect(a.lost + b.lost).toBe(0);
  expect(receiver.requests.map(({ url }) => url).sort()).toEqual(
    Array.from({ length: 20 }, (_, n) => `/${n}`).sort(),
  );
});

test("a one-shot fires once over 4 triggers (also D1)", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  const task = await hooks.register(dueTask(receiver.url));
  for (let pass = 0; pass < 4; pass += 1) await hooks.trigger();
  expect(receiver.requests).toHaveLength(1);
  expect(await taskOf(hooks, task)).toMatchObject({ status: "DONE", reason: "max-repeat" });
});

test("JSON bodies go out as application/json, whatever the caller says or does not say", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  await hooks.register(dueTask(receiver.url, { request: { body: { a: [1, "ü"] } } }));
  await hooks.trigger();
  const [request] = receiver.requests;
  expect(request?.headers["content-type"]).toMatch(/^application\/json/);
  expect(JSON.parse(String(request?.body))).toEqual({ a: [1, "ü"] });
});

test("a response over 400 KB is a success, kept truncated (also D7)", async () => {
  await using receiver = await startReceiver({ status: 200, body: "x".repeat(500 * 1024) });
  await using hooks = openHooks(database.endpoint);
  const task = await hooks.register(dueTask(receiver.url));
  expect(await hooks.trigger()).toMatchObject({ processed: 1, succeeded: 1 });
  const { items } = await hooks.fetchLogs({ namespace: "app", taskId: task.id });
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ status: "SUCCESS", response: { status: 200, truncated: true } });
  expect(items[0]?.response.body).toHaveLength(64 * 1024);
  const done = await taskOf(hooks, task);
  expect(done.status).toBe("DONE");
  expect(done.execution.lastResponseBody.length).toBeLessThanOrEqual(2_048);
});

test("dry run equals what trigger would claim", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  const add = (id: string, more = {}) => hooks.register(dueTask(`${receiver.url}/${id}`, { id, ...more }));
  await Promise.all(["due-1", "due-2", "held"].map((id) => add(id)));
  await add("future", { scheduledDate: isoIn(60_000) });
  await add("foreign", { namespace: "other" });
  await hooks.suspend({ namespace: "app", id: "held" });
  const dry = await hooks.triggerDryrun({ namespace: "app" });
  expect(dry.items.map(({ id }) => id).sort()).toEqual(["due-1", "due-2"]);
  expect(dry.count).toBe(2);
  expect((await hooks.triggerDryrun({ id: "due-" })).count).toBe(2);
  expect((await hooks.triggerDryrun()).count).toBe(3);
  expect((await hooks.triggerDryrun({ date: isoIn(120_000) })).count).toBe(4);
  expect((await hooks.triggerDryrun({ limit: 1 })).count).toBe(1);
  expect(receiver.requests).toHaveLength(0);
  await hooks.trigger({ namespace: "app" });
  expect(receiver.requests.map(({ url }) => url).sort()).toEqual(["/due-1", "/due-2"]);
  expect((await hooks.triggerDryrun({ namespace: "app" })).items).toEqual([]);
});

test("D6: an endpoint that never answers ends in the task's own time, and its neighbour is not kept", async () => {
  await using silent = await startReceiver("hang");
  await using lively = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  const task = await hooks.register(dueTask(silent.url, { timeoutMs: 300, retryLimit: 0 }));
  await hooks.register(dueTask(lively.url));
  expect(await hooks.trigger()).toMatchObject({ processed: 2, succeeded: 1, failed: 1, errors: 0 });
  const failed = await taskOf(hooks, task);
  expect(failed).toMatchObject({ status: "FAILED", reason: "max-attempts", errors: { count: 1 } });
  expect(failed.errors.lastErrorDate).not.toBeNull();
  const { items } = await hooks.fetchLogs({ namespace: "app", taskId: task.id });
  expect(items[0]).toMatchObject({ error: "timeout", status: "FAIL", response: { status: 0, ok: false } });
});
