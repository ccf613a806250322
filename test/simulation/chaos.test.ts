// Whole lives of many tasks under a seed: several workers, crashes, lost answers, a stale index, users who interfere.
import type { TaskRow } from "@hookclock/core";
import { edit, MOVES, register, runWorker, updateTask } from "@hookclock/engine";
import { aTask, createTestEngine, ok, seededRandom, serverError, type TestEngine } from "@hookclock/testkit";
import { expect, test } from "vitest";

type Process = { engine: TestEngine; kill: () => void; inFlight: Set<string>; dead: boolean };

/** A worker process that can die: from then on nothing it awaits ever comes back, and nothing it writes arrives. */
function spawn(world: TestEngine, random: () => number): Process {
  const state = { dead: false };
  const mortal = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return async (...args: unknown[]) => {
          if (state.dead) return new Promise(() => {});
          const result = await method.apply(target, args);
          return state.dead ? new Promise(() => {}) : result;
        };
      },
    });
  const clock = {
    ...world.clock,
    sleep: async (ms: number, signal?: AbortSignal) => {
      await world.clock.sleep(ms, signal);
      if (state.dead) await new Promise(() => {});
    },
  };
  const { tasks, logs, leases } = world.stores;
  const inFlight = new Set<string>();
  const emit: TestEngine["emit"] = (event) => {
    if (event.type === "attempt") inFlight.delete(`${event.log.taskId}/${event.log.occurrence}`);
  };
  const engine = world.sibling({
    clock,
    emit,
    tasks: mortal(tasks),
    logs: mortal(logs),
    leases: mortal(leases),
  });
  engine.reply = async ({ task }) => {
    const key = `${task.id}/${task.occurrence}`;
    inFlight.add(key);
    const slow = random() < 0.1;
    await clock.sleep(slow ? 1_000 + random() * 8_000 : random() * 50);
    return random() < 0.8 ? ok : serverError;
  };
  return {
    engine,
    inFlight,
    get dead() {
      return state.dead;
    },
    kill: () => {
      state.dead = true;
    },
  };
}

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

test.each(Array.from({ length: 20 }, (_, index) => index))(
  "seed %i: nothing is lost, stuck or doubled without a crash",
  async (seed) => {
    const random = seededRandom(seed);
    const world = createTestEngine({ seed, claimMs: 10_000, concurrency: 10 });
    const crashed = new Set<string>();
    const ids: string[] = [];
    for (let i = 0; i < 150; i += 1) {
      const repeat =
        random() < 0.3
          ? { interval: 1 + Math.floor(random() * 20), unit: "seconds" as const, max: 3 }
          : undefined;
      const input = aTask(world, {
        inMs: Math.floor(random() * 60_000),
        retryLimit: 4,
        retry: { baseMs: 500, maxMs: 5_000 },
      });
      ids.push((await register(world, repeat ? { ...input, repeat } : input)).task.id);
    }

    const stop = new AbortController();
    const alive: Process[] = [];
    const all: Process[] = [];
    const add = () => {
      const process = spawn(world, random);
      alive.push(process);
      all.push(process);
      void runWorker(process.engine, { signal: stop.signal, pollMs: 1_000 });
    };
    for (let i = 0; i < 3; i += 1) add();

    for (let step = 0; step < 240; step += 1) {
      await world.clock.advance(500);
      if (random() < 0.3) await meddle(world, ids, random);
      if (random() < 0.05) world.stores.faults.staleDue(2);
      if (random() < 0.03) world.stores.faults.failBefore("tasks.readMany");
      if (random() < 0.03) world.stores.faults.failBefore("logs.append");
      if (random() < 0.03) world.stores.faults.failBefore("tasks.findDue");
      if (random() < 0.04) {
        const victim = alive.shift();
        for (const key of victim?.inFlight ?? []) crashed.add(key);
        victim?.kill();
        add();
      }
    }
    world.stores.faults.clear();
    for (const id of ids) {
      const row = await world.tasks.read({ namespace: "app", id });
      if (row?.status === "SUSPENDED") await edit(world, { namespace: "app", id }, MOVES.unsuspend);
    }
    await world.clock.advance(240_000);
    stop.abort();
    await world.clock.advance(30_000);

    const { tasks, logs } = world.stores.dump();
    for (const row of tasks) checkInvariants(row, world.clock.now() + 30_000);
    expect(tasks.filter(({ status }) => status === "ACTIVE" || status === "SUSPENDED")).toEqual([]);
    // Every finished occurrence has its log, and was attempted once per log unless a worker died holding it.
    const attempts = new Map<string, number>();
    for (const { engine } of all) {
      for (const { task } of engine.calls) {
        const key = `${task.id}/${task.occurrence}/${task.attempt}`;
        attempts.set(key, (attempts.get(key) ?? 0) + 1);
      }
    }
    const doubled = [...attempts].filter(
      ([key, times]) => times > 1 && !crashed.has(key.slice(0, key.lastIndexOf("/"))),
    );
    expect(doubled).toEqual([]);
    expect(attempts.size).toBeGreaterThan(150);
    for (const row of tasks) {
      const own = logs.filter(({ taskId }) => taskId === row.id);
      expect(own.filter(({ status }) => status === "SUCCESS").length).toBeGreaterThanOrEqual(
        row.execution.successful,
      );
    }
  },
);
