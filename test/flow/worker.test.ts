import type { Outcome } from "@hookclock/core";
import { edit, MOVES, register, runWorker } from "@hookclock/engine";
import { aTask, createTestEngine, ok, type TestEngine } from "@hookclock/testkit";
import { expect, test } from "vitest";

function start(engine: TestEngine, pollMs = 1_000) {
  const stop = new AbortController();
  const done = runWorker(engine, { signal: stop.signal, pollMs });
  return {
    async stop() {
      stop.abort();
      await engine.clock.settle();
      return done;
    },
    stopNow: () => stop.abort(),
    done,
  };
}

test("fires at the due moment, never early, though it polls only once a second", async () => {
  const engine = createTestEngine();
  const worker = start(engine);
  await engine.clock.advance(10);
  const dues = [1, 333, 777, 1_500, 2_222, 2_223, 9_999];
  for (const inMs of dues) await register(engine, aTask(engine, { inMs }));
  const from = engine.clock.now();
  await engine.clock.advance(12_000);
  expect(engine.calls.map(({ at }) => at - from)).toEqual(dues);
  expect(await worker.stop()).toMatchObject({ processed: 7, succeeded: 7, lost: 0, errors: 0 });
});

test("a task registered by another process is found at the next look and still fires on time", async () => {
  const engine = createTestEngine();
  const worker = start(engine);
  await engine.clock.advance(100);
  const api = engine.sibling();
  await register(api, aTask(api, { inMs: 1_700 }));
  const from = engine.clock.now();
  await engine.clock.advance(3_000);
  expect(engine.calls.map(({ at }) => at - from)).toEqual([1_700]);
  await worker.stop();
});

test("a recurring task keeps its grid for an hour", async () => {
  const engine = createTestEngine();
  const worker = start(engine);
  const from = engine.clock.now() + 500;
  await register(engine, aTask(engine, { inMs: 500, repeat: { interval: 20, unit: "seconds", max: 0 } }));
  await engine.clock.advance(3_600_000);
  expect(engine.calls).toHaveLength(180);
  expect(engine.calls.every(({ at }, index) => at === from + index * 20_000)).toBe(true);
  await worker.stop();
});

test("on stop it finishes what is in flight, hands back what waits, and keeps no lease", async () => {
  const engine = createTestEngine({ concurrency: 2, laneConcurrency: 2 });
  const answers: (() => void)[] = [];
  engine.reply = () => new Promise((resolve) => answers.push(() => resolve(ok)));
  for (let i = 0; i < 5; i += 1) await register(engine, aTask(engine));
  const worker = start(engine);
  await engine.clock.advance(100);
  expect(engine.calls).toHaveLength(2);
  worker.stopNow();
  await engine.clock.settle();
  for (const answer of answers) answer();
  await engine.clock.settle();
  expect(await worker.done).toMatchObject({ processed: 2 });
  const { tasks, leases } = engine.stores.dump();
  expect(tasks.filter(({ status }) => status === "DONE")).toHaveLength(2);
  expect(tasks.filter(({ status, dueAt }) => status === "ACTIVE" && dueAt !== undefined)).toHaveLength(3);
  const next = engine.sibling();
  expect(leases.length).toBeGreaterThan(0);
  const again = start(next);
  await engine.clock.advance(1_500);
  expect(next.calls).toHaveLength(3);
  await again.stop();
});

test("suspended before its moment it does not fire, unsuspended in time it does", async () => {
  const engine = createTestEngine();
  const worker = start(engine);
  const { task } = await register(engine, aTask(engine, { inMs: 5_000 }));
  await engine.clock.advance(4_200);
  await edit(engine, task, MOVES.suspend);
  await engine.clock.advance(500);
  await edit(engine, task, MOVES.unsuspend);
  await engine.clock.advance(1_000);
  expect(engine.calls.map(({ at }) => at - task.scheduledAt)).toEqual([0]);
  await worker.stop();
});

