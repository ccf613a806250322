// Scripted trouble for the memory stores: the failures a database really has, at the moment a test names.
import { HookclockError } from "@hookclock/core";
import type { LeaseStore, LogStore, TaskStore } from "@hookclock/engine";

type Names<Prefix extends string, Store> = `${Prefix}.${Extract<keyof Store, string>}`;
export type StoreMethod = Names<"tasks", TaskStore> | Names<"logs", LogStore> | Names<"leases", LeaseStore>;

/** Called before the store does anything; may await, throw, or change the store underneath. */
export type CallHook = (args: readonly unknown[], call: number) => void | Promise<void>;

type RowFault = { method: StoreMethod; id: string; when: "before" | "after"; error: Error };

export type MemoryFaults = {
  /** The next `times` calls of the method reject and change nothing. */
  failBefore(method: StoreMethod, times?: number, error?: Error): void;
  /** The next `times` calls of the method do their work and then reject: the write happened, its answer was lost. */
  failAfter(method: StoreMethod, times?: number, error?: Error): void;
  /** The next `saveMany` or `insertMany` that holds a task of this id answers an error at its position only. */
  failRow(
    method: "tasks.saveMany" | "tasks.insertMany",
    id: string,
    when: "before" | "after",
    error?: Error,
  ): void;
  /** Runs `hook` ahead of every call of the method, until the returned function is called. */
  before(method: StoreMethod, hook: CallHook): () => void;
  /** The next `times` calls of findDue answer from the index as it is at this moment. */
  staleDue(times?: number): void;
  /** Drops every fault and hook that is still waiting. */
  clear(): void;
  /** How often each method was called, failed calls included. */
  calls: Partial<Record<StoreMethod, number>>;
};

const outage = (method: StoreMethod, when: string): Error =>
  new HookclockError("store-unavailable", `scripted fault ${when} ${method}`);

/** The faults a test sets, and what the stores need to obey them. */
export function makeFaults(takeSnapshot: () => void, dropSnapshot: () => void) {
  const pending = new Map<string, Error[]>();
  const hooks = new Map<StoreMethod, Set<CallHook>>();
  const calls: Partial<Record<StoreMethod, number>> = {};
  let rowFaults: RowFault[] = [];
  let staleCalls = 0;

  const push = (method: StoreMethod, when: string, times: number, error?: Error): void => {
    const key = `${when} ${method}`;
    const errors = Array.from({ length: times }, () => error ?? outage(method, when));
    pending.set(key, [...(pending.get(key) ?? []), ...errors]);
  };
  const throwNext = (method: StoreMethod, when: string): void => {
    const error = pending.get(`${when} ${method}`)?.shift();
    if (error !== undefined) throw error;
  };

  const faults: MemoryFaults = {
    failBefore: (method, times = 1, error) => push(method, "before", times, error),
    failAfter: (method, times = 1, error) => push(method, "after", times, error),
    failRow: (method, id, when, error) => {
      rowFaults.push({ method, id, when, error: error ?? outage(method, when) });
    },
    before: (method, hook) => {
      const set = hooks.get(method) ?? new Set<CallHook>();
      hooks.set(method, set.add(hook));
      return () => {
        set.delete(hook);
      };
    },
    staleDue: (times = 1) => {
      staleCalls = times;
      takeSnapshot();
    },
    clear: () => {
      pending.clear();
      hooks.clear();
      rowFaults = [];
      staleCalls = 0;
      dropSnapshot();
    },
    calls,
  };

  return {
    faults,
    /** Wraps a store method so that it obeys the script. */
    guard<Args extends unknown[], Result>(
      method: StoreMethod,
      run: (...args: Args) => Promise<Result> | Result,
    ) {
      return async (...args: Args): Promise<Result> => {
        calls[method] = (calls[method] ?? 0) + 1;
        // A real store never answers in the same turn of the event loop.
        await Promise.resolve();
        for (const hook of hooks.get(method) ?? []) await hook(args, calls[method]);
        throwNext(method, "before");
        const result = await run(...args);
        throwNext(method, "after");
        return result;
      };
    },
    /** The scripted fault of one row, used up by being asked for. */
    takeRowFault(method: StoreMethod, id: string): RowFault | undefined {
      const index = rowFaults.findIndex((fault) => fault.method === method && fault.id === id);
      return index < 0 ? undefined : rowFaults.splice(index, 1)[0];
    },
    /** True when this findDue has to answer from the snapshot. */
    takeStaleCall(): boolean {
      if (staleCalls === 0) return false;
      staleCalls -= 1;
      return true;
    },
  };
}
export type FaultScript = ReturnType<typeof makeFaults>;
