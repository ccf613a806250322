// A subscriber under a fake clock, with an engine, documents in memory, and a web of topics and hubs that tests script.
import { HookclockError, parseEgressPolicy, type TaskRow } from "@hookclock/core";
import {
  type DocumentStore,
  type Handler,
  register,
  registerMany,
  trigger,
  type WebAnswer,
  type WebClient,
  type WebFailure,
  type WebRequest,
} from "@hookclock/engine";
import {
  createMemoryDocuments,
  createTestEngine,
  type FakeClock,
  seededRandom,
  type TestEngine,
} from "@hookclock/testkit";
import type {
  ConsumerLinker,
  EventPublisher,
  Message,
  MessageSink,
  Settings,
  WebSubEvent,
  World,
} from "../ports.ts";
import { makeSubscriber } from "./subscriber.ts";
import { type Answer, TestHub, type Visit } from "./test-hub.ts";
import { SAVE_MS } from "./timing.ts";

export const TOPIC = "https://blog.example/feed";
export const HUB = "https://hub.example/";
export const BASE_URL = "https://me.example";
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const KEY = { namespace: "app", id: "s1" };

export type Place = (request: WebRequest) => Answer | WebFailure | Promise<Answer | WebFailure>;

export const unreachable = (word: WebFailure["word"] = "refused"): WebFailure => ({
  kind: "unreachable",
  word,
  message: `scripted: ${word}`,
  timings: { totalMs: 1 },
});

const answerOf = ({ status = 200, headers = {}, body = "" }: Answer, bytesMax: number): WebAnswer => {
  const bytes = Buffer.from(body);
  const truncated = bytes.length > bytesMax;
  return {
    ...{ kind: "answered", status, headers, body: bytes.subarray(0, bytesMax), truncated },
    timings: { totalMs: 1 },
  };
};

/** A topic that names its hub and itself in headers. */
export const advertised =
  (hub = HUB, self = TOPIC): Place =>
  () => ({
    headers: { link: `<${hub}>; rel="hub", <${self}>; rel="self"`, "content-type": "text/html" },
  });

/** At which write, counted from 0, the process dies: just before it, or just after. */
export type Crash = { at: number; when: "before" | "after" };
const outage = () => new HookclockError("store-unavailable", "scripted crash");

/** Counts every write of documents and tasks and every run of a task, and fails the one that the test names. */
export function crashes() {
  let seen = 0;
  let plan: Crash | null = null;
  let isDown = false;
  const guard = async <Result>(write: () => Promise<Result>): Promise<Result> =>
    guardRun(() => {
      if (isDown) throw outage();
      return write();
    });
  async function guardRun<Result>(write: () => Promise<Result>): Promise<Result> {
    const at = seen++;
    if (plan?.at === at && plan.when === "before") throw outage();
    const result = await write();
    if (plan?.at === at && plan.when === "after") throw outage();
    return result;
  }
  return {
    guard,
    guardRun,
    get seen() {
      return seen;
    },
    /** From now on every write fails, or none does any more. */
    goDown(down: boolean) {
      isDown = down;
    },
    plan(crash: Crash | null) {
      seen = 0;
      plan = crash;
    },
  };
}
type Crashes = ReturnType<typeof crashes>;

const guarded = (documents: DocumentStore, { guard }: Crashes): DocumentStore => ({
  ...documents,
  insert: (document, now) => guard(() => documents.insert(document, now)),
  save: (change) => guard(() => documents.save(change)),
  putMany: (rows) => guard(() => documents.putMany(rows)),
  add: (...given) => guard(() => documents.add(...given)),
  remove: (...given) => guard(() => documents.remove(...given)),
});

const settingsOf = (more: Partial<Settings> = {}): Settings => ({
  ...{ baseUrl: BASE_URL, contentBytesMax: 1024 * 1024, leaseSeconds: 864_000 },
  hub: {
    ...{ leaseSecondsMin: 300, leaseSecondsMax: 2_592_000, signature: "sha256", pendingPerHostMax: 50 },
    ...{ verifyEvents: true, policy: {} },
  },
  ...more,
});

/** What consumers and events would be: each keeps what it was handed, once. */
function makeRooms({ guard }: Crashes) {
  const messages = new Map<string, Message>();
  const published: { predicate: string; id: string | undefined; payload: unknown }[] = [];
  const links: { subscription: string; consumer: string }[] = [];
  const consumers: ConsumerLinker = {
    linkOnce: ({ source, consumer }) => guard(async () => links.push({ ...source, consumer })),
  };
  const sink: MessageSink = {
    accept: (batch) =>
      guard(async () => {
        const fresh = batch.filter(({ id }) => !messages.has(id));
        for (const message of fresh) messages.set(message.id, message);
        return { accepted: fresh.length };
      }),
  };
  const events: EventPublisher = {
    publish: ({ predicate, payload, id }) =>
      guard(async () => {
        if (!published.some((one) => one.id === id)) published.push({ predicate, id, payload });
        return { id: id ?? "none" };
      }),
  };
  return { messages, published, links, sink, events, consumers };
}

function makeWeb(clock: FakeClock) {
  const places = new Map<string, Place>();
  const requests: (WebRequest & { at: number })[] = [];
  const web: WebClient = {
    egress: parseEgressPolicy({ allow: ["127.0.0.1"] }),
    async send(request) {
      requests.push({ ...request, at: clock.now() });
      const place = places.get(request.url) ?? places.get(new URL(request.url).origin);
      const answer = place === undefined ? unreachable() : await place(request);
      return "kind" in answer ? answer : answerOf(answer, request.answerBytesMax);
    },
  };
  return { places, requests, web };
}

