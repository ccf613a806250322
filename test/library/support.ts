// The public library on local databases, as the suites of this folder want it.
import {
  type LocalDatabase,
  missingForDynamoDbLocal,
  startDynalite,
  startDynamoDbLocal,
} from "@hookclock/testkit";
import Hooks, { type HooksOptions, type Seams, type Task, type TriggerResult } from "hookclock";
import { expect } from "vitest";

export type Database = { name: string; start: () => Promise<LocalDatabase>; missing: string | null };

/** Every database the library's contract is proved on, with what this machine lacks for it. */
export const databases = async (): Promise<Database[]> => [
  { name: "dynalite", start: startDynalite, missing: null },
  { name: "DynamoDB Local", start: startDynamoDbLocal, missing: await missingForDynamoDbLocal() },
];

let opened = 0;
export type OpenedHooks = Hooks &
  AsyncDisposable & { tables: { tasksTableName: string; logsTableName: string } };

/** Options for tables of their own on a local database; deliveries may go to loopback. */
export function freshOptions(endpoint: string, options: Partial<HooksOptions> = {}): HooksOptions {
  opened += 1;
  return {
    endpoint,
    tasksTableName: `tasks-${process.pid}-${opened}`,
    logsTableName: `logs-${process.pid}-${opened}`,
    createTable: true,
    egress: { allow: ["127.0.0.1"] },
    ...options,
  };
}

/** A library instance, closed at the end of the block. */
export function openHooks(
  endpoint: string,
  options: Partial<HooksOptions> = {},
  seams: Seams = {},
): OpenedHooks {
  const complete = freshOptions(endpoint, options);
  const { tasksTableName, logsTableName } = complete;
  const hooks = new Hooks(complete, seams);
  return Object.assign(hooks, {
    tables: { tasksTableName, logsTableName },
    [Symbol.asyncDispose]: () => hooks.close(),
  });
}

export type TravelClock = NonNullable<Seams["clock"]> & { jump(ms: number): void };

/** The real clock, moved forward in jumps: waits are real and short, minutes pass at once. */
export function travelClock(): TravelClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    monotonic: () => performance.now() + ahead,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const end = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", end);
          resolve();
        };
        const timer = setTimeout(end, Math.min(Math.max(0, ms), 2 ** 31 - 1));
        signal?.addEventListener("abort", end, { once: true });
      }),
    jump(ms) {
      ahead += ms;
    },
  };
}

/** An instant from now, as callers write it. */
export const isoIn = (ms: number, clock: { now(): number } = { now: () => Date.now() }): string =>
  new Date(clock.now() + ms).toISOString();

/** The least a task needs; due a moment ago. */
export const dueTask = (url: string, more: Record<string, unknown> = {}) => ({
  namespace: "app",
  url,
  method: "POST" as const,
  scheduledDate: isoIn(-1_000),
  ...more,
});

/** Triggers until nothing is due, jumping ahead between passes: every retry gets its turn. */
export async function triggerOver(hooks: Hooks, clock: TravelClock, passes: number, stepMs = 3_600_000) {
  const results: TriggerResult[] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    results.push(await hooks.trigger());
    clock.jump(stepMs);
  }
  return results;
}

/** The task as it is now; fails when there is none. */
export async function taskOf(hooks: Hooks, key: { namespace: string; id: string }): Promise<Task> {
  const task = await hooks.get(key);
  if (task === null) throw new Error(`there is no task "${key.id}"`);
  return task;
}

/** Resolves when the task has this status; what the library writes by itself can only be looked for. */
export async function untilStatus(
  hooks: Hooks,
  key: { namespace: string; id: string },
  status: Task["status"],
) {
  await expect.poll(async () => (await hooks.get(key))?.status, { timeout: 20_000 }).toBe(status);
}
