import {
  edit,
  MOVES,
  register,
  rescheduleTask,
  type TriggerResult,
  trigger,
  updateTask,
} from "@hookclock/engine";
import { aTask, createTestEngine, ok, refused, serverError } from "@hookclock/testkit";
import { expect, test } from "vitest";

const MINUTE = 60_000;

test("a one-shot task fires once over four triggers and is DONE with its log", async () => {
  const engine = createTestEngine();
  const { task } = await register(engine, aTask(engine));
  const results: TriggerResult[] = [];
  for (let i = 0; i < 4; i += 1) results.push(await trigger(engine));
  expect(engine.calls).toHaveLength(1);
  expect(results[0]).toEqual({ processed: 1, errors: 0, succeeded: 1, failed: 0, lost: 0, remaining: false });
  expect(results[3]).toEqual({ processed: 0, errors: 0, succeeded: 0, failed: 0, lost: 0, remaining: false });
  const row = await engine.tasks.read(task);
  expect(row).toMatchObject({
    status: "DONE",
    reason: "max-repeat",
    execution: { count: 1, successful: 1, failed: 0 },
  });
  expect(row?.dueAt).toBeUndefined();
  expect(engine.stores.dump().logs).toHaveLength(1);
});

test("260 due tasks are drained in one call", async () => {
  const engine = createTestEngine();
  for (let i = 0; i < 260; i += 1) await register(engine, aTask(engine));
  expect(await trigger(engine)).toMatchObject({ processed: 260, remaining: false });
  expect(new Set(engine.calls.map(({ task }) => task.id)).size).toBe(260);
});

test("a task that moves while the index is read, and so is on two of its pages, runs once", async () => {
  const engine = createTestEngine({ shards: 1 });
  for (let i = 0; i < 150; i += 1) await register(engine, aTask(engine));
  const { tasks } = engine;
  const moving = engine.sibling({
    tasks: {
      ...tasks,
      findDue: async (query) => {
        const page = await tasks.findDue(query);
        return query.after ? { ...page, keys: [query.after, ...page.keys] } : page;
      },
    },
  });
  expect(await trigger(moving)).toMatchObject({ processed: 150, lost: 0, remaining: false });
  expect(moving.calls).toHaveLength(150);
});

test("while rows are being read the pass waits instead of turning in circles", async () => {
  // One shard: nothing else is there to look at meanwhile, and a database answers a turn of the event loop later.
  const engine = createTestEngine({ shards: 1 });
  await register(engine, aTask(engine));
  const { tasks, clock } = engine;
  let clockReads = 0;
  const monotonic = (): number => {
    clockReads += 1;
    if (clockReads > 10_000) throw new Error("the pass never lets go of the event loop");
    return clock.monotonic();
  };
  const slow = engine.sibling({
    clock: { ...clock, monotonic },
    tasks: {
      ...tasks,
      readMany: (keys) => new Promise((resolve) => setImmediate(() => resolve(tasks.readMany(keys)))),
    },
  });
  expect(await trigger(slow)).toMatchObject({ processed: 1, remaining: false });
  expect(clockReads).toBeLessThan(200);
});

test("an answer of 500 is retried as rows in the future and ends FAILED with every attempt logged", async () => {
  const engine = createTestEngine();
  engine.reply = () => serverError;
  const { task } = await register(engine, aTask(engine, { retryLimit: 3 }));
  for (let i = 0; i < 5; i += 1) {
    await trigger(engine);
    await engine.clock.advance(MINUTE);
  }
  expect(engine.calls).toHaveLength(4);
  const row = await engine.tasks.read(task);
  expect(row).toMatchObject({
    status: "FAILED",
    reason: "max-attempts",
    attempt: 4,
    errors: { count: 1, last: "answered 500" },
  });
  expect(
    engine.stores
      .dump()
      .logs.map(({ attempt }) => attempt)
      .sort(),
  ).toEqual([1, 2, 3, 4]);
});

test("a waiting retry keeps the occurrence's scheduled time and tells its own", async () => {
  const engine = createTestEngine();
  engine.reply = () => refused;
  const { task } = await register(engine, aTask(engine));
  await trigger(engine);
  const row = await engine.tasks.read(task);
  expect(row).toMatchObject({
    status: "ACTIVE",
    reason: "retrying",
    attempt: 1,
    scheduledAt: task.scheduledAt,
  });
  expect(row?.dueAt).toBeGreaterThan(engine.clock.now());
});

test("an attempt that takes longer than a second is claimed, shown as PROCESSING and finished", async () => {
  const engine = createTestEngine();
  let answer: () => void = () => {};
  engine.reply = () =>
    new Promise((resolve) => {
      answer = () => resolve(ok);
    });
  const { task } = await register(engine, aTask(engine, { timeoutMs: 900_000 }));
  const pass = trigger(engine);
  await engine.clock.advance(1_500);
  expect(await engine.tasks.read(task)).toMatchObject({
    status: "PROCESSING",
    claim: { until: expect.any(Number) },
  });
  await engine.clock.advance(5 * MINUTE);
  const held = await engine.tasks.read(task);
  expect(held?.claim?.until).toBeGreaterThan(engine.clock.now());
  answer();
  expect(await pass).toMatchObject({ processed: 1, succeeded: 1, lost: 0 });
  const done = await engine.tasks.read(task);
  expect(done).toMatchObject({ status: "DONE" });
  expect(done?.claim).toBeUndefined();
});

