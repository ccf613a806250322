// What becomes of deliveries that fail. Each test is one line of the acceptance list.
import { type LocalDatabase, startDynalite, startReceiver } from "@hookclock/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dueTask, isoIn, openHooks, taskOf, travelClock, triggerOver } from "../support.ts";

const MINUTE = 60_000;
let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

/** A port of loopback that nobody listens on. */
async function closedUrl(): Promise<string> {
  const receiver = await startReceiver(200);
  await receiver.close();
  return receiver.url;
}

test("500 × (retryLimit + 1): FAILED with every attempt logged (also D3)", async () => {
  await using receiver = await startReceiver(500);
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const task = await hooks.register(dueTask(receiver.url, { retryLimit: 2 }));
  const results = await triggerOver(hooks, clock, 5);
  expect(results.map(({ processed }) => processed)).toEqual([1, 1, 1, 0, 0]);
  expect(results.map(({ errors }) => errors)).toEqual([0, 0, 0, 0, 0]);
  expect(await taskOf(hooks, task)).toMatchObject({
    status: "FAILED",
    reason: "max-attempts",
    attempt: 3,
    nextAttemptDate: null,
    errors: { count: 1, lastError: "The receiver answered 500" },
    execution: { count: 1, failed: 1, successful: 0, lastResponseStatus: 500 },
  });
  const { items } = await hooks.fetchLogs({ namespace: "app", taskId: task.id });
  expect(items.map(({ status, retry }) => [status, retry])).toEqual([
    ["FAIL", { count: 0, limit: 2 }],
    ["FAIL", { count: 1, limit: 2 }],
    ["FAIL", { count: 2, limit: 2 }],
  ]);
  expect(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
});

test("connection refused likewise (also D5)", async () => {
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const task = await hooks.register(dueTask(await closedUrl(), { retryLimit: 1 }));
  const results = await triggerOver(hooks, clock, 4);
  expect(results.map(({ processed, failed }) => [processed, failed])).toEqual([
    [1, 1],
    [1, 1],
    [0, 0],
    [0, 0],
  ]);
  expect(await taskOf(hooks, task)).toMatchObject({
    status: "FAILED",
    reason: "max-attempts",
    errors: { count: 1 },
    execution: { failed: 1, lastResponseStatus: 0 },
  });
  const { items } = await hooks.fetchLogs({ namespace: "app", taskId: task.id });
  expect(items.map(({ error }) => error)).toEqual(["refused", "refused"]);
});

test("second and later errors are counted, up to maxErrors", async () => {
  await using receiver = await startReceiver(500);
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, { maxErrors: 3 }, { clock });
  const repeat = { interval: 1, unit: "hours" as const, max: 0 };
  const task = await hooks.register(dueTask(receiver.url, { retryLimit: 0, repeat }));
  const counts: unknown[] = [];
  for (let pass = 0; pass < 4; pass += 1) {
    await hooks.trigger();
    const { status, errors, nextAttemptDate } = await taskOf(hooks, task);
    counts.push([status, errors.count, nextAttemptDate === null]);
    clock.jump(60 * MINUTE);
  }
  expect(counts).toEqual([
    ["ACTIVE", 1, false],
    ["ACTIVE", 2, false],
    ["FAILED", 3, true],
    ["FAILED", 3, true],
  ]);
  expect((await taskOf(hooks, task)).reason).toBe("max-errors");
});

test("a success sets the count of errors back and keeps when they happened", async () => {
  await using receiver = await startReceiver([500, 500, 200]);
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const repeat = { interval: 1, unit: "hours" as const, max: 0 };
  const task = await hooks.register(dueTask(receiver.url, { retryLimit: 0, repeat }));
  await triggerOver(hooks, clock, 3);
  const { errors, execution } = await taskOf(hooks, task);
  expect(errors).toMatchObject({ count: 0, lastError: "The receiver answered 500" });
  expect(Date.parse(errors.lastErrorDate ?? "")).toBeGreaterThan(Date.parse(errors.firstErrorDate ?? ""));
  expect(execution).toMatchObject({ count: 3, failed: 2, successful: 1 });
});

