// Consumers under a fake clock, with an engine, documents in memory and other sides that tests script.
import { parseEgressPolicy, type TaskRow } from "@hookclock/core";
import {
  MOVES,
  moveMany,
  register,
  registerMany,
  trigger,
  type WebAnswer,
  type WebClient,
  type WebFailure,
  type WebRequest,
} from "@hookclock/engine";
import { createMemoryDocuments, createTestEngine, seededRandom, type TestEngine } from "@hookclock/testkit";
import type { EventPublisher, Message, TaskQuery, Tasks, WebSubEvent, World } from "../ports.ts";
import { type Consumers, makeConsumers } from "./make-consumers.ts";

export type Reply = { status?: number; headers?: Record<string, string>; body?: string };
export type Published = Parameters<EventPublisher["publish"]>[0];

export const unreachable = (word: WebFailure["word"], message: string = word): WebFailure => ({
  ...{ kind: "unreachable" as const, word, message },
  timings: { totalMs: 1 },
});

const answerOf = ({ status = 200, headers = {}, body = "" }: Reply, bytesMax: number): WebAnswer => ({
  ...{ kind: "answered" as const, status, headers, timings: { totalMs: 1 } },
  body: Buffer.from(body).subarray(0, bytesMax),
  truncated: Buffer.byteLength(body) > bytesMax,
});

export type TestWorld = Awaited<ReturnType<typeof createTestWorld>>;

export function createTestWorld(
  options: { web?: WebClient; publish?: EventPublisher["publish"]; concurrency?: number } = {},
) {
  const documents = createMemoryDocuments();
  const base = createTestEngine({ concurrency: options.concurrency ?? 25 });
  const { clock, stores } = base;
  const requests: WebRequest[] = [];
  const published: Published[] = [];
  const emitted: WebSubEvent[] = [];
  const random = seededRandom(11);
  const script: { reply: (request: WebRequest) => Reply | WebFailure | Promise<Reply | WebFailure> } = {
    reply: () => ({}),
  };
  let count = 0;

  const web: WebClient = options.web ?? {
    egress: parseEgressPolicy({ allow: [] }),
    async send(request) {
      requests.push(request);
      const reply = await script.reply(request);
      return "kind" in reply ? reply : answerOf(reply, request.answerBytesMax);
    },
  };
  const tasks = tasksOn(() => engine);
  const world: World = {
    ...{ documents, web, tasks, clock, random },
    randomBytes: (size) => Uint8Array.from({ length: size }, () => Math.floor(random() * 256)),
    newId: () => `id-${++count}`,
    settings: {
      baseUrl: "https://me.example",
      contentBytesMax: 1024 * 1024,
      leaseSeconds: 864_000,
      hub: {
        ...{ leaseSecondsMin: 300, leaseSecondsMax: 2_592_000, signature: "sha256", pendingPerHostMax: 50 },
        ...{ verifyEvents: true, policy: {} },
      },
    },
    emit: (event) => emitted.push(event),
  };
  const publish: EventPublisher["publish"] = async (event) => {
    published.push(event);
    return { id: event.id ?? "made-up" };
  };
  const consumers: Consumers = makeConsumers(world, { events: { publish: options.publish ?? publish } });
  const engine: TestEngine = base.sibling({
    handlers: new Map(consumers.handlers.map((one) => [one.kind, one])),
  });

  const run = async (): Promise<void> => {
    // A pass may end just before what its last task registered is seen.
    while ((await trigger(engine)).processed > 0);
  };

  return {
    ...{ consumers, world, documents, engine, clock, stores, requests, published, emitted, script },
    /** Runs everything that is due, and what follows from it. */
    run,
    /** Lets time pass in steps, running what becomes due in each. */
    async pass(ms: number, stepMs: number = ms) {
      for (let done = 0; done < ms; done += stepMs) {
        await clock.advance(Math.min(stepMs, ms - done));
        await run();
      }
    },
    /** Rows of tasks whose id begins so, in the order of ids. */
    tasksOf: (prefix: string): TaskRow[] =>
      stores
        .dump()
        .tasks.filter(({ id }) => id.startsWith(prefix))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    logs: () => stores.dump().logs,
  };
}

/** What class Hooks offers, on the stores in memory. */
function tasksOn(engineOf: () => TestEngine): Tasks {
  const filterOf = ({ namespace, id, status, from, to }: TaskQuery) => ({
    namespace,
    ...(id === undefined ? {} : { idPrefix: id }),
    ...(status === undefined ? {} : { status }),
    ...(from === undefined ? {} : { from: from.getTime() }),
    ...(to === undefined ? {} : { to: to.getTime() }),
  });
  return {
    register: (task) => register(engineOf(), task),
    registerMany: (all) => registerMany(engineOf(), all),
    delete: (key) => engineOf().tasks.remove(key),
    async fetch({ limit = 100, startKey, ...query }) {
      const page = await engineOf().tasks.list({
        ...filterOf(query),
        descending: false,
        limit,
        now: engineOf().clock.now(),
        ...(startKey ? { after: startKey } : {}),
      });
      return { items: page.rows, lastEvaluatedKey: page.next };
    },
    async retryMany({ dryRun, limit, startKey, ...query }) {
      const filter = { status: "FAILED" as const, ...filterOf(query) };
      const bulk = { dryRun, limit, after: startKey ?? undefined };
      const { items, next } = await moveMany(engineOf(), filter, { move: MOVES.retry }, bulk);
      return { count: items.length, lastEvaluatedKey: next };
    },
  };
}

/** An entry of a feed, as the subscriber hands it on; the id of the message follows from entry and version. */
export function entryMessage(
  world: { clock: { now(): number } },
  entry: { id?: string; version?: string; title?: string; [field: string]: unknown } = {},
  more: Partial<Message> = {},
): Message {
  const whole = { id: "e1", version: "v1", title: "First", url: "https://blog.example/1", ...entry };
  return {
    ...{ namespace: "app", id: `${whole.id}@${whole.version}`, source: { subscription: "blog" } },
    ...{ topic: "https://blog.example/feed", receivedAt: world.clock.now(), entry: whole, content: null },
    ...more,
  };
}

/** An event of a dotted topic, as the hub hands it on. */
export function eventMessage(
  world: { clock: { now(): number } },
  predicate: string,
  payload: unknown = {},
  more: Partial<Message> = {},
): Message {
  return {
    ...{ namespace: "app", id: `event-${predicate}`, source: { event: predicate.toUpperCase() } },
    ...{ topic: predicate, receivedAt: world.clock.now(), entry: null },
    content: { type: "application/json", bytes: Buffer.from(JSON.stringify(payload)) },
    ...more,
  };
}
