// The API over the library on a database in memory, with a state of its own that tests can look into.

import type { OpenAPIHono } from "@hono/zod-openapi";
import { type LocalDatabase, startDynalite } from "@hookclock/testkit";
import Hooks, {
  type ApiKey,
  type ApiKeys,
  type HooksOptions,
  type IdempotencyRecords,
  type NewApiKey,
  type StoredAnswer,
} from "hookclock";
import { createApi } from "./app.ts";
import type { ApiDependencies, ErrorEntry, RequestEntry } from "./ports.ts";

/** Keys in memory; tokens are kept as they are. */
export function memoryKeys(): ApiKeys {
  const kept = new Map<string, ApiKey>();
  return {
    async create({ name, namespaces, permission, expiresDate }: NewApiKey) {
      const id = (kept.size + 1).toString(16).padStart(16, "0");
      const key: ApiKey = {
        ...{ id, name, namespaces: [...namespaces], permission, createdDate: "2030-01-01T00:00:00.000Z" },
        expiresDate: expiresDate ? new Date(expiresDate).toISOString() : null,
        revokedDate: null,
      };
      const token = `hc_${id}_${"s".repeat(43)}`;
      kept.set(token, key);
      return { key, token };
    },
    list: async () => [...kept.values()],
    async revoke(id) {
      const key = [...kept.values()].find((one) => one.id === id);
      if (key) key.revokedDate ??= "2030-01-02T00:00:00.000Z";
      return key ?? null;
    },
    async verify(token) {
      const key = kept.get(token);
      return key === undefined || key.revokedDate !== null ? null : key;
    },
  };
}

export type MemoryRecords = IdempotencyRecords & {
  /** Everything that was kept, by the caller's key. */
  answers: Map<string, StoredAnswer>;
};

export function memoryRecords(): MemoryRecords {
  const running = new Map<string, { fingerprint: string; key: string; answer: StoredAnswer | null }>();
  const answers = new Map<string, StoredAnswer>();
  return {
    answers,
    async begin({ scope, key, fingerprint }) {
      const token = JSON.stringify([scope, key]);
      const record = running.get(token);
      if (record === undefined) {
        running.set(token, { fingerprint, key, answer: null });
        return { state: "new", token };
      }
      if (record.fingerprint !== fingerprint) return { state: "mismatch" };
      return record.answer ? { state: "done", answer: record.answer } : { state: "in-progress" };
    },
    async finish(token, answer) {
      const record = running.get(token);
      if (record === undefined) return false;
      record.answer = answer;
      answers.set(record.key, answer);
      return true;
    },
    async abandon(token) {
      running.delete(token);
    },
  };
}

export type TestApi = {
  app: OpenAPIHono;
  deps: ApiDependencies;
  hooks: Hooks;
  records: MemoryRecords;
  requests: RequestEntry[];
  errors: ErrorEntry[];
  /** A token of a new key. */
  tokenFor(key: Partial<NewApiKey>): Promise<string>;
  close(): Promise<void>;
};

let opened = 0;

/** An API on tables of its own. */
export async function openApi(
  endpoint: string,
  more: Partial<ApiDependencies> = {},
  options: Partial<HooksOptions> = {},
): Promise<TestApi> {
  opened += 1;
  const hooks = new Hooks({
    endpoint,
    tasksTableName: `api-tasks-${process.pid}-${opened}`,
    logsTableName: `api-logs-${process.pid}-${opened}`,
    createTable: true,
    egress: { allow: ["127.0.0.1"] },
    ...options,
  });
  const [requests, errors]: [RequestEntry[], ErrorEntry[]] = [[], []];
  const records = memoryRecords();
  let ids = 0;
  const deps: ApiDependencies = {
    ...{ hooks, keys: memoryKeys(), idempotency: records, version: "1.2.3" },
    cursorSecret: async () => new Uint8Array(32).fill(7),
    clock: { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    newId: () => {
      ids += 1;
      return `request-${ids}`;
    },
    log: { request: (entry) => requests.push(entry), error: (entry) => errors.push(entry) },
    ...more,
  };
  const tokenFor = async (key: Partial<NewApiKey>) =>
    (await deps.keys.create({ name: "test", namespaces: ["app"], permission: "write", ...key })).token;
  const app = createApi(deps);
  return { app, deps, hooks, records, requests, errors, tokenFor, close: () => hooks.close() };
}

export type Asked = {
  method?: string;
  token?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
};
export type Answered = { status: number; headers: Headers; text: string; body: Body };
/** What tests read of an answer; a field that is not there is undefined and fails what is expected of it. */
type Body = Record<string, unknown>;

/** Asks an app; a body that is a text is sent as it is. */
export async function ask(
  app: { fetch(request: Request): Response | Promise<Response> },
  path: string,
  { method, token, body, headers = {} }: Asked = {},
): Promise<Answered> {
  const init: RequestInit = {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
  };
  if (typeof body === "string" || body instanceof Uint8Array) init.body = body;
  else if (body !== undefined) init.body = JSON.stringify(body);
  const response = await app.fetch(new Request(`http://api.test${path}`, init));
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const parsed = isJson && text !== "" ? (JSON.parse(text) as Body) : {};
  return { status: response.status, headers: response.headers, text, body: parsed };
}

export { type LocalDatabase, startDynalite };
