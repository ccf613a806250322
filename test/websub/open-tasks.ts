// Which tasks are under way or due within a moment, told by what is registered and what was attempted: tests can wait for a
// namespace to come to rest without asking the database again and again.
import type { EngineEvent, Hooks } from "hookclock";

/** Longer than anything that is put off on purpose, shorter than any retry. */
const SOON_MS = 1500;

type Key = { namespace: string; id: string };

export const watchTasks = () => {
  const open = new Map<string, Set<string>>();
  let bell = Promise.withResolvers<void>();
  const openIn = (namespace: string): Set<string> => {
    const ids = open.get(namespace) ?? new Set();
    open.set(namespace, ids);
    return ids;
  };
  const close = ({ namespace, id }: Key): void => {
    if (!openIn(namespace).delete(id)) return;
    bell.resolve();
    bell = Promise.withResolvers();
  };
  const isSoon = (date: unknown): boolean => Date.parse(String(date)) < Date.now() + SOON_MS;

  type Registered = Parameters<Hooks["register"]>[0];
  /** Before it is written: it may be attempted before the call is back. */
  const expectTask = ({ namespace, id, scheduledDate }: Registered): void => {
    if (id !== undefined && isSoon(scheduledDate)) openIn(namespace).add(id);
  };
  /** What was refused, or had been done before, is not waited for. */
  const settle = ({ namespace, id }: Registered, status: string | null): void => {
    if (id !== undefined && status !== "ACTIVE" && status !== "PROCESSING") close({ namespace, id });
  };

  return {
    /** The hooks as they are, with an eye on what is registered through them. */
    through: (hooks: Hooks) => ({
      register: async (task: Registered) => {
        expectTask(task);
        try {
          const registered = await hooks.register(task);
          settle(task, registered.status);
          return registered;
        } catch (error) {
          settle(task, null);
          throw error;
        }
      },
      registerMany: async (tasks: Registered[]) => {
        for (const task of tasks) expectTask(task);
        const results = await hooks.registerMany(tasks);
        for (const [at, task] of tasks.entries()) {
          const result = results[at];
          settle(task, result?.ok === true ? result.task.status : null);
        }
        return results;
      },
      delete: async (key: Key) => {
        const deleted = await hooks.delete(key);
        close(key);
        return deleted;
      },
      fetch: hooks.fetch.bind(hooks),
      retryMany: hooks.retryMany.bind(hooks),
    }),
    onEvent: (event: EngineEvent): void => {
      // A retry that was too far off to wait for has its turn.
      if (event.type === "start") openIn(event.namespace).add(event.id);
      if (event.type === "lost") close(event);
      if (event.type !== "attempt") return;
      const { dueAt, status } = event.task;
      const isAgain = status === "ACTIVE" && dueAt !== undefined && dueAt < Date.now() + SOON_MS;
      if (!isAgain) close(event.task);
    },
    /** Resolves when the namespace has come to rest. */
    settled: async (namespace: string): Promise<void> => {
      while (openIn(namespace).size > 0) await bell.promise;
    },
  };
};
