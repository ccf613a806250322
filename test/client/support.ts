// The library twice, on databases of their own: once by itself, once behind the API and its client.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import { createApi } from "@hookclock/api";
import { type HooksLike, RemoteHooks } from "@hookclock/client";
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import Hooks, {
  type ApiState,
  createApiState,
  isHookclockError,
  type NewApiKey,
  type WebSub,
} from "hookclock";

/** A clock that stands still until it is moved, so that two worlds can show the same instants. */
export type StillClock = {
  now(): number;
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  move(ms: number): void;
};

export function stillClock(): StillClock {
  let now = Date.UTC(2030, 0, 31, 12);
  return {
    now: () => now,
    monotonic: () => performance.now(),
    // Waits are real: one that ended early would end a budget early.
    sleep: (ms, signal) =>
      delay(Math.min(ms, 2 ** 31 - 1), undefined, signal ? { signal } : {}).catch(() => undefined),
    move(ms) {
      now += ms;
    },
  };
}

/** A row of ids. */
export const counter = (): (() => string) => {
  let count = 0;
  return () => {
    count += 1;
    return `id-${String(count).padStart(6, "0")}`;
  };
};

let opened = 0;

/** The library on tables of its own, with its own row of ids. */
export function openLibrary(endpoint: string, clock: StillClock): Hooks {
  opened += 1;
  return new Hooks(
    {
      endpoint,
      tasksTableName: `tasks-${opened}`,
      logsTableName: `logs-${opened}`,
      createTable: true,
      egress: { allow: ["127.0.0.1"] },
    },
    { clock, random: () => 0.5, newId: counter() },
  );
}

export type ServedApi = AsyncDisposable & {
  url: string;
  hooks: Hooks;
  state: ApiState;
  /** The token of another key. */
  keyFor(key?: Partial<NewApiKey>): Promise<string>;
  /** Another key, and a client that uses it. */
  clientFor(key?: Partial<NewApiKey>): Promise<RemoteHooks>;
};

/** The library behind its API, on a port of loopback. */
export async function serveApi(
  endpoint: string,
  clock: StillClock,
  { hooks = openLibrary(endpoint, clock), websub }: { hooks?: Hooks; websub?: WebSub } = {},
): Promise<ServedApi> {
  const state = createApiState({ endpoint, apiTableName: `api-${opened}`, createTable: true }, { clock });
  const { keys, idempotency, cursorSecret } = state;
  const api = createApi({
    ...{ hooks, keys, idempotency, cursorSecret, version: "1.2.3", clock, newId: counter() },
    log: { request() {}, error() {} },
    ...(websub === undefined ? {} : { websub }),
  });
  const server = createServer((request, response) => void listener(request, response));
  const listener = getRequestListener((request) => api.fetch(request), { overrideGlobalObjects: false });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: RemoteHooks[] = [];
  const keyFor = async (key: Partial<NewApiKey> = {}): Promise<string> =>
    (await keys.create({ name: "test", namespaces: ["*"], permission: "admin", ...key })).token;
  return {
    ...{ url, hooks, state, keyFor },
    async clientFor(key = {}) {
      const token = await keyFor(key);
      const room = { now: clock.now, sleep: clock.sleep, newId: counter() };
      // The row of idempotency keys begins anew with each client, which is a key of the API of its own.
      const client = new RemoteHooks({ url, key: token }, room);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      server.close();
      await Promise.all([hooks.close(), state.close()]);
    },
  };
}

export type Worlds = AsyncDisposable & {
  clock: StillClock;
  both: readonly [HooksLike, HooksLike];
  served: ServedApi;
};

export async function openWorlds(): Promise<Worlds> {
  const clock = stillClock();
  const database: LocalDatabase = await startDynalite();
  const direct = openLibrary(database.endpoint, clock);
  const served = await serveApi(database.endpoint, clock);
  const remote = await served.clientFor();
  return {
    ...{ clock, served, both: [direct, remote] as const },
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await direct.close();
      await database.stop();
    },
  };
}

/** What a call came to: its value, or its error as callers see it. */
export async function outcomeOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: comparable(await work()) };
  } catch (error) {
    if (!isHookclockError(error)) throw error;
    const { code, message, field, allowed } = error;
    return { error: { code, message, field, allowed } };
  }
}

/** Without what two runs never share: how long things took, when a receiver answered, where an API's cursor points. */
function comparable(value: unknown): unknown {
  if (isHookclockError(value)) {
    const { code, message, field, allowed } = value;
    return { code, message, field, allowed };
  }
  if (Array.isArray(value)) return value.map(comparable);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !["timings", "date", "cursor", "position"].includes(name))
      .map(([name, inner]) => [name, comparable(inner)]),
  );
}
