// One worker under test: the built library in a process of its own, as a user would run it.
import { Session } from "node:inspector/promises";
import type { EngineEvent, Hooks, HooksOptions } from "hookclock";
import { serve } from "../lib/child.ts";
import { type Counting, type Counts, countingClient } from "../lib/counting-client.ts";
import { copyRow } from "../lib/fill.ts";

export type OpenInput = {
  endpoint: string;
  /** Prefix of both tables' names. */
  tables: string;
  /** Counts requests and capacity; costs a little, so not where time or CPU is measured. */
  counting?: Counting;
  /** Notes the lateness of each start. */
  listening?: boolean;
  /** Another build of the library than the one in the workspace. */
  library?: string | undefined;
  options?: Partial<HooksOptions>;
};
export type RegisterInput = {
  count: number;
  url: string;
  namespace?: string;
  /** Due times are spread evenly over so many ms, from `fromMs` after now. Default: all due now. */
  spreadMs?: number;
  fromMs?: number;
  /** One call each instead of `registerMany`. */
  singly?: boolean;
};
export type Spent = { wallMs: number; cpuMs: number };

const BODY = { order: 1042, note: "x".repeat(480) };
const ALLOW = { egress: { allow: ["127.0.0.1"] } };

let hooks: Hooks | null = null;
let take: () => Counts = () => ({ requests: {}, refused: {}, used: [] });
let running: { stop: AbortController; ended: ReturnType<Hooks["run"]> } | null = null;
let profiler: Session | null = null;
const latenessMs: number[] = [];

const opened = (): Hooks => {
  if (hooks === null) throw new Error("open first");
  return hooks;
};

async function spent<Result>(work: () => Promise<Result>): Promise<Spent & { result: Result }> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const result = await work();
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000, result };
}

const commands = {
  open: async ({ endpoint, tables, counting, listening, library, options }: OpenInput) => {
    const { Hooks } = (await import(library ?? "hookclock")) as typeof import("hookclock");
    const names = { tasksTableName: `${tables}-tasks`, logsTableName: `${tables}-logs`, createTable: true };
    const counter = counting ? countingClient(endpoint, counting) : null;
    if (counter !== null) take = counter.take;
    const connection = counter === null ? { endpoint } : { client: counter.client };
    const onEvent = (event: EngineEvent) => {
      if (event.type === "start") latenessMs.push(event.latenessMs);
    };
    hooks = new Hooks({
      ...names,
      ...ALLOW,
      ...connection,
      ...(listening ? { onEvent } : {}),
      ...options,
    });
    await hooks.ready();
    take();
  },
  register: async ({ count, url, namespace = "bench", spreadMs, fromMs = 0, singly }: RegisterInput) => {
    const now = Date.now();
    const tasks = Array.from({ length: count }, (_, index) => {
      const dueAt =
        spreadMs === undefined ? now + fromMs : now + fromMs + Math.floor(Math.random() * spreadMs);
      const path = `/${namespace}/${index}?due=${dueAt}`;
      const scheduledDate = new Date(dueAt);
      return {
        namespace,
        scheduledDate,
        request: { url: `${url}${path}`, method: "POST" as const, body: BODY },
      };
    });
    if (singly) for (const task of tasks) await opened().register(task);
    else {
      const results = await opened().registerMany(tasks);
      const bad = results.find((result) => !result.ok);
      if (bad && !bad.ok) throw bad.error;
    }
  },
  /** Many rows that are not due: some in the far future, some finished. */
  fill: async (input: {
    endpoint: string;
    tables: string;
    url: string;
    future: number;
    finished: number;
  }) => {
    const { endpoint, tables, url, future, finished } = input;
    const STEP = 10_000;
    for (let done = 0; done < future; done += STEP) {
      const count = Math.min(STEP, future - done);
      await commands.register({ count, url, namespace: "future", fromMs: 86_400_000, spreadMs: 86_400_000 });
    }
    await commands.register({ count: 1, url, namespace: "finished" });
    await commands.trigger({});
    const table = `${tables}-tasks`;
    await copyRow({ endpoint, table, namespace: "finished", copies: finished });
  },
  /** One pass. */
  trigger: (options: { budgetMs?: number }) => spent(() => opened().trigger(options)),
  start: (_: null) => {
    const stop = new AbortController();
    running = { stop, ended: opened().run({ signal: stop.signal }) };
  },
  stop: async (_: null) => {
    running?.stop.abort();
    return running?.ended;
  },
  /** How late each attempt started, by the worker's own clock. */
  lateness: (_: null) => latenessMs,
  /** Requests and capacity since the last time. */
  take: (_: null) => take(),
  /** Statuses of all tasks of a namespace, by the path they call. */
  statuses: async (namespace: string) => {
    const found: Record<string, string> = {};
    await opened().fetch({
      namespace,
      limit: 1_000_000,
      onChunk: ({ items }) => {
        for (const { request, status } of items) found[new URL(request.url).pathname] = status;
      },
    });
    return found;
  },
  profile: async (_: null) => {
    profiler = new Session();
    profiler.connect();
    await profiler.post("Profiler.enable");
    await profiler.post("Profiler.setSamplingInterval", { interval: 200 });
    await profiler.post("Profiler.start");
  },
  endProfile: async (_: null) => JSON.stringify((await profiler?.post("Profiler.stop"))?.profile),
};
export type WorkerCommands = typeof commands;
serve(commands);
