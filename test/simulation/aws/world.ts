// Ten minutes on AWS, or any other number, in a moment: the functions' own use cases and the engine, with everything
// around them simulated. Time is exact, so what comes out does not depend on the machine.
import { DEFAULTS, type TaskRow } from "@hookclock/core";
import {
  type Clock,
  dueAhead,
  dueBacklog,
  type Engine,
  type Random,
  register,
  trigger,
} from "@hookclock/engine";
import { createMemoryStores, seededRandom } from "@hookclock/testkit";
import type { WakeCall } from "../../../functions/lib/ports.ts";
import { reactToRecords } from "../../../functions/lib/react-records.ts";
import { runWakes } from "../../../functions/lib/run-wakes.ts";
import { runShare, type TickHooks, tick } from "../../../functions/lib/tick.ts";
import { laggingIndex, mortal, remote } from "./database.ts";
import { createEventClock } from "./event-clock.ts";
import { type Instance, Lambda } from "./lambda.ts";
import { inputOf, type Planned, planLoad } from "./load.ts";
import { type Arrival, attemptKey, Receiver } from "./receiver.ts";
import { Queue } from "./sqs.ts";
import { Stream } from "./stream.ts";
import { makeTally, type Tally } from "./tally.ts";

export type MinutesOptions = {
  tasks: number;
  minutes: number;
  seed: number;
  /** Who registers what; by default a bit of everything. */
  plan?: (count: number, minutesMs: number, random: Random) => Planned[];
};

export type Minutes = {
  planned: Planned[];
  arrivals: Arrival[];
  tasks: TaskRow[];
  /** Attempts that were in flight in an invocation that was cut off. */
  disturbed: Set<string>;
  figures: Tally["sums"];
  counts: Record<Kind, Lambda<Process>["counts"]> & {
    queue: Queue["counts"];
    stream: Stream["counts"];
  };
};

type Kind = "trigger" | "react" | "wake";
type Process = Instance & {
  hooks: TickHooks;
  asked: Map<string, number>;
  sleep: Clock["sleep"];
  atWork: () => void;
  kind: Kind;
};

const START = Date.UTC(2030, 0, 1);
const MINUTE = 60_000;
const SHARDS = 8;
/** As the functions are made: see functions/lib/wire-hooks.ts and the stacks. */
const CONCURRENCY = 50;
const CLAIM_MS = 10_000;
const TIMEOUT_MS = { trigger: 900_000, react: 30_000, wake: 120_000 };
const INSTANCES = { trigger: 12, react: 8, wake: 30 };
/** After the last minute: retries, and what a cut-off delayed. */
const GRACE_MS = 3 * MINUTE;

/** From so many ms on, the next process of the kind that is in the middle of its work is cut off. */
const CUT_OFFS: Record<Kind, readonly number[]> = {
  trigger: [8 * MINUTE],
  react: [70_000, 260_000],
  wake: [100_000, 400_000],
};
/** A process in the middle of its work goes on for so long. */
const LAST_BREATH_MS = 1;

export async function simulateMinutes(options: MinutesOptions): Promise<Minutes> {
  const { tasks, minutes, seed, plan = planLoad } = options;
  const world = new SimulatedAws(seed);
  const planned = plan(tasks, minutes * MINUTE, seededRandom(seed + 1));
  await world.run(planned, minutes);
  const { react, wake } = world.lambdas;
  return {
    planned,
    arrivals: world.receiver.arrivals,
    tasks: world.stores.dump().tasks,
    disturbed: world.disturbed,
    figures: world.tally.sums,
    counts: {
      trigger: world.lambdas.trigger.counts,
      react: react.counts,
      wake: wake.counts,
      queue: world.queue.counts,
      stream: world.stream.counts,
    },
  };
}

const mapped = (cutOffs: typeof CUT_OFFS): Record<Kind, number[]> => ({
  trigger: [...cutOffs.trigger],
  react: [...cutOffs.react],
  wake: [...cutOffs.wake],
});
const msOf = (instant: string | Date | undefined): number => new Date(instant ?? START).getTime();

class SimulatedAws {
  readonly clock = createEventClock(START);
  readonly stores = createMemoryStores({ shards: SHARDS });
  readonly random: Random;
  readonly receiver: Receiver;
  readonly disturbed = new Set<string>();
  readonly tally = makeTally();
  readonly queue: Queue;
  readonly stream: Stream;
  readonly lambdas: Record<Kind, Lambda<Process>>;
  readonly #cutOffs = mapped(CUT_OFFS);
  readonly #table: Pick<Engine, "tasks" | "logs" | "leases">;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    const { clock, random } = this;
    this.receiver = new Receiver(clock, random);
    this.queue = new Queue({
      ...{ clock, random, visibilityMs: TIMEOUT_MS.wake * 2, pollersMax: 16 },
      deliver: (messages) => this.#wake(messages),
    });
    this.stream = new Stream({ clock, random, deliver: (records) => this.#react(records) });
    const { logs, leases } = this.stores;
    this.#table = {
      tasks: this.stream.watch(laggingIndex(this.stores.tasks, clock, random)),
      logs,
      leases,
    };
    this.lambdas = {
      trigger: this.#lambda("trigger"),
      react: this.#lambda("react"),
      wake: this.#lambda("wake"),
    };
  }

  async run(planned: readonly Planned[], minutes: number): Promise<void> {
    await this.#registerAll(planned);
    for (let minute = 0; minute < minutes + GRACE_MS / MINUTE; minute += 1) void this.#tickOf(minute);
    await this.clock.runUntil(START + minutes * MINUTE + GRACE_MS);
  }

