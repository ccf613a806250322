// update, reschedule, runNow, retry and their like for many tasks.
import { type LocalDatabase, startDynalite, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dueTask, isoIn, openHooks, taskOf, travelClock, triggerOver } from "./support.ts";

const URL = "https://example.com/hook";
const HOUR = 3_600_000;
let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

describe("update", () => {
  const registered = async () => {
    const hooks = openHooks(database.endpoint);
    const task = await hooks.register({
      namespace: "app",
      url: URL,
      method: "POST",
      scheduledDate: "2030-01-01T00:00:00Z",
      request: { headers: { "x-a": "1" }, body: { a: 1 } },
      repeat: { interval: 30, unit: "minutes", max: 5 },
      retry: { limit: 7, baseMs: 5_000, maxMs: 60_000, jitter: 0.5 },
    });
    return { hooks, task, key: { namespace: task.namespace, id: task.id } };
  };

  test("changes what is given and leaves every neighbour as it was", async () => {
    const { hooks, task, key } = await registered();
    await using _ = hooks;
    const same = { __updatedAt: expect.any(String) };
    let now = { ...task, ...same };
    const step = async (change: Record<string, unknown>, expected: Record<string, unknown>) => {
      now = { ...now, ...expected };
      expect(await hooks.update({ ...key, ...change })).toEqual(now);
      expect(await hooks.get(key)).toEqual(now);
    };
    await step({ timeoutMs: 500 }, { timeoutMs: 500 });
    await step({ repeat: { max: 9 } }, { repeat: { interval: 30, unit: "minutes", max: 9 } });
    await step({ repeat: { unit: "hours" } }, { repeat: { interval: 30, unit: "hours", max: 9 } });
    const retry = { ...task.retry, jitter: 0 };
    await step({ retry: { jitter: 0 } }, { retry });
    await step({ retryLimit: 2 }, { retry: { ...retry, limit: 2 }, retryLimit: 2 });
    await step({ request: { body: [1] } }, { request: { ...task.request, body: [1] } });
    await step(
      { request: { headers: null, body: null } },
      { request: { ...task.request, headers: null, body: null } },
    );
    await step({ catchUp: "all" }, { catchUp: "all" });
  });

  test("a cron takes the place of an interval, and the other way round", async () => {
    const { hooks, key } = await registered();
    await using _ = hooks;
    const cron = await hooks.update({ ...key, repeat: { cron: "0 9 * * *", timeZone: "Europe/Paris" } });
    expect(cron?.repeat).toMatchObject({ cron: "0 9 * * *", timeZone: "Europe/Paris", max: 5 });
    const zone = await hooks.update({ ...key, repeat: { timeZone: "Asia/Tokyo" } });
    expect(zone?.repeat).toMatchObject({ cron: "0 9 * * *", timeZone: "Asia/Tokyo" });
    const interval = await hooks.update({ ...key, repeat: { interval: 2 } });
    expect(interval?.repeat).toEqual({ interval: 2, unit: "minutes", max: 5 });
  });

  test("of a task that is not there is null; of one that is finished changes no status", async () => {
    await using receiver = await startReceiver(200);
    const { hooks } = await registered();
    await using _ = hooks;
    expect(await hooks.update({ namespace: "app", id: "none", timeoutMs: 100 })).toBeNull();
    const task = await hooks.register(dueTask(receiver.url));
    await hooks.trigger();
    expect(await hooks.update({ namespace: "app", id: task.id, timeoutMs: 100 })).toMatchObject({
      status: "DONE",
      timeoutMs: 100,
    });
    await expect(
      hooks.update({ namespace: "app", id: task.id, scheduledDate: isoIn(HOUR) }),
    ).rejects.toMatchObject({ code: "wrong-status" });
  });

  test("two at the same moment: both changes are there in the end", async () => {
    const { hooks, key } = await registered();
    await using _ = hooks;
    await Promise.all([
      hooks.update({ ...key, timeoutMs: 111 }),
      hooks.update({ ...key, catchUp: "one" }),
      hooks.suspend(key),
    ]);
    expect(await hooks.get(key)).toMatchObject({ timeoutMs: 111, catchUp: "one", status: "SUSPENDED" });
  });
});

