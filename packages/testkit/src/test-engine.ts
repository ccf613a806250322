import { DEFAULTS, type Json, type Outcome, type TaskRow } from "@hookclock/core";
import type { AttemptContext, Engine, EngineEvent, Handler } from "@hookclock/engine";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { createMemoryStores, type MemoryStores } from "./memory-store.ts";
import { seededRandom } from "./random.ts";

export type Call = { task: TaskRow; context: AttemptContext; at: number };
/** What the scripted receiver does: the outcome of an attempt, or a promise that the test settles. */
export type Reply = (call: Call) => Outcome | Promise<Outcome>;

export type TestEngine = Engine & {
  clock: FakeClock;
  stores: MemoryStores;
  /** Every attempt that reached the handler, in order. */
  calls: Call[];
  events: EngineEvent[];
  reply: Reply;
  /** Another worker process on the same tables and the same clock. */
  sibling(overrides?: Partial<Engine>): TestEngine;
};

export const ok: Outcome = { class: "ok", received: { status: 200, headers: {}, body: "ok" } };
export const serverError: Outcome = {
  class: "retryable",
  error: "status",
  message: "answered 500",
  received: { status: 500, headers: {}, body: "oops" },
};
export const refused: Outcome = { class: "retryable", error: "refused", message: "connection refused" };

/** An engine on stores in memory and a fake clock, with a scripted handler of kind `http`. */
export function createTestEngine(
  options: Partial<Engine["limits"]> & { seed?: number; shards?: number } = {},
): TestEngine {
  const { seed = 1, shards, ...limits } = options;
  const stores = createMemoryStores(shards === undefined ? {} : { shards });
  return build(createFakeClock(), stores, seed, limits);
}

function build(
  clock: FakeClock,
  stores: MemoryStores,
  seed: number,
  limits: Partial<Engine["limits"]>,
  overrides: Partial<Engine> = {},
): TestEngine {
  const calls: Call[] = [];
  const events: EngineEvent[] = [];
  const random = seededRandom(seed);
  const handler: Handler = {
    kind: "http",
    laneOf: ({ request }) => (request ? new URL(request.url).host : undefined),
    run(task, context) {
      const call = { task, context, at: clock.now() };
      calls.push(call);
      return Promise.resolve(engine.reply(call));
    },
  };
  const { tasks, logs, leases } = stores;
  const engine: TestEngine = {
    ...{ tasks, logs, leases, clock, random, stores, calls, events },
    newId: () => `id-${Math.floor(random() * 2 ** 48).toString(36)}`,
    handlers: new Map([["http", handler]]),
    limits: {
      concurrency: DEFAULTS.concurrency,
      laneConcurrency: DEFAULTS.concurrency,
      maxErrors: DEFAULTS.maxErrors,
      claimMs: DEFAULTS.claimMs,
      logsTtlInSeconds: DEFAULTS.logsTtlInSeconds,
      ...limits,
    },
    emit: (event) => events.push(event),
    dueSoon: new Set(),
    reply: () => ok,
    sibling: (more = {}) => build(clock, stores, Math.floor(random() * 2 ** 32), limits, more),
  };
  return Object.assign(engine, overrides);
}

/** A register call with the least that is needed; due at once unless told otherwise. */
export const aTask = (
  engine: TestEngine,
  overrides: Record<string, unknown> & { inMs?: number } = {},
): { [key: string]: Json | unknown } => {
  const { inMs = 0, ...rest } = overrides;
  return {
    namespace: "app",
    url: "https://example.com/hook",
    method: "POST",
    scheduledDate: new Date(engine.clock.now() + inMs).toISOString(),
    ...rest,
  };
};