  /** Long before: nothing but the rows is left of it. The others are registered at their time, by a process on a server. */
  async #registerAll(planned: readonly Planned[]): Promise<void> {
    const { clock, random } = this;
    const sleep = clock.sleep;
    const before = this.#engine({ ...this.#table, tasks: this.stores.tasks }, sleep, new Set());
    const meanwhile = this.#engine(this.#table, sleep, new Set());
    const past = { ...clock, now: () => START - 60 * MINUTE };
    for (const one of planned) {
      if (one.registeredMs < 0) await register({ ...before, clock: past }, inputOf(one, START));
      else void clock.sleep(one.registeredMs).then(() => register(meanwhile, inputOf(one, START)));
    }
    random();
  }

  /** One tick is lost, one comes twice, one is throttled and comes late; all come when the scheduler gets to it. */
  async #tickOf(minute: number): Promise<void> {
    const { clock, random } = this;
    await clock.sleep(minute * MINUTE + random() * 3_000);
    if (minute === 3) return;
    if (minute === 5) await clock.sleep(25_000);
    if (minute === 7) void this.#tick();
    await this.#tick();
  }

  async #tick(): Promise<void> {
    await this.lambdas.trigger.invoke((process, remainingMs) => tick(this.#ticking(process, remainingMs)));
  }

  #ticking(process: Process, remainingMs: () => number) {
    return {
      ...this.#world(),
      ...{ hooks: process.hooks, asked: process.asked, queue: this.#queueFor(process), remainingMs },
      invoker: {
        invoke: async (share: { shards: number[]; depth: number }) => {
          await process.sleep(20);
          void this.lambdas.trigger.invoke((other, left) => runShare(this.#ticking(other, left), share));
        },
      },
    };
  }

  async #react(records: unknown[]): Promise<string[] | null> {
    const ended = await this.lambdas.react.invoke((process) =>
      reactToRecords({ ...this.#world(), queue: this.#queueFor(process), asked: process.asked }, records),
    );
    return ended.state === "done" ? ended.result : null;
  }

  async #wake(messages: { messageId: string }[]): Promise<string[] | null> {
    const ended = await this.lambdas.wake.invoke((process, remainingMs) =>
      runWakes({ ...this.#world(), hooks: process.hooks, remainingMs }, messages),
    );
    if (ended.state === "throttled") return null;
    return ended.state === "done" ? ended.result : messages.map(({ messageId }) => messageId);
  }

  /** Now and then the queue refuses one. */
  #queueFor(process: Process) {
    return {
      send: async (wakes: readonly WakeCall[]) => {
        await process.sleep(4 + this.random() * 12);
        if (process.kind === "react") process.atWork();
        const failed = wakes.filter(() => this.random() < 0.002);
        for (const wake of wakes) if (!failed.includes(wake)) this.queue.send(wake);
        await process.sleep(2);
        return failed;
      },
    };
  }

  #world() {
    const { metrics, log } = this.tally;
    return { now: () => this.clock.now(), metrics, log };
  }

  #lambda(name: Kind): Lambda<Process> {
    const { clock, random } = this;
    return new Lambda<Process>({
      ...{ clock, random, instancesMax: INSTANCES[name], timeoutMs: TIMEOUT_MS[name] },
      coldStartMs: () => 300 + random() * 1_200,
      makeInstance: () => this.#process(name),
    });
  }

  #process(kind: Kind): Process {
    const doom = Promise.withResolvers<void>();
    const atWork = () => {
      if (!this.#isCut(kind)) return;
      void this.clock.sleep(LAST_BREATH_MS).then(() => doom.resolve());
    };
    const life = mortal(this.clock);
    const inFlight = new Set<string>();
    const engine = this.#engine(remote(this.#table, life, this.random), life.sleep, inFlight, atWork);
    return {
      ...{ atWork, kind },
      doom: doom.promise,
      sleep: life.sleep,
      asked: new Map(),
      hooks: {
        trigger: (options) => trigger(engine, options),
        ahead: async ({ from, to, bucketMs }) => ({
          items: await dueAhead(engine, { from: msOf(from), to: msOf(to), bucketMs }),
        }),
        backlog: async () => {
          const { shards, oldestDueAt } = await dueBacklog(engine, { countMax: DEFAULTS.backlogCount });
          return { shards, oldestDueAt: oldestDueAt === null ? null : new Date(oldestDueAt).toISOString() };
        },
      },
      kill: () => {
        life.kill();
        for (const key of inFlight) this.disturbed.add(key);
      },
    };
  }

  /** True when it is time, once for each time. */
  #isCut(kind: Kind): boolean {
    const nextMs = this.#cutOffs[kind][0];
    if (nextMs === undefined || this.clock.monotonic() < nextMs) return false;
    this.#cutOffs[kind].shift();
    return true;
  }

  #engine(
    stores: Pick<Engine, "tasks" | "logs" | "leases">,
    sleep: Clock["sleep"],
    inFlight: Set<string>,
    onStart: () => void = () => {},
  ): Engine {
    const { random, clock } = this;
    return {
      ...stores,
      clock: { ...clock, sleep },
      random,
      newId: () => `id-${Math.floor(random() * 2 ** 48).toString(36)}`,
      handlers: new Map([["http", this.receiver.handler(sleep, inFlight)]]),
      limits: {
        concurrency: CONCURRENCY,
        laneConcurrency: CONCURRENCY / 2,
        claimMs: CLAIM_MS,
        maxErrors: DEFAULTS.maxErrors,
        logsTtlInSeconds: DEFAULTS.logsTtlInSeconds,
      },
      emit: (event) => {
        this.tally.listener(event);
        if (event.type === "start") onStart();
        if (event.type === "attempt")
          inFlight.delete(attemptKey({ id: event.log.taskId, ...event.log }, event.log.attempt));
      },
      dueSoon: new Set(),
    };
  }
}
