// A hub under a fake clock, with an engine, documents in memory, and subscribers and publishers that tests script.
import { parseEgressPolicy } from "@hookclock/core";
import {
  register,
  registerMany,
  trigger,
  type WebAnswer,
  type WebClient,
  type WebFailure,
  type WebRequest,
} from "@hookclock/engine";
import { createMemoryDocuments, createTestEngine, seededRandom, type TestEngine } from "@hookclock/testkit";
import { type Events, makeEvents } from "../events/events.ts";
import type { HubSettings, Message, Settings, WebReply, WebSubEvent, World } from "../ports.ts";
import { type Hub, makeHub } from "./hub.ts";

export type Seen = WebRequest & { at: number; query: URLSearchParams };
export type Reply = { status?: number; headers?: Record<string, string>; body?: string | Uint8Array };
/** What a peer does with a request. */
export type Peer = (request: Seen) => Reply | WebFailure | Promise<Reply | WebFailure>;

const TIMINGS = { totalMs: 1 };
export const unreachable = (word: WebFailure["word"]): WebFailure => ({
  kind: "unreachable",
  word,
  message: word,
  timings: TIMINGS,
});

/** A subscriber that agrees to everything and takes everything. */
export const agreeing: Peer = ({ method, query }) =>
  method === "GET" ? { body: query.get("hub.challenge") ?? "" } : { status: 204 };

const answerOf = ({ status = 200, headers = {}, body = "" }: Reply, bytesMax: number): WebAnswer => {
  const bytes = Buffer.from(body);
  return {
    kind: "answered",
    status,
    headers,
    body: bytes.subarray(0, bytesMax),
    truncated: bytes.length > bytesMax,
    timings: TIMINGS,
  };
};

type Options = {
  hub?: Partial<HubSettings>;
  settings?: Partial<Settings>;
  /** What becomes of subscriptions is published as events. */
  announces?: boolean;
};

const settingsOf = (options: Options): Settings => ({
  baseUrl: "https://hub.example",
  contentBytesMax: 1024 * 1024,
  leaseSeconds: 864_000,
  hub: {
    leaseSecondsMin: 300,
    leaseSecondsMax: 2_592_000,
    signature: "sha256",
    pendingPerHostMax: 50,
    verifyEvents: true,
    openEvents: true,
    policy: {},
    ...options.hub,
  },
  ...options.settings,
});

export type TestHub = ReturnType<typeof createTestHub>;

export function createTestHub(options: Options = {}) {
  const documents = createMemoryDocuments();
  const base: TestEngine = createTestEngine();
  const { clock } = base;
  const seen: Seen[] = [];
  const peers = new Map<string, Peer>();
  const events: WebSubEvent[] = [];
  const told: Message[] = [];
  const random = seededRandom(7);
  let count = 0;

  const web: WebClient = {
    egress: parseEgressPolicy({ allow: [] }),
    async send(request) {
      const at = clock.now();
      const one: Seen = { ...request, at, query: new URL(request.url).searchParams };
      seen.push(one);
      const [place = ""] = request.url.split(/[?#]/, 1);
      const peer = peers.get(place);
      const reply = peer === undefined ? unreachable("refused") : await peer(one);
      return "kind" in reply ? reply : answerOf(reply, request.answerBytesMax);
    },
  };
  const settings = settingsOf(options);
  const world: World = {
    ...{ documents, web, clock, settings, random },
    tasks: {
      register: (task) => register(engine, task),
      registerMany: (tasks) => registerMany(engine, tasks),
      delete: async (key) => base.stores.tasks.remove(key),
      fetch: async () => ({ items: [], lastEvaluatedKey: null }),
      retryMany: async () => ({ count: 0, lastEvaluatedKey: null }),
    },
    randomBytes: (size) => Uint8Array.from({ length: size }, () => Math.floor(random() * 256)),
    newId: () => `id-${++count}`,
    emit: (event) => events.push(event),
  };
  const dotted: Events = makeEvents(world);
  const sink = {
    async accept(messages: readonly Message[]) {
      told.push(...messages);
      return { accepted: messages.length };
    },
  };
  const hub: Hub = makeHub(world, options.announces ? { sink, publisher: dotted } : { sink });
  const engine = base.sibling({ handlers: new Map(hub.handlers.map((one) => [one.kind, one])) });

  /** Runs everything that is due, and what follows from it at once. */
  const run = async (): Promise<void> => {
    while ((await trigger(engine)).processed > 0);
  };

  return {
    ...{ documents, engine, clock, seen, peers, events, told, world, hub, dotted, stores: base.stores },
    run,
    /** Lets time pass, step by step, with all that becomes due in it. */
    async pass(ms: number, stepMs = ms) {
      for (let done = 0; done < ms; done += stepMs) {
        await clock.advance(Math.min(stepMs, ms - done));
        await run();
      }
    },
    post: (fields: Record<string, string> | [string, string][], namespace = "app"): Promise<WebReply> =>
      hub.request({ namespace, contentType: FORM, body: formOf(fields) }),
    /** Requests that reached this callback or topic, oldest first. */
    at: (place: string, method?: string) =>
      seen.filter(
        (one) => one.url.split(/[?#]/, 1)[0] === place && (method === undefined || one.method === method),
      ),
    taskIds: (prefix: string): string[] =>
      base.stores
        .dump()
        .tasks.map(({ id }) => id)
        .filter((id) => id.startsWith(prefix)),
  };
}

export const FORM = "application/x-www-form-urlencoded";
export const formOf = (fields: Record<string, string> | [string, string][]): Uint8Array =>
  Buffer.from(new URLSearchParams(fields).toString());

export const TOPIC = "https://pub.example/feed";
export const CALLBACK = "https://sub.example/cb";

export const subscription = (more: Record<string, string> = {}): Record<string, string> => ({
  "hub.mode": "subscribe",
  "hub.topic": TOPIC,
  "hub.callback": CALLBACK,
  ...more,
});
