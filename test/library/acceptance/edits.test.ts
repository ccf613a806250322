// What a user does to a task, above all while it runs. Each test is one line of the acceptance list.
import { type LocalDatabase, startDynalite, startReceiver } from "@hookclock/testkit";
import type { Task } from "hookclock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dueTask, isoIn, type OpenedHooks, openHooks, taskOf, travelClock, untilStatus } from "../support.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDynalite();
});
afterAll(() => database.stop());

const hourly = { interval: 1, unit: "hours" as const, max: 0 };

/** Does something to a task while its attempt is in flight; then the receiver answers. */
async function during(
  more: Record<string, unknown>,
  action: (hooks: OpenedHooks, task: Task) => Promise<unknown>,
  status = 200,
) {
  const answer = Promise.withResolvers<void>();
  const hooks = openHooks(database.endpoint);
  await using receiver = await startReceiver({ status, after: answer.promise });
  const task = await hooks.register(dueTask(receiver.url, { request: { body: { v: 1 } }, ...more }));
  const pass = hooks.trigger();
  await receiver.received(1);
  await action(hooks, task);
  answer.resolve();
  const result = await pass;
  const after = await hooks.get(task);
  const { items: logs } = await hooks.fetchLogs({ namespace: "app", taskId: task.id });
  return { hooks, task, result, after, logs, requests: receiver.requests };
}

describe("delete, suspend and update during a run are honoured, and the attempt in flight is recorded", () => {
  test("delete (also defect 9): the pass does not reject, the task stays away, its log is kept", async () => {
    const { hooks, result, after, logs } = await during({}, (h, task) => h.delete(task));
    await using _ = hooks;
    expect(result).toMatchObject({ processed: 1, errors: 0 });
    expect(after).toBeNull();
    expect(logs).toHaveLength(1);
  });

  test("suspend of a recurring task: it stays suspended, on the next slot of its grid", async () => {
    const { hooks, task, after, logs } = await during({ repeat: hourly }, (h, key) => h.suspend(key));
    await using _ = hooks;
    expect(after).toMatchObject({
      status: "SUSPENDED",
      reason: "suspended-by-user",
      nextAttemptDate: null,
      execution: { count: 1, successful: 1 },
    });
    expect(Date.parse(after?.scheduledDate ?? "")).toBe(Date.parse(task.scheduledDate) + 3_600_000);
    expect(logs).toHaveLength(1);
    expect(await hooks.trigger()).toMatchObject({ processed: 0 });
    expect(await hooks.unsuspend(task)).toMatchObject({ status: "ACTIVE" });
  });

  test("suspend of a one-shot: unsuspend leads to what the attempt came to, not to another delivery", async () => {
    const { hooks, task, after, requests } = await during({}, (h, key) => h.suspend(key));
    await using _ = hooks;
    expect(after).toMatchObject({ status: "SUSPENDED" });
    expect(await hooks.unsuspend(task)).toMatchObject({ status: "DONE", reason: "max-repeat" });
    await hooks.trigger();
    expect(requests).toHaveLength(1);
  });

  test("update: the new content is kept, the old one was sent", async () => {
    const { hooks, after, requests, logs } = await during({ repeat: hourly }, (h, { namespace, id }) =>
      h.update({ namespace, id, request: { body: { v: 2 } } }),
    );
    await using _ = hooks;
    expect(after).toMatchObject({ status: "ACTIVE", request: { body: { v: 2 } }, execution: { count: 1 } });
    expect(String(requests[0]?.body)).toBe('{"v":1}');
    expect(logs[0]?.request.body).toEqual({ v: 1 });
  });

  test("reschedule: the new time stands, even for a one-shot that has just been delivered", async () => {
    const next = isoIn(3_600_000);
    const { hooks, after } = await during({}, (h, { namespace, id }) =>
      h.reschedule({ namespace, id, scheduledDate: next }),
    );
    await using _ = hooks;
    expect(after).toMatchObject({ status: "ACTIVE", scheduledDate: next, nextAttemptDate: next });
    expect(after?.execution).toMatchObject({ count: 1, successful: 1 });
  });

  test("reschedule during a failing attempt: no retry of the old occurrence", async () => {
    const next = isoIn(3_600_000);
    const { hooks, after } = await during(
      {},
      (h, { namespace, id }) => h.reschedule({ namespace, id, scheduledDate: next }),
      500,
    );
    await using _ = hooks;
    expect(after).toMatchObject({ status: "ACTIVE", attempt: 0, nextAttemptDate: next, occurrence: 1 });
    expect(after?.execution).toMatchObject({ count: 1, failed: 1 });
  });

  test("all of them while the task shows as PROCESSING, under a claim of its own", async () => {
    const { hooks, after } = await during({ repeat: hourly }, async (h, task) => {
      await untilStatus(h, task, "PROCESSING");
      await h.update({ namespace: "app", id: task.id, timeoutMs: 5_000 });
      await h.suspend(task);
    });
    await using _ = hooks;
    expect(after).toMatchObject({ status: "SUSPENDED", timeoutMs: 5_000, execution: { count: 1 } });
  });
});

