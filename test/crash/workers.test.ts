// Real worker processes on one table: killed, stopped, frozen, or just many. What was accepted is delivered; twice only
// what was in flight when a worker was killed.
import { type LocalDatabase, type Receiver, startDynalite, startReceiver } from "@hookclock/testkit";
import Hooks, { type HooksOptions, type Task } from "hookclock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dueTask, freshOptions, taskOf, untilStatus } from "../library/support.ts";
import { type Child, workerFactory } from "./children.ts";

let database: LocalDatabase;
let factory: Awaited<ReturnType<typeof workerFactory>>;
beforeAll(async () => {
  [database, factory] = await Promise.all([startDynalite(), workerFactory()]);
});
afterAll(async () => {
  await factory.close();
  await database.stop();
});

const openAll = (options: HooksOptions, count: number): Promise<Child[]> =>
  Promise.all(Array.from({ length: count }, () => factory.open(options)));

async function filled(receiver: Receiver, count: number, more: Partial<HooksOptions> = {}) {
  const options = freshOptions(database.endpoint, more);
  const hooks = new Hooks(options);
  const tasks = Array.from({ length: count }, (_, n) => dueTask(`${receiver.url}/t${n}`, { id: `t${n}` }));
  await hooks.registerMany(tasks);
  return { hooks, options };
}

/** How often each task was requested. */
function deliveries({ requests }: Receiver): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { url } of requests) counts.set(url.slice(1), (counts.get(url.slice(1)) ?? 0) + 1);
  return counts;
}

async function allTasks(hooks: Hooks): Promise<Task[]> {
  const tasks: Task[] = [];
  await hooks.fetch({
    namespace: "app",
    limit: 10_000,
    onChunk: ({ items }) => tasks.push(...items),
  });
  return tasks;
}

const slowly = (ms: number) => async () => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return 200;
};

test("four workers killed with SIGKILL in mid-batch of 300: all are delivered, twice only what was in flight", async () => {
  await using receiver = await startReceiver(slowly(20));
  const { hooks, options } = await filled(receiver, 300, { claimMs: 2_000, concurrency: 10 });
  const workers = await openAll(options, 4);
  for (const worker of workers) worker.tell({ do: "run", pollMs: 200 });
  await receiver.received(100);
  await Promise.all(workers.map((worker) => worker.kill("SIGKILL")));
  const requested = deliveries(receiver);
  const unfinished = (await allTasks(hooks)).filter(({ status }) => status !== "DONE");
  const inFlight = new Set(unfinished.map(({ id }) => id).filter((id) => requested.has(id)));
  // Otherwise the kill proves nothing.
  expect(unfinished.length).toBeGreaterThan(0);

  const [heir] = await openAll(options, 1);
  heir?.tell({ do: "run", pollMs: 200 });
  await expect
    .poll(async () => (await hooks.stats({ namespace: "app" })).tasks.DONE, { timeout: 20_000 })
    .toBe(300);
  await heir?.kill("SIGTERM");
  const counts = deliveries(receiver);
  expect(counts.size).toBe(300);
  const twice = [...counts].filter(([, count]) => count > 1);
  expect(twice.filter(([id, count]) => count > 2 || !inFlight.has(id))).toEqual([]);
  for (const { execution } of await allTasks(hooks)) expect(execution.count).toBe(1);
  await hooks.close();
});

test("SIGTERM drains: what was started is finished and recorded, the rest is free for others at once", async () => {
  await using receiver = await startReceiver(slowly(100));
  const { hooks, options } = await filled(receiver, 100, { concurrency: 10 });
  const [worker] = await openAll(options, 1);
  worker?.tell({ do: "run", pollMs: 200 });
  await receiver.received(20);
  expect(await worker?.kill("SIGTERM")).toBe(0);
  const started = deliveries(receiver);
  const tasks = await allTasks(hooks);
  expect(
    tasks
      .filter(({ status }) => status === "DONE")
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...started.keys()].sort());
  expect(tasks.filter(({ status }) => status === "ACTIVE")).toHaveLength(100 - started.size);
  const rest = await hooks.trigger();
  expect(rest).toMatchObject({ processed: 100 - started.size, errors: 0, lost: 0, remaining: false });
  expect(receiver.requests).toHaveLength(100);
  await hooks.close();
});

test("a worker frozen beyond its claim and thawed neither doubles a finished result nor undoes it", async () => {
  const answer = Promise.withResolvers<void>();
  await using receiver = await startReceiver([{ status: 500, after: answer.promise }, 200]);
  const { hooks, options } = await filled(receiver, 1, { claimMs: 1_000 });
  const [sleeper] = await openAll(options, 1);
  sleeper?.tell({ do: "trigger" });
  await receiver.received(1);
  await untilStatus(hooks, { namespace: "app", id: "t0" }, "PROCESSING");
  sleeper?.process.kill("SIGSTOP");
  await expect.poll(async () => (await hooks.trigger()).processed, { timeout: 20_000 }).toBe(1);
  const done = await taskOf(hooks, { namespace: "app", id: "t0" });
  expect(done).toMatchObject({ status: "DONE", execution: { count: 1, successful: 1 } });
  answer.resolve();
  sleeper?.process.kill("SIGCONT");
  const { result } = (await sleeper?.told("result")) ?? {};
  expect(result).toMatchObject({ processed: 1, lost: 1 });
  expect(await taskOf(hooks, done)).toEqual(done);
  expect(await hooks.trigger()).toMatchObject({ processed: 0, remaining: false });
  expect(receiver.requests).toHaveLength(2);
  // Both attempts happened, so both are logged.
  expect((await hooks.fetchLogs({ namespace: "app", taskId: "t0" })).count).toBe(2);
  await sleeper?.kill("SIGKILL");
  await hooks.close();
});

test("four processes triggering at once over 2,000 rows: each delivered exactly once", async () => {
  await using receiver = await startReceiver(200);
  const { hooks, options } = await filled(receiver, 2_000);
  const workers = await openAll(options, 4);
  for (const worker of workers) worker.tell({ do: "trigger" });
  const results = await Promise.all(workers.map((worker) => worker.told("result")));
  // Whoever found a shard taken left it; what is left is for the next pass.
  const last = await hooks.trigger();
  const processed = results.reduce((sum, { result }) => sum + result.processed, last.processed);
  expect(processed).toBe(2_000);
  expect(results.every(({ result }) => result.errors === 0)).toBe(true);
  expect(deliveries(receiver).size).toBe(2_000);
  expect(receiver.requests).toHaveLength(2_000);
  await Promise.all(workers.map((worker) => worker.kill("SIGKILL")));
  await hooks.close();
});
