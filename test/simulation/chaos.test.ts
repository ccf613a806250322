// Whole lives of many tasks under a seed: several workers, crashes, lost answers, a stale index, users who interfere.
import type { TaskRow } from "@hookclock/core";
import { edit, MOVES, register, runWorker, updateTask } from "@hookclock/engine";
import { aTask, createTestEngine, seededRandom, type TestEngine } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { attemptsOf, doubled, type Process, spawn, trouble } from "./processes.ts";

async function meddle(world: TestEngine, ids: string[], random: () => number): Promise<void> {
  const key = { namespace: "app", id: ids[Math.floor(random() * ids.length)] ?? "" };
  const choice = random();
  try {
    if (choice < 0.25) await edit(world, key, MOVES.suspend);
    else if (choice < 0.6) await edit(world, key, MOVES.unsuspend);
    else if (choice < 0.7) await edit(world, key, MOVES.runNow);
    else if (choice < 0.9) await updateTask(world, { ...key, request: { body: { n: random() } } });
    else await world.tasks.remove(key);
  } catch (error) {
    expect(error).toMatchObject({
      code: expect.stringMatching(/wrong-status|edit-conflict|store-unavailable/),
    });
  }
}

/** What must hold of every row at the end, whatever happened to it. */
function checkInvariants(row: TaskRow, now: number): void {
  expect(["ACTIVE", "DONE", "FAILED", "SUSPENDED"]).toContain(row.status);
  expect(row.dueAt !== undefined).toBe(row.status === "ACTIVE");
  if (row.status === "ACTIVE") expect(row.dueAt).toBeGreaterThan(now - 5_000);
  const { count, failed, successful } = row.execution;
  expect(failed + successful).toBe(count);
  if (row.repeat === undefined) expect(count).toBeLessThanOrEqual(1);
  else if (row.repeat.max > 0) expect(count).toBeLessThanOrEqual(row.repeat.max);
}

async function registerTasks(world: TestEngine, random: () => number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < 150; i += 1) {
    const retry = { limit: 4, baseMs: 500, maxMs: 5_000 };
    const repeat = { interval: 1 + Math.floor(random() * 20), unit: "seconds", max: 3 };
    const input = aTask(world, { inMs: Math.floor(random() * 60_000), retry });
    const { task } = await register(world, random() < 0.3 ? { ...input, repeat } : input);
    ids.push(task.id);
  }
  return ids;
}

async function unsuspendAll(world: TestEngine, ids: string[]): Promise<void> {
  for (const id of ids) {
    const key = { namespace: "app", id };
    if ((await world.tasks.read(key))?.status === "SUSPENDED") await edit(world, key, MOVES.unsuspend);
  }
}

test.each(Array.from({ length: 20 }, (_, index) => index))(
  "seed %i: nothing is lost, stuck or doubled",
  async (seed) => {
    const random = seededRandom(seed);
    const world = createTestEngine({ seed, claimMs: 10_000, concurrency: 10 });
    const ids = await registerTasks(world, random);
    const stop = new AbortController();
    const alive: Process[] = [];
    const all: Process[] = [];
    const disturbed = new Set<string>();
    const frozen: Process[] = [];
    const add = () => {
      const process = spawn(world, random);
      alive.push(process);
      all.push(process);
      void runWorker(process.engine, { signal: stop.signal, pollMs: 1_000 });
    };
    const takeOne = () => {
      const victim = alive.shift();
      for (const key of victim?.inFlight ?? []) disturbed.add(key);
      add();
      return victim;
    };
    for (let i = 0; i < 3; i += 1) add();

    for (let step = 0; step < 240; step += 1) {
      await world.clock.advance(500);
      if (random() < 0.3) await meddle(world, ids, random);
      trouble(world, random);
      if (random() < 0.04) takeOne()?.kill();
      if (random() < 0.03) {
        const sleeper = takeOne();
        sleeper?.freeze();
        if (sleeper) frozen.push(sleeper);
      }
      if (random() < 0.03) frozen.shift()?.thaw();
    }
    world.stores.faults.clear();
    for (const sleeper of frozen) sleeper.thaw();
    await unsuspendAll(world, ids);
    await world.clock.advance(240_000);
    stop.abort();
    await world.clock.advance(30_000);

    const { tasks, logs } = world.stores.dump();
    for (const row of tasks) checkInvariants(row, world.clock.now() + 30_000);
    expect(tasks.filter(({ status }) => status === "ACTIVE" || status === "SUSPENDED")).toEqual([]);
    const attempts = attemptsOf(all);
    expect(attempts.size).toBeGreaterThan(150);
    expect(doubled(attempts, disturbed)).toEqual([]);
    for (const row of tasks) {
      const successes = logs.filter(({ taskId, status }) => taskId === row.id && status === "SUCCESS");
      expect(successes.length).toBeGreaterThanOrEqual(row.execution.successful);
    }
  },
);