describe("runNow", () => {
  test("a recurring task runs once more and keeps its next time", async () => {
    await using receiver = await startReceiver(200);
    await using hooks = openHooks(database.endpoint);
    const repeat = { interval: 1, unit: "hours" as const, max: 0 };
    const task = await hooks.register(dueTask(receiver.url, { repeat, scheduledDate: isoIn(HOUR) }));
    expect(await hooks.runNow(task)).toMatchObject({ status: "ACTIVE", scheduledDate: task.scheduledDate });
    expect(await hooks.trigger()).toMatchObject({ processed: 1 });
    expect(await taskOf(hooks, task)).toMatchObject({
      scheduledDate: task.scheduledDate,
      nextAttemptDate: task.scheduledDate,
      execution: { count: 1 },
    });
  });

  test("an extra run whose retries last beyond the planned time does not swallow the planned run", async () => {
    await using receiver = await startReceiver([500, 200]);
    const clock = travelClock();
    await using hooks = openHooks(database.endpoint, {}, { clock });
    const repeat = { interval: 1, unit: "hours" as const, max: 0 };
    const task = await hooks.register(dueTask(receiver.url, { repeat, scheduledDate: isoIn(60_000) }));
    await hooks.runNow(task);
    await hooks.trigger();
    clock.jump(120_000);
    // The same pass finds the planned run, which has become due behind the extra one.
    await hooks.trigger();
    expect(receiver.requests).toHaveLength(3);
    const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
    expect([ids[0] === ids[1], ids[1] === ids[2]]).toEqual([true, false]);
    const { scheduledDate } = await taskOf(hooks, task);
    expect(Date.parse(scheduledDate)).toBe(Date.parse(task.scheduledDate) + HOUR);
  });

  test("a waiting retry is brought forward", async () => {
    await using receiver = await startReceiver([500, 200]);
    await using hooks = openHooks(database.endpoint);
    const task = await hooks.register(dueTask(receiver.url, { retry: { baseMs: 60_000 } }));
    await hooks.trigger();
    await hooks.runNow(task);
    expect(await hooks.trigger()).toMatchObject({ processed: 1, succeeded: 1 });
    expect(await taskOf(hooks, task)).toMatchObject({ status: "DONE", attempt: 2 });
  });
});

