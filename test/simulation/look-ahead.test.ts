// Passes that look ahead, as a cron and wake-ups start them: many at once on the same shards, some of which die or freeze.
import { register, type TriggerOptions, trigger } from "@hookclock/engine";
import { aTask, createTestEngine, seededRandom, type TestEngine } from "@hookclock/testkit";
import { describe, expect, test } from "vitest";
import { attemptsOf, doubled, type Process, spawn, trouble } from "./processes.ts";

const SHARDS = 4;
const OVER_MS = 90_000;

async function registerTasks(world: TestEngine, random: () => number, count = 150): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const retry = { limit: 4, baseMs: 500, maxMs: 5_000 };
    const repeat = { interval: 1 + Math.floor(random() * 20), unit: "seconds", max: 3 };
    const input = aTask(world, { inMs: Math.floor(random() * OVER_MS), retry });
    await register(world, random() < 0.3 ? { ...input, repeat } : input);
  }
}

/** A tick looks at all shards, a wake-up at one or two of them. */
function passOptions(random: () => number): TriggerOptions {
  const lookAheadMs = 2_000 + Math.floor(random() * 15_000);
  if (random() < 0.5) return { lookAheadMs };
  const shard = () => Math.floor(random() * SHARDS);
  return { lookAheadMs, shards: [shard(), shard()], ...(random() < 0.3 ? { budgetMs: 4_000 } : {}) };
}

/** Starts a pass in a process of its own. A pass that the database ended is simply over: the next one goes on. */
function startPass(world: TestEngine, random: () => number, options = passOptions(random)): Process {
  const process = spawn(world, random);
  trigger(process.engine, options).catch((error: unknown) => {
    expect(error).toMatchObject({ code: "store-unavailable" });
  });
  return process;
}

function expectNeverEarly(processes: readonly Process[]): void {
  const early = processes
    .flatMap(({ engine }) => engine.calls)
    .filter(({ task, at }) => at < (task.dueAt ?? 0));
  expect(early).toEqual([]);
}

describe.each(Array.from({ length: 12 }, (_, index) => index))("seed %i", (seed) => {
  test("passes at once, none of which is lost: every attempt once, and none is left waiting", async () => {
    const random = seededRandom(seed);
    const world = createTestEngine({ seed, shards: SHARDS, concurrency: 30 });
    await registerTasks(world, random);
    const all: Process[] = [];
    for (let step = 0; step < 120; step += 1) {
      // Whatever else runs, at each moment there is one whose window covers all shards.
      if (step % 20 === 0) all.push(startPass(world, random, { lookAheadMs: 12_000 }));
      if (random() < 0.2) all.push(startPass(world, random));
      if (random() < 0.1) world.stores.faults.staleDue(2);
      await world.clock.advance(500);
    }
    const calls = all.flatMap(({ engine }) => engine.calls);
    expect(calls.length).toBeGreaterThan(100);
    expect([...attemptsOf(all)].filter(([, times]) => times > 1)).toEqual([]);
    expectNeverEarly(all);
    // A pass past its window keeps a shard until its attempts stand on claims of their own: a second, and half of one
    // until another asks again. What it makes due beyond its window, the others may see only at their next look.
    const planned = calls.filter(({ task }) => task.occurrence === 0 && task.attempt === 0);
    expect(Math.max(...planned.map(({ task, at }) => at - (task.dueAt ?? 0)))).toBeLessThanOrEqual(1_500);
    const latest = Math.max(...calls.map(({ task, at }) => at - (task.dueAt ?? 0)));
    expect(latest).toBeLessThanOrEqual(10_000);
    expect(all.flatMap(({ engine }) => engine.events).filter(({ type }) => type === "lost")).toEqual([]);
  });

  test("passes that die and freeze, a database that misbehaves: nothing is lost, stuck, early or doubled", async () => {
    const random = seededRandom(1_000 + seed);
    const world = createTestEngine({ seed, shards: SHARDS, claimMs: 10_000, concurrency: 10 });
    await registerTasks(world, random);
    const all: Process[] = [];
    const frozen: Process[] = [];
    const disturbed = new Set<string>();
    const pick = (): Process | undefined => {
      const recent = all.slice(-6);
      const victim = recent[Math.floor(random() * recent.length)];
      for (const key of victim?.inFlight ?? []) disturbed.add(key);
      return victim;
    };
    for (let step = 0; step < 240; step += 1) {
      if (step % 10 === 0 || random() < 0.15) all.push(startPass(world, random));
      await world.clock.advance(500);
      trouble(world, random);
      if (random() < 0.06) pick()?.kill();
      if (random() < 0.04) {
        const sleeper = pick();
        sleeper?.freeze();
        if (sleeper) frozen.push(sleeper);
      }
      if (random() < 0.05) frozen.shift()?.thaw();
    }
    world.stores.faults.clear();
    for (const sleeper of frozen) sleeper.thaw();
    for (let step = 0; step < 10; step += 1) {
      all.push(startPass(world, random, { lookAheadMs: 30_000 }));
      await world.clock.advance(30_000);
    }
    const { tasks, leases } = world.stores.dump();
    expect(tasks.filter(({ status }) => status !== "DONE" && status !== "FAILED")).toEqual([]);
    expect(leases.filter(({ owner }) => owner !== undefined)).toEqual([]);
    const attempts = attemptsOf(all);
    expect(attempts.size).toBeGreaterThan(150);
    expect(doubled(attempts, disturbed)).toEqual([]);
    expectNeverEarly(all);
  });
});