test("a worker that dies in mid-attempt loses its claim and the task runs again", async () => {
  const engine = createTestEngine({ claimMs: 10_000 });
  const { task } = await register(engine, aTask(engine));
  // The dead worker's timers stop with it: nothing renews its claims any more.
  const dead = engine.sibling({ clock: { ...engine.clock, sleep: () => new Promise(() => {}) } });
  dead.reply = () => new Promise(() => {});
  void trigger(dead);
  await engine.clock.settle();
  expect(dead.calls).toHaveLength(1);
  expect(await trigger(engine)).toMatchObject({ processed: 0, remaining: true });
  await engine.clock.advance(10_001);
  expect(await trigger(engine)).toMatchObject({ processed: 1, succeeded: 1 });
  expect(await engine.tasks.read(task)).toMatchObject({ status: "DONE" });
});

test.each(["suspend", "delete", "update", "reschedule"] as const)(
  "%s while the task runs is honoured",
  async (action) => {
    const engine = createTestEngine();
    let answer: () => void = () => {};
    engine.reply = () =>
      new Promise((resolve) => {
        answer = () => resolve(ok);
      });
    const { task } = await register(
      engine,
      aTask(engine, { repeat: { interval: 1, unit: "hours", max: 0 } }),
    );
    const pass = trigger(engine);
    await engine.clock.settle();
    const later = engine.clock.now() + 7 * MINUTE;
    if (action === "suspend") await edit(engine, task, MOVES.suspend);
    if (action === "delete") await engine.tasks.remove(task);
    if (action === "update")
      await updateTask(engine, { namespace: task.namespace, id: task.id, request: { body: { a: 2 } } });
    if (action === "reschedule") await rescheduleTask(engine, task, later);
    answer();
    expect(await pass).toMatchObject({ processed: 1, succeeded: 1, lost: 0 });
    const row = await engine.tasks.read(task);
    if (action === "delete") expect(row).toBeNull();
    if (action === "suspend") {
      expect(row).toMatchObject({ status: "SUSPENDED", execution: { count: 1 } });
      expect(row?.dueAt).toBeUndefined();
    }
    if (action === "update")
      expect(row).toMatchObject({ status: "ACTIVE", request: { body: { a: 2 } }, execution: { count: 1 } });
    if (action === "reschedule")
      expect(row).toMatchObject({
        status: "ACTIVE",
        scheduledAt: later,
        dueAt: later,
        execution: { count: 1 },
      });
    expect(engine.stores.dump().logs).toHaveLength(1);
  },
);

test("a late recurring task runs once and goes on with its grid", async () => {
  const engine = createTestEngine();
  const { task } = await register(
    engine,
    aTask(engine, { repeat: { interval: 1, unit: "minutes", max: 0 } }),
  );
  await engine.clock.advance(3.5 * MINUTE);
  expect(await trigger(engine)).toMatchObject({ processed: 1 });
  const row = await engine.tasks.read(task);
  expect(row?.scheduledAt).toBe(task.scheduledAt + 4 * MINUTE);
});

test("twenty triggers at once over 1,000 rows: each delivered exactly once", async () => {
  const engine = createTestEngine();
  for (let i = 0; i < 1_000; i += 1) await register(engine, aTask(engine));
  const workers = Array.from({ length: 20 }, () => engine.sibling());
  const results = await Promise.all(workers.map((worker) => trigger(worker)));
  const delivered = workers.flatMap(({ calls }) => calls.map(({ task }) => task.id));
  expect(delivered).toHaveLength(1_000);
  expect(new Set(delivered).size).toBe(1_000);
  expect(results.reduce((sum, { processed }) => sum + processed, 0)).toBe(1_000);
});

test("a handler that never ends is told to, then left to itself: the task is not stuck", async () => {
  const engine = createTestEngine();
  const signals: AbortSignal[] = [];
  engine.reply = ({ context }) => {
    signals.push(context.signal);
    return new Promise(() => {});
  };
  const { task } = await register(engine, aTask(engine, { timeoutMs: 10_000, retryLimit: 0 }));
  const pass = trigger(engine);
  await engine.clock.advance(9_999);
  expect(signals[0]?.aborted).toBe(false);
  await engine.clock.advance(1);
  expect(signals[0]?.reason).toMatchObject({ name: "TimeoutError" });
  await engine.clock.advance(5_000);
  expect(await pass).toMatchObject({ processed: 1, errors: 1, failed: 1 });
  expect(await engine.tasks.read(task)).toMatchObject({ status: "FAILED", reason: "max-attempts" });
  expect(engine.stores.dump().logs).toMatchObject([{ outcome: "fault", error: "timeout" }]);
});

test("a task that kills every worker that runs it is buried with a log, not run for ever", async () => {
  const engine = createTestEngine({ claimMs: 10_000 });
  const { task } = await register(engine, aTask(engine));
  let killed = 0;
  for (let i = 0; i < 10; i += 1) {
    // Its timers stop when it dies: nothing renews what it held.
    const dead = engine.sibling({ clock: { ...engine.clock, sleep: () => new Promise(() => {}) } });
    dead.reply = () => new Promise(() => {});
    void trigger(dead);
    await engine.clock.advance(10_001);
    killed += dead.calls.length;
  }
  expect(killed).toBeLessThanOrEqual(7);
  expect(await engine.tasks.read(task)).toMatchObject({ status: "FAILED", reason: "worker-lost" });
  expect(engine.stores.dump().logs.some(({ error }) => error === "worker-lost")).toBe(true);
});
