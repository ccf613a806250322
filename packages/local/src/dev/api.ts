// The HTTP API of a local instance: its state on the embedded database, its key, its log, its server.
import { randomUUID } from "node:crypto";
import { createApi } from "@hookclock/api";
import { type ApiState, createApiState, type Hooks, type WebSub } from "hookclock";
import type { Answered } from "../api/exchanges.ts";
import { apiKeyFile, type LocalKey, localKey } from "../api/key-file.ts";
import { type LocalRequestLog, openRequestLog, requestLogFile } from "../api/request-log.ts";
import type { Emit } from "../events.ts";
import type { Door } from "./door.ts";

export type LocalApiOptions = {
  dataDir: string;
  /** Keep nothing: no log of requests, and the key ends with this process. */
  memory: boolean;
  apiTableName: string;
  version: string;
};

export type LocalApiRoom = {
  /** Of the database. */
  endpoint: string;
  /** Where it is served; closed along with it. */
  door: Door;
  hooks: Hooks;
  webSub: WebSub;
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs when the process ends by any way that leaves it a last word. */
  onExit(work: () => void): void;
  emit: Emit;
};

export type LocalApi = {
  url: string;
  keyFile: string;
  /** The token, if it was made just now. */
  newKey: string | null;
  logFile: string | null;
  /** Takes no more requests and finishes those that run. Safe to call twice. */
  stop(): Promise<void>;
  /** Stops, and lets go of what it holds. */
  close(): Promise<void>;
};

/** Asked every few seconds by whoever watches over a process: no news for a screen. */
const PROBES: readonly string[] = ["/health", "/ready"];

/**
 * Serves the API; it answers when the promise resolves.
 *
 * @throws LocalError `data-unusable` when key or log cannot be written.
 */
export async function openApi(options: LocalApiOptions, room: LocalApiRoom): Promise<LocalApi> {
  const { endpoint, door, now, emit } = room;
  const { dataDir, memory, apiTableName } = options;
  const state = createApiState({ endpoint, apiTableName, createTable: true }, { databaseTime: false });
  let key: LocalKey | null = null;
  const letGo = async () => {
    key?.release();
    await state.close();
  };
  try {
    await state.ready();
    key = await localKey(state.keys, dataDir, memory);
    room.onExit(key.release);
    const onFault = (error: unknown) => emit({ type: "error", ...faultOf(error) });
    const log = memory ? null : openRequestLog(dataDir, now, onFault);
    serve(options.version, room, { state, log });
    return {
      url: door.url,
      keyFile: apiKeyFile(dataDir),
      newKey: key.isNew ? key.token : null,
      logFile: memory ? null : requestLogFile(dataDir),
      stop: () => door.stop(),
      async close() {
        await door.stop();
        await letGo();
      },
    };
  } catch (error) {
    await letGo();
    throw error;
  }
}

type Parts = { state: ApiState; log: LocalRequestLog | null };

function serve(
  version: string,
  { door, hooks, webSub: websub, now, sleep, emit }: LocalApiRoom,
  { state, log }: Parts,
): void {
  const { keys, idempotency, cursorSecret } = state;
  const api = createApi({
    ...{ hooks, websub, keys, idempotency, cursorSecret, version },
    clock: { now, sleep },
    newId: randomUUID,
    log: log ?? { request() {}, error() {} },
    checkOwnTables: async () => (await Promise.all([state.checkTable(), websub.checkTable()])).flat(),
  });
  const onAnswered = (answered: Answered) => {
    const { byApi, ...request } = answered;
    if (!byApi) log?.unanswered(answered);
    if (!PROBES.includes(request.path)) emit({ type: "request", ...request });
  };
  door.open((request) => api.fetch(request), onAnswered);
}

const faultOf = (error: unknown) => ({
  where: "api.log",
  code: "log-unwritable",
  message: `requests are not logged any more: ${error instanceof Error ? error.message : String(error)}`,
});
