// A hub and its worker under test: the built library in a process of its own, as a user would run it.
import type { Hooks, WebSub, WebSubOptions } from "hookclock";
import { copySubscription } from "../../test/websub/copied-subscriptions.ts";
import { serve } from "../lib/child.ts";
import { type Counts, countingClient } from "../lib/counting-client.ts";

export type OpenHub = {
  endpoint: string;
  /** Prefix of all tables' names. */
  tables: string;
  /** Deliveries under way, in all and to one host. */
  concurrency: number;
  /** Counts capacity; costs a little, so not where time is measured. */
  counting?: boolean;
  /** Another build of the library than the one in the workspace. */
  library?: string | undefined;
};
export type SubscribeInput = { topic: string; callbacks: string[] };

const namespace = "bench";
const REST_PASSES = 3;

type Opened = { webSub: WebSub; hooks: Hooks; copy(input: SubscribeInput): Promise<void> };
let hub: Opened | null = null;
let take: () => Counts = () => ({ requests: {}, refused: {}, used: [] });
let running: { stop: AbortController; ended: ReturnType<Hooks["run"]> } | null = null;

const opened = (): Opened => {
  if (hub === null) throw new Error("open first");
  return hub;
};

async function knock(fields: Record<string, string>): Promise<void> {
  const { status, body } = await opened().webSub.hub.request({
    namespace,
    contentType: "application/x-www-form-urlencoded",
    body: Buffer.from(new URLSearchParams(fields).toString()),
  });
  if (status >= 300) throw new Error(`the hub answered ${status}: ${body}`);
}

/** Runs what is due, and what follows from it: a fetch waits for the next second. */
async function settle(): Promise<void> {
  for (let idle = 0; idle < REST_PASSES; ) {
    const { processed } = await opened().hooks.trigger({ lookAheadMs: 1_000 });
    idle = processed === 0 ? idle + 1 : 0;
  }
}

const commands = {
  open: async ({ endpoint, tables, concurrency, counting, library }: OpenHub) => {
    const { createState, createWebSub, Hooks } = (await import(
      library ?? "hookclock"
    )) as typeof import("hookclock");
    const counter = counting ? countingClient(endpoint, "capacity") : null;
    if (counter !== null) take = counter.take;
    const connection = counter === null ? { endpoint } : { client: counter.client };
    const stateTableName = `${tables}-state`;
    const common = { ...connection, createTable: true, egress: { allow: ["127.0.0.1"] } };
    const webSubOptions: WebSubOptions = { ...common, baseUrl: "http://hub.example", stateTableName };
    const webSub = createWebSub({ ...webSubOptions, hostConcurrency: concurrency });
    const hooks = new Hooks({
      ...common,
      ...{ tasksTableName: `${tables}-tasks`, logsTableName: `${tables}-logs` },
      ...{ concurrency, hostConcurrency: concurrency, handlers: webSub.attach },
    });
    await Promise.all([webSub.ready(), hooks.ready()]);
    const { documents } = createState({ endpoint, stateTableName });
    hub = {
      webSub,
      hooks,
      copy: ({ topic, callbacks }) =>
        copySubscription(documents, {
          namespace,
          topic,
          copies: callbacks.map((callback) => ({ callback, secret: `the secret of ${callback}` })),
        }),
    };
  },
  /** The first callback is asked for its intent, the others are written like it. */
  subscribe: async ({ topic, callbacks }: SubscribeInput) => {
    const [callback = "", ...others] = callbacks;
    const terms = { "hub.topic": topic, "hub.callback": callback, "hub.secret": `the secret of ${callback}` };
    await knock({ "hub.mode": "subscribe", ...terms });
    await settle();
    await opened().copy({ topic, callbacks: others });
    take();
  },
  start: (_: null) => {
    const stop = new AbortController();
    running = { stop, ended: opened().hooks.run({ signal: stop.signal }) };
  },
  /** Says that a topic changed; resolves with when it began to. */
  ping: async (topic: string) => {
    const at = Date.now();
    await knock({ "hub.mode": "publish", "hub.topic": topic });
    return at;
  },
  /** CPU time of this process so far. */
  cpuMs: (_: null) => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  settle: (_: null) => settle(),
  stop: async (_: null) => {
    running?.stop.abort();
    return running?.ended;
  },
  /** Capacity since the last time. */
  take: (_: null) => take(),
};
export type HubCommands = typeof commands;
serve(commands);