test("a schedule moved while the task ran is not run early when that worker is lost", async () => {
  const clock = travelClock();
  let isDead = false;
  const sleep: typeof clock.sleep = (ms, signal) =>
    isDead ? new Promise(() => {}) : clock.sleep(ms, signal);
  await using dying = openHooks(database.endpoint, { claimMs: 1_000 }, { clock: { ...clock, sleep } });
  await using survivor = openHooks(database.endpoint, { claimMs: 1_000, ...dying.tables }, { clock });
  await using receiver = await startReceiver(["hang", 200]);
  const task = await dying.register(dueTask(receiver.url, { timeoutMs: 60_000 }));
  void dying.trigger().catch(() => {});
  await receiver.received(1);
  await untilStatus(survivor, task, "PROCESSING");
  const scheduledDate = isoIn(3_600_000, clock);
  await survivor.reschedule({ namespace: "app", id: task.id, scheduledDate });
  isDead = true;
  clock.jump(60_000);
  expect(await survivor.trigger()).toMatchObject({ processed: 0, remaining: false });
  expect(receiver.requests).toHaveLength(1);
  clock.jump(3_600_000);
  expect(await survivor.trigger()).toMatchObject({ processed: 1, succeeded: 1 });
  expect(await taskOf(survivor, task)).toMatchObject({ status: "DONE" });
});

test("unsuspend keeps the grid", async () => {
  await using receiver = await startReceiver(200);
  const clock = travelClock();
  await using hooks = openHooks(database.endpoint, {}, { clock });
  const task = await hooks.register(
    dueTask(receiver.url, { scheduledDate: isoIn(60_000, clock), repeat: hourly }),
  );
  const due = Date.parse(task.scheduledDate);
  await hooks.suspend(task);
  clock.jump(2.5 * 3_600_000);
  expect(await hooks.trigger()).toMatchObject({ processed: 0 });
  const back = await hooks.unsuspend(task);
  expect(back).toMatchObject({ status: "ACTIVE", reason: null, scheduledDate: task.scheduledDate });
  // What fell due meanwhile runs once, then the schedule goes on where it would have been.
  expect(await hooks.trigger()).toMatchObject({ processed: 1 });
  expect(Date.parse((await taskOf(hooks, task)).scheduledDate)).toBe(due + 3 * 3_600_000);
});

test("suspend and unsuspend refuse a state that does not fit, and name it", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  const task = await hooks.register(dueTask(receiver.url));
  await expect(hooks.unsuspend(task)).rejects.toMatchObject({
    code: "wrong-status",
    field: "status",
    message: expect.stringMatching(/is ACTIVE; unsuspend needs SUSPENDED/),
  });
  await hooks.trigger();
  const done = await taskOf(hooks, task);
  for (const move of ["suspend", "unsuspend", "runNow"] as const) {
    await expect(hooks[move](task)).rejects.toMatchObject({ code: "wrong-status" });
  }
  expect(await taskOf(hooks, task)).toEqual(done);
});