describe("retry", () => {
  test("a FAILED task tries the same occurrence again, under the same delivery id", async () => {
    await using receiver = await startReceiver([400, 200]);
    await using hooks = openHooks(database.endpoint);
    const task = await hooks.register(dueTask(receiver.url));
    await hooks.trigger();
    expect(await hooks.retry(task)).toMatchObject({ status: "ACTIVE", reason: null, attempt: 0 });
    await hooks.trigger();
    expect(await taskOf(hooks, task)).toMatchObject({
      status: "DONE",
      execution: { successful: 1, failed: 1 },
    });
    const [first, second] = receiver.requests.map(({ headers }) => headers["webhook-id"]);
    expect(second).toBe(first);
  });

  test("a DONE task runs once more as a new occurrence", async () => {
    await using receiver = await startReceiver(200);
    await using hooks = openHooks(database.endpoint);
    const task = await hooks.register(dueTask(receiver.url));
    await hooks.trigger();
    await hooks.retry(task);
    await hooks.trigger();
    await hooks.trigger();
    expect(receiver.requests).toHaveLength(2);
    expect(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
    const { items } = await hooks.fetchLogs({ namespace: "app", taskId: task.id });
    expect(items.map(({ occurrence }) => occurrence)).toEqual([0, 1]);
  });

  test("an ACTIVE one is refused", async () => {
    await using hooks = openHooks(database.endpoint);
    const task = await hooks.register(dueTask(URL));
    await expect(hooks.retry(task)).rejects.toMatchObject({ code: "wrong-status" });
  });
});

describe("many", () => {
  const filled = async (count = 30) => {
    const clock = travelClock();
    const hooks = openHooks(database.endpoint, {}, { clock });
    const tasks = Array.from({ length: count }, (_, n) =>
      dueTask(`${URL}/${n}`, { id: `t${String(n).padStart(2, "0")}`, scheduledDate: isoIn(HOUR) }),
    );
    await hooks.registerMany(tasks);
    return { hooks, clock };
  };

  test("suspendMany and unsuspendMany change those whose state fits, by chunks, with progress", async () => {
    const { hooks } = await filled();
    await using _ = hooks;
    await hooks.suspend({ namespace: "app", id: "t07" });
    const progress: unknown[] = [];
    const dry = await hooks.suspendMany({ namespace: "app", dryRun: true });
    expect(dry.count).toBe(29);
    expect((await hooks.fetch({ namespace: "app", status: "SUSPENDED" })).count).toBe(1);
    const { count, items } = await hooks.suspendMany({
      namespace: "app",
      chunkLimit: 10,
      onProgress: (one) => progress.push(one),
    });
    expect(count).toBe(29);
    expect(items.map(({ id }) => id)).not.toContain("t07");
    expect(progress).toEqual([
      { seen: 10, changed: 9 },
      { seen: 20, changed: 19 },
      { seen: 30, changed: 29 },
    ]);
    expect((await hooks.unsuspendMany({ namespace: "app", id: "t0" })).count).toBe(10);
    expect((await hooks.fetch({ namespace: "app", status: "SUSPENDED" })).count).toBe(20);
    expect((await hooks.unsuspendMany({ namespace: "other" })).count).toBe(0);
  });

  test("retryMany brings back what failed", async () => {
    await using receiver = await startReceiver(400);
    const { hooks, clock } = await filled(0);
    await using _ = hooks;
    await hooks.registerMany(Array.from({ length: 12 }, (_, n) => dueTask(`${receiver.url}/${n}`)));
    await triggerOver(hooks, clock, 1);
    expect((await hooks.retryMany({ namespace: "app", status: "FAILED" })).count).toBe(12);
    expect(await hooks.trigger()).toMatchObject({ processed: 12 });
    expect((await hooks.retryMany({ namespace: "app", status: "ACTIVE" })).count).toBe(0);
  });

  test("retryMany without a status leaves DONE tasks alone: they are sent again only when asked for", async () => {
    await using receiver = await startReceiver(200);
    const { hooks, clock } = await filled(0);
    await using _ = hooks;
    await hooks.registerMany(Array.from({ length: 3 }, (_, n) => dueTask(`${receiver.url}/${n}`)));
    await triggerOver(hooks, clock, 1);
    expect((await hooks.retryMany({ namespace: "app" })).count).toBe(0);
    expect((await hooks.retryMany({ namespace: "app", status: "DONE" })).count).toBe(3);
  });

  test("deleteMany deletes and returns whole tasks, only those of the filter", async () => {
    const { hooks } = await filled();
    await using _ = hooks;
    expect((await hooks.deleteMany({ namespace: "app", id: "t1", dryRun: true })).count).toBe(10);
    const { count, items } = await hooks.deleteMany({ namespace: "app", id: "t1", chunkLimit: 3 });
    expect(count).toBe(10);
    expect(items[0]).toMatchObject({ id: "t10", status: "ACTIVE", url: `${URL}/10` });
    expect((await hooks.fetch({ namespace: "app" })).count).toBe(20);
  });
});

test("stats count by status and say what is overdue", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  const next = isoIn(HOUR);
  await hooks.registerMany([
    dueTask(receiver.url),
    dueTask(receiver.url, { id: "held" }),
    dueTask(receiver.url, { scheduledDate: next }),
  ]);
  await hooks.suspend({ namespace: "app", id: "held" });
  const before = { ACTIVE: 2, PROCESSING: 0, DONE: 0, FAILED: 0, SUSPENDED: 1 };
  const common = { namespace: "app", total: 3, complete: true, nextDueDate: next };
  expect(await hooks.stats({ namespace: "app" })).toEqual({ ...common, tasks: before, overdue: 1 });
  await hooks.trigger();
  const after = { ...before, ACTIVE: 1, DONE: 1 };
  expect(await hooks.stats({ namespace: "app" })).toEqual({ ...common, tasks: after, overdue: 0 });
});
