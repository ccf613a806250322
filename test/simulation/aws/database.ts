// The stores as a process far from the database has them: every call takes a while, and the due index lags behind.
import type { Clock, Engine, Random, TaskStore } from "@hookclock/engine";

/** The due index shows a write a little later than the table does. */
export function laggingIndex(tasks: TaskStore, clock: Clock, random: Random): TaskStore {
  const shownAt = new Map<string, number>();
  const wrote = ({ namespace, id }: { namespace: string; id: string }) => {
    const lagMs = random() < 0.02 ? 150 + random() * 350 : 5 + random() * 95;
    shownAt.set(`${namespace}/${id}`, clock.now() + lagMs);
  };
  return {
    ...tasks,
    insert: (row) => {
      wrote(row);
      return tasks.insert(row);
    },
    insertMany: (rows) => {
      for (const { row } of rows) wrote(row);
      return tasks.insertMany(rows);
    },
    save: (change) => {
      wrote(change.after);
      return tasks.save(change);
    },
    saveMany: (changes) => {
      for (const { after } of changes) wrote(after);
      return tasks.saveMany(changes);
    },
    findDue: async (query) => {
      const { keys, after } = await tasks.findDue(query);
      const shown = keys.filter(
        ({ namespace, id }) => (shownAt.get(`${namespace}/${id}`) ?? 0) <= clock.now(),
      );
      return { keys: shown, after };
    },
  };
}

/** Lets a process end in mid-air: nothing that it awaits comes back any more, nothing that it would write arrives. */
export type Mortal = { sleep: Clock["sleep"]; gate: () => Promise<void>; kill: () => void };

export function mortal(clock: Clock): Mortal {
  let isDead = false;
  const gate = async () => {
    if (isDead) await new Promise(() => {});
  };
  return {
    gate,
    sleep: async (ms, signal) => {
      await clock.sleep(ms, signal);
      await gate();
    },
    kill: () => {
      isDead = true;
    },
  };
}

type Stores = Pick<Engine, "tasks" | "logs" | "leases">;

/** The stores over a network, for one process that may die. */
export function remote({ tasks, logs, leases }: Stores, life: Mortal, random: Random): Stores {
  const over = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return async (...args: unknown[]) => {
          await life.sleep(2 + random() * 7);
          const result = await method.apply(target, args);
          await life.gate();
          return result;
        };
      },
    });
  return { tasks: over(tasks), logs: over(logs), leases: over(leases) };
}
