// What the HTTP API needs from the outside. It reads no clock, no chance and no environment of its own.
import type { ApiKeys, Hooks, IdempotencyRecords, TableProblem, WebSub } from "hookclock";

/** The part of the library that the API serves. */
export type ApiHooks = Pick<
  Hooks,
  | "checkTables"
  | "delete"
  | "fetch"
  | "fetchLogs"
  | "get"
  | "growShards"
  | "registerMany"
  | "reschedule"
  | "retry"
  | "runNow"
  | "stats"
  | "suspend"
  | "trigger"
  | "triggerDryrun"
  | "unsuspend"
  | "deleteMany"
  | "rescheduleMany"
  | "retryMany"
  | "runNowMany"
  | "suspendMany"
  | "unsuspendMany"
  | "update"
>;

/** One line of the log for each request. Never holds a token, a body or the value of a query parameter. */
export type RequestEntry = {
  requestId: string;
  method: string;
  /** The pattern of the route, such as `/v1/namespaces/{namespace}/tasks`; null when none fits. */
  route: string | null;
  status: number;
  tookMs: number;
  keyId: string | null;
  namespace: string | null;
  /** Code of the problem that was answered; null when there was none. */
  code: string | null;
};

/** A fault of ours, or of what we stand on; the answer tells nothing of it but the request id. */
export type ErrorEntry = {
  requestId: string;
  method: string;
  route: string | null;
  code: string;
  name: string;
  message: string;
  stack: string | null;
};

export type RequestLog = {
  request(entry: RequestEntry): void;
  error(entry: ErrorEntry): void;
};

export type ApiClock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export type StreamOptions = {
  /** How long one stream of execution logs is held open, ms. */
  holdMs?: number;
  /** Ends a stream after its first logs: for servers that hand an answer over only when it is complete. */
  endAfterFirst?: boolean;
};

/** The part of WebSub that the API serves. */
export type ApiWebSub = Pick<WebSub, "consumers" | "contentBytesMax" | "events" | "hub" | "subscriptions">;

export type ApiDependencies = {
  hooks: ApiHooks;
  /** Left out, there is no WebSub here. */
  websub?: ApiWebSub;
  keys: ApiKeys;
  idempotency: IdempotencyRecords;
  /** 32 bytes, the same for everyone who serves this API: cursors are signed with it. */
  cursorSecret(): Promise<Uint8Array>;
  clock: ApiClock;
  /** A request id that nobody else has: 1 to 128 of A-Z a-z 0-9 . _ - */
  newId(): string;
  log: RequestLog;
  /** Of the product, for the OpenAPI document. */
  version: string;
  /** What is wrong with the tables beside those of the hooks: keys and records of the API, the state of WebSub. */
  checkOwnTables?(): Promise<TableProblem[]>;
  stream?: StreamOptions;
};