/** The ways in which time passes. */
function makeTime(engine: TestEngine) {
  const { clock } = engine;
  const tasks = (): TaskRow[] => engine.stores.dump().tasks;
  const nextDue = async (upTo: number): Promise<number | undefined> => {
    const { read } = await engine.leases.shardCounts(clock.now());
    const looks = Array.from({ length: read }, (_, shard) => engine.tasks.findDue({ shard, upTo, limit: 1 }));
    const dues = (await Promise.all(looks)).flatMap(({ keys }) => keys.map(({ dueAt }) => dueAt));
    return dues.length === 0 ? undefined : Math.min(...dues);
  };
  const runDue = async (): Promise<void> => {
    while ((await nextDue(clock.now())) !== undefined) await trigger(engine);
  };
  /** Runs everything that is due or about to be, and what follows from it at once. */
  const run = async (): Promise<void> => {
    for (;;) {
      const next = await nextDue(clock.now() + SAVE_MS);
      if (next === undefined) return;
      await clock.advance(Math.max(next - clock.now(), 0));
      await runDue();
    }
  };
  /** Lets time pass from one due moment to the next. */
  const passUntil = async (end: number): Promise<void> => {
    for (;;) {
      await runDue();
      const next = await nextDue(end);
      if (next === undefined) break;
      await clock.advance(Math.max(next - clock.now(), 1));
    }
    await clock.advance(Math.max(end - clock.now(), 0));
    await runDue();
  };
  return { tasks, run, passUntil, pass: (ms: number) => passUntil(clock.now() + ms) };
}

export type TestWorld = ReturnType<typeof createTestSubscriber>;

export function createTestSubscriber(options: { seed?: number; settings?: Partial<Settings> } = {}) {
  const { seed = 1 } = options;
  const memory = createMemoryDocuments();
  const crash = crashes();
  const base = createTestEngine({ seed });
  const { clock } = base;
  const { web, ...outside } = makeWeb(clock);
  const { sink, events, consumers, ...rooms } = makeRooms(crash);
  const random = seededRandom(seed + 100);
  const emitted: WebSubEvent[] = [];
  /** What others do just after a task was registered, and before what wants it is saved. */
  const race = { afterRegister: async (): Promise<unknown> => undefined };
  let count = 0;
  const world: World = {
    ...{ documents: guarded(memory, crash), web, clock, settings: settingsOf(options.settings), random },
    tasks: {
      register: async (task) => {
        await crash.guard(() => register(engine, task));
        await race.afterRegister();
      },
      registerMany: (tasks) => registerMany(engine, tasks),
      delete: (key) => crash.guard(() => base.stores.tasks.remove(key)),
      fetch: async () => ({ items: [], lastEvaluatedKey: null }),
      retryMany: async () => ({ count: 0, lastEvaluatedKey: null }),
    },
    randomBytes: (size) => Uint8Array.from({ length: size }, () => Math.floor(random() * 256)),
    newId: () => `id-${++count}`,
    emit: (event) => emitted.push(event),
  };
  const subscriber = makeSubscriber(world, { sink, events, consumers });
  // Dying after a task was run and before that was written down makes it run again.
  const handlers = subscriber.handlers.map(
    (one): Handler => ({ ...one, run: (task, context) => crash.guardRun(() => one.run(task, context)) }),
  );
  const engine = base.sibling({ handlers: new Map(handlers.map((one) => [one.kind, one])) });
  /** What a request at a callback URL is answered with. */
  const visit: Visit = (method, callback, { headers = {}, body = new Uint8Array() } = {}) => {
    const url = new URL(callback);
    const [, , namespace = "", id = "", token = ""] = url.pathname.split("/").map(decodeURIComponent);
    const place = { namespace, id, token };
    return method === "GET"
      ? subscriber.answerCheck({ ...place, query: url.searchParams })
      : subscriber.receive({ ...place, headers, body });
  };
  return {
    ...{ world, subscriber, engine, clock, emitted, crash, race, memory, visit },
    ...{ ...outside, ...rooms, ...makeTime(engine) },
    hub: new TestHub(clock, visit),
    /** The row as it is stored. */
    row: async (id = KEY.id) => {
      const document = await memory.get({ pk: "app/subscription", sk: id }, clock.now());
      return document?.data as StoredSubscription | undefined;
    },
    state: async (id = KEY.id) => (await subscriber.get({ namespace: "app", id }))?.state,
  };
}

/** As much of a stored subscription as tests look at. */
export type StoredSubscription = {
  state: string;
  requests: number;
  request?: { task: string; aim?: { token: string; secret?: string }; acceptedAt?: number };
  lease?: { token: string; secret?: string; expiresAt: number; renewAt: number; confirmedAt: number };
  former: { token: string; isOver: boolean }[];
};

/** A subscriber whose topic and hub are there, and a subscription that was just added. */
export async function added(
  options: Parameters<typeof createTestSubscriber>[0] = {},
  more: Record<string, unknown> = {},
): Promise<TestWorld> {
  const world = createTestSubscriber(options);
  world.places.set(TOPIC, advertised());
  world.places.set(HUB, (request) => world.hub.place(request));
  await world.subscriber.add({ ...KEY, url: TOPIC, ...more });
  return world;
}

/** As `added`, and agreed to by the hub. */
export async function subscribed(
  options: Parameters<typeof createTestSubscriber>[0] = {},
  more: Record<string, unknown> = {},
): Promise<TestWorld> {
  const world = await added(options, more);
  await world.run();
  await world.hub.check();
  return world;
}

/** Hub that answers requests at once and checks them before that: time can then simply pass. */
export async function living(more: Record<string, unknown> = {}, seed = 1): Promise<TestWorld> {
  const world = await added({ seed }, more);
  world.hub.isSynchronous = true;
  await world.run();
  return world;
}
