// The HTTP API as it is served, on a database of its own: library, keys, records and cursors are the real ones.

import { type ApiDependencies, createApi } from "@hookclock/api";
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import Hooks, {
  type ApiKey,
  type ApiState,
  createApiState,
  createWebSub,
  type NewApiKey,
  type WebSub,
} from "hookclock";

export type ServedApi = AsyncDisposable & {
  fetch(request: Request): Promise<Response>;
  hooks: Hooks;
  state: ApiState;
  webSub: WebSub;
  /** Faults that were logged; there should be none. */
  faults: unknown[];
  makeKey(key: Partial<NewApiKey>): Promise<{ key: ApiKey; token: string }>;
};

/** Resolves after `ms`, or when the signal aborts. */
const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end, { once: true });
  });

/** `wrap`: puts something between the API and the library. */
export async function serveApi(
  more: Partial<ApiDependencies> = {},
  wrap: (hooks: Hooks) => ApiDependencies["hooks"] = (hooks) => hooks,
): Promise<ServedApi> {
  const database: LocalDatabase = await startDynalite();
  const { endpoint } = database;
  const egress = { allow: ["127.0.0.1"] };
  const webSub = createWebSub({ endpoint, createTable: true, baseUrl: "http://127.0.0.1:9", egress });
  const hooks = new Hooks({
    ...{ endpoint, tasksTableName: "api-tasks", logsTableName: "api-logs", createTable: true, egress },
    handlers: webSub.attach,
  });
  const state = createApiState({ endpoint, createTable: true });
  const faults: unknown[] = [];
  let requests = 0;
  const app = createApi({
    ...{
      hooks: wrap(hooks),
      websub: webSub,
      keys: state.keys,
      idempotency: state.idempotency,
      version: "1.2.3",
    },
    cursorSecret: state.cursorSecret,
    clock: { now: () => Date.now(), sleep },
    newId: () => {
      requests += 1;
      return `request-${requests}`;
    },
    log: { request: () => {}, error: (entry) => faults.push(entry) },
    ...more,
  });
  return {
    ...{ hooks, state, webSub, faults },
    fetch: async (request) => app.fetch(request),
    makeKey: (key) => state.keys.create({ name: "test", namespaces: ["app"], permission: "write", ...key }),
    async [Symbol.asyncDispose]() {
      await hooks.close();
      await webSub.close();
      await state.close();
      await database.stop();
    },
  };
}
