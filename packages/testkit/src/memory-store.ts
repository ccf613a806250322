// All three stores in memory, for tests of the engine: no database, but its conditions and its failures.
import { DEFAULTS, type LogRow, type TaskKey, type TaskRow } from "@hookclock/core";
import type { LeaseStore, LogStore, TaskStore } from "@hookclock/engine";
import { type MemoryFaults, makeFaults } from "./memory-store-faults.ts";
import { type LeaseState, MemoryLeases, memoryLeaseStore } from "./memory-store-leases.ts";
import { MemoryLogs, memoryLogStore } from "./memory-store-logs.ts";
import { MemoryTasks, memoryTaskStore } from "./memory-store-tasks.ts";

export type MemoryStores = {
  tasks: TaskStore;
  logs: LogStore;
  leases: LeaseStore;
  /** Copies of everything stored. Unreadable rows are among the tasks as they were before they broke. */
  dump(): { tasks: TaskRow[]; logs: LogRow[]; leases: LeaseState[] };
  faults: MemoryFaults;
  /** Makes a stored task unreadable, as a foreign writer could; it stays in the due index. */
  corrupt(key: TaskKey, problem?: string): void;
  /** What `shardCounts` answers from now on. */
  setShards(counts: { read: number; write: number }): void;
};

/**
 * Stores that live as long as the returned object. Rows are copied on the way in and out.
 * A repeated `insert` or `save` counts as a retry of the same write only when it is handed the same row object.
 */
export function createMemoryStores(options: { shards?: number } = {}): MemoryStores {
  const tasks = new MemoryTasks();
  const logs = new MemoryLogs();
  const leases = new MemoryLeases(options.shards ?? DEFAULTS.shards);
  const script = makeFaults(
    () => tasks.takeSnapshot(),
    () => tasks.dropSnapshot(),
  );
  return {
    tasks: memoryTaskStore(tasks, script),
    logs: memoryLogStore(logs, script),
    leases: memoryLeaseStore(leases, script),
    dump: () => ({ tasks: tasks.dump(), logs: logs.dump(), leases: leases.dump() }),
    faults: script.faults,
    corrupt: (key, problem = "corrupted by a test") => tasks.corrupt(key, problem),
    setShards: (counts) => leases.setCounts(counts),
  };
}