test("one dead destination takes no slot from the others for long", async () => {
  const engine = createTestEngine({ concurrency: 10, laneConcurrency: 5 });
  engine.reply = ({ task, context }) =>
    task.request?.url.includes("dead")
      ? new Promise((resolve) => {
          void engine.clock
            .sleep(15_000, context.signal)
            .then(() => resolve({ class: "retryable", error: "timeout", message: "no answer" }));
        })
      : ok;
  for (let i = 0; i < 200; i += 1) await register(engine, aTask(engine, { url: "https://dead.example/x" }));
  const worker = start(engine);
  await engine.clock.advance(2_000);
  for (let i = 0; i < 50; i += 1)
    await register(engine, aTask(engine, { url: "https://live.example/x", inMs: 10 }));
  await engine.clock.advance(1_500);
  expect(engine.calls.filter(({ task }) => task.request?.url.includes("live"))).toHaveLength(50);
  worker.stopNow();
  await engine.clock.advance(60_000);
  await worker.done;
});

test("rows that wait for a slow destination keep nobody's rows from being read", async () => {
  const engine = createTestEngine({ concurrency: 25, laneConcurrency: 13 });
  const slow = Promise.withResolvers<Outcome>();
  engine.reply = ({ task }) => (task.request?.url.includes("slow") ? slow.promise : ok);
  for (let i = 0; i < 100; i += 1) await register(engine, aTask(engine, { url: "https://slow.example/x" }));
  for (let i = 0; i < 50; i += 1) await register(engine, aTask(engine, { url: "https://quick.example/x" }));
  const worker = start(engine);
  await engine.clock.advance(500);
  const to = (host: string) => engine.calls.filter(({ task }) => task.request?.url.includes(host));
  expect(to("quick")).toHaveLength(50);
  expect(to("slow")).toHaveLength(13);
  slow.resolve(ok);
  await engine.clock.advance(1_000);
  expect(to("slow")).toHaveLength(100);
  await worker.stop();
});

test("the rows of one destination are read many at a time", async () => {
  const engine = createTestEngine({ concurrency: 20, laneConcurrency: 20, shards: 1 });
  const batches: number[] = [];
  const { tasks } = engine.stores;
  const counting = engine.sibling({
    tasks: {
      ...tasks,
      readMany: (keys) => {
        batches.push(keys.length);
        return tasks.readMany(keys);
      },
    },
  });
  for (let i = 0; i < 300; i += 1) await register(engine, aTask(engine));
  const worker = start(counting);
  await engine.clock.advance(1_000);
  expect(counting.calls).toHaveLength(300);
  expect(batches.length).toBeLessThanOrEqual(40);
  await worker.stop();
});

test("one namespace's burst does not starve another's", async () => {
  const engine = createTestEngine({ concurrency: 10, laneConcurrency: 10 });
  engine.reply = async () => {
    await engine.clock.sleep(100);
    return ok;
  };
  for (let i = 0; i < 2_000; i += 1) await register(engine, aTask(engine, { namespace: "big" }));
  await register(engine, aTask(engine, { namespace: "small", inMs: 1 }));
  const worker = start(engine);
  // 100 attempts a second: the burst alone takes 20 s. Each of the 8 shards gets its turn within half a second.
  await engine.clock.advance(5_000);
  expect(engine.calls.findIndex(({ task }) => task.namespace === "small")).toBeGreaterThanOrEqual(0);
  expect(engine.calls.length).toBeLessThan(600);
  worker.stopNow();
  await engine.clock.advance(1_000);
  await worker.done;
});

test("the wall clock going back an hour neither repeats nor loses a run", async () => {
  const engine = createTestEngine();
  const worker = start(engine);
  const { task } = await register(
    engine,
    aTask(engine, { inMs: 1_000, repeat: { interval: 1, unit: "minutes", max: 0 } }),
  );
  await engine.clock.advance(61_500);
  expect(engine.calls).toHaveLength(2);
  engine.clock.jump(-3_600_000);
  await engine.clock.advance(3_600_000);
  expect(engine.calls).toHaveLength(2 + 0);
  await engine.clock.advance(60_000);
  expect(engine.calls).toHaveLength(3);
  expect(new Set(engine.calls.map((call) => call.task.scheduledAt)).size).toBe(3);
  expect((await engine.tasks.read(task))?.scheduledAt).toBe(task.scheduledAt + 3 * 60_000);
  await worker.stop();
});

test("a database that is away for a while stops nothing: everything runs when it is back", async () => {
  const engine = createTestEngine();
  const worker = start(engine);
  await engine.clock.advance(100);
  await register(engine, aTask(engine, { inMs: 5_000 }));
  engine.stores.faults.failBefore("tasks.findDue", 6);
  await engine.clock.advance(120_000);
  expect(engine.calls).toHaveLength(1);
  expect(engine.events.some(({ type }) => type === "error")).toBe(true);
  await worker.stop();
});
