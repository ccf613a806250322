// Worker processes of the simulations: they die, they freeze, and their database misbehaves.
import { ok, serverError, type TestEngine } from "@hookclock/testkit";

export type Process = {
  engine: TestEngine;
  kill: () => void;
  freeze: () => void;
  thaw: () => void;
  inFlight: Set<string>;
};

/**
 * A worker process that can die (nothing it awaits ever comes back, nothing it writes arrives) or freeze (everything
 * stands still, then goes on as if no time had passed: a paused virtual machine).
 */
export function spawn(world: TestEngine, random: () => number): Process {
  let dead = false;
  let frozen = Promise.resolve();
  let release = () => {};
  const gate = async () => {
    await frozen;
    if (dead) await new Promise(() => {});
  };
  const mortal = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return async (...args: unknown[]) => {
          await gate();
          const result = await method.apply(target, args);
          await gate();
          return result;
        };
      },
    });
  const sleep = async (ms: number, signal?: AbortSignal) => {
    await world.clock.sleep(ms, signal);
    await gate();
  };
  const inFlight = new Set<string>();
  const emit: TestEngine["emit"] = (event) => {
    if (event.type === "attempt") inFlight.delete(`${event.log.taskId}/${event.log.occurrence}`);
  };
  const { tasks, logs, leases } = world.stores;
  const engine = world.sibling({
    emit,
    clock: { ...world.clock, sleep },
    tasks: mortal(tasks),
    logs: mortal(logs),
    leases: mortal(leases),
  });
  engine.reply = async ({ task }) => {
    inFlight.add(`${task.id}/${task.occurrence}`);
    await sleep(random() < 0.1 ? 1_000 + random() * 8_000 : random() * 50);
    return random() < 0.8 ? ok : serverError;
  };
  return {
    engine,
    inFlight,
    kill: () => {
      dead = true;
    },
    freeze: () => {
      frozen = new Promise((resolve) => {
        release = resolve;
      });
    },
    thaw: () => release(),
  };
}

/** The database misbehaves now and then. */
export function trouble({ stores: { faults } }: TestEngine, random: () => number): void {
  if (random() < 0.05) faults.staleDue(2);
  if (random() < 0.03) faults.failBefore("tasks.readMany");
  if (random() < 0.03) faults.failBefore("logs.append");
  if (random() < 0.03) faults.failAfter("logs.append");
  if (random() < 0.03) faults.failBefore("tasks.findDue");
}

/** How often each attempt reached a receiver, by task, occurrence and attempt. */
export function attemptsOf(processes: readonly Process[]): Map<string, number> {
  const attempts = new Map<string, number>();
  for (const { task } of processes.flatMap(({ engine }) => engine.calls)) {
    const key = `${task.id}/${task.occurrence}/${task.attempt}`;
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
  }
  return attempts;
}

/** Attempts that reached a receiver more than once though no worker died or froze while it had them. */
export const doubled = (attempts: ReadonlyMap<string, number>, disturbed: ReadonlySet<string>): string[] =>
  [...attempts].flatMap(([key, times]) =>
    times > 1 && !disturbed.has(key.slice(0, key.lastIndexOf("/"))) ? [key] : [],
  );
