// Everything a use case or the worker needs, wired once by the composition root.
import type { Clock, Handler, LeaseStore, Listener, LogStore, Random, TaskStore } from "./ports.ts";

export type EngineLimits = {
  /** Attempts in flight in this process, at most. */
  concurrency: number;
  /** Attempts in flight to one lane (for `http`: one host), at most. */
  laneConcurrency: number;
  /** Failed occurrences in a row after which a recurring task is FAILED; 0 = never. */
  maxErrors: number;
  /** Length of a claim, ms. */
  claimMs: number;
  /** How long an execution log lives, seconds. */
  logsTtlInSeconds: number;
};

export type Engine = {
  tasks: TaskStore;
  logs: LogStore;
  leases: LeaseStore;
  clock: Clock;
  random: Random;
  newId: () => string;
  handlers: ReadonlyMap<string, Handler>;
  limits: EngineLimits;
  emit: Listener;
  /** Told when this process makes a task due: an always-on worker here need not wait for its next look. */
  dueSoon: Set<(shard: number, dueAt: number) => void>;
};

export function announce(engine: Engine, row: { shard: number; dueAt?: number | undefined }): void {
  if (row.dueAt === undefined) return;
  for (const listener of engine.dueSoon) listener(row.shard, row.dueAt);
}