test("maxErrors 0: a recurring task is never given up", async () => {
  await using receiver = await startReceiver(500);
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, { maxErrors: 0 }, { clock });
  const repeat = { interval: 1, unit: "hours" as const, max: 0 };
  const task = await hooks.register(dueTask(receiver.url, { retryLimit: 0, repeat }));
  await triggerOver(hooks, clock, 8);
  expect(await taskOf(hooks, task)).toMatchObject({ status: "ACTIVE", errors: { count: 8 } });
});

test("retryLimit 0 = one call (also D4)", async () => {
  await using receiver = await startReceiver(503);
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const task = await hooks.register(dueTask(receiver.url, { retryLimit: 0 }));
  expect(task.retryLimit).toBe(0);
  await triggerOver(hooks, clock, 3);
  expect(receiver.requests).toHaveLength(1);
  expect(await taskOf(hooks, task)).toMatchObject({ status: "FAILED", attempt: 1 });
});

test("410 ends the task, recurring or not", async () => {
  await using receiver = await startReceiver(410);
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const once = await hooks.register(dueTask(receiver.url, { retryLimit: 5 }));
  const repeat = { interval: 1, unit: "minutes" as const, max: 0 };
  const recurring = await hooks.register(dueTask(receiver.url, { repeat }));
  await triggerOver(hooks, clock, 3);
  expect(receiver.requests).toHaveLength(2);
  for (const task of [once, recurring]) {
    expect(await taskOf(hooks, task)).toMatchObject({ status: "FAILED", reason: "gone" });
  }
});

test.each([400, 404, 302])("an answer of %i is final: no retry, reason rejected", async (status) => {
  await using receiver = await startReceiver({ status, headers: { location: "http://127.0.0.1:1/" } });
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const task = await hooks.register(dueTask(receiver.url));
  await triggerOver(hooks, clock, 3);
  expect(receiver.requests).toHaveLength(1);
  expect(await taskOf(hooks, task)).toMatchObject({ status: "FAILED", reason: "rejected" });
});

test.each([
  ["seconds", () => "120"],
  ["a date", () => new Date(Date.now() + 120_000).toUTCString()],
])("Retry-After honoured, as %s", async (_form, header) => {
  const made = Date.now();
  await using receiver = await startReceiver([{ status: 429, headers: { "retry-after": header() } }, 200]);
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const task = await hooks.register(dueTask(receiver.url));
  await hooks.trigger();
  const waiting = await taskOf(hooks, task);
  expect(waiting).toMatchObject({ status: "ACTIVE", reason: "retrying", attempt: 1 });
  expect(waiting.scheduledDate).toBe(task.scheduledDate);
  // The date was written when the receiver was made and names a second; "seconds" count from the answer on.
  const nextAt = Date.parse(waiting.nextAttemptDate ?? "");
  expect(nextAt).toBeGreaterThan(made + 118_000);
  expect(nextAt).toBeLessThan(Date.now() + 125_000);
  clock.jump(100_000);
  expect(await hooks.trigger()).toMatchObject({ processed: 0, remaining: false });
  clock.jump(30_000);
  expect(await hooks.trigger()).toMatchObject({ processed: 1, succeeded: 1 });
  expect(await taskOf(hooks, task)).toMatchObject({ status: "DONE", reason: "max-repeat" });
});

test("a retry that succeeds leaves no error behind in the count", async () => {
  await using receiver = await startReceiver([500, 200]);
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const task = await hooks.register(dueTask(receiver.url));
  await triggerOver(hooks, clock, 2);
  expect(await taskOf(hooks, task)).toMatchObject({
    status: "DONE",
    errors: { count: 0, lastError: "The receiver answered 500" },
    execution: { count: 1, successful: 1, failed: 0 },
  });
});

test("a task of the future is not sent, whatever fails beside it", async () => {
  await using receiver = await startReceiver(500);
  await using hooks = openHooks(database.endpoint);
  const task = await hooks.register(dueTask(receiver.url, { scheduledDate: isoIn(30_000) }));
  expect(await hooks.trigger()).toMatchObject({ processed: 0, remaining: false });
  expect(receiver.requests).toHaveLength(0);
  expect((await taskOf(hooks, task)).nextAttemptDate).toBe(task.scheduledDate);
});
