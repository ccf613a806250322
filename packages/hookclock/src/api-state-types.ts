// What the HTTP API keeps in its own table, as its users see it.
import type { ApiKey, IdempotentRequest, NewAnswer, NewApiKey, StoredAnswer } from "@hookclock/core";
import type { Clock } from "@hookclock/engine";
import type { TableProblem } from "@hookclock/store-dynamodb";
import type { ConnectionOptions } from "./connection.ts";

/** Every field has a default; the connection is given as for `Hooks`. */
export type ApiStateOptions = ConnectionOptions & {
  /** Default `hookclock-api`. */
  apiTableName?: string;
  /** Create the table, with TTL, if it is missing; the first call waits for it. Default false. */
  createTable?: boolean;
};

/** Time and chance, for tests. */
export type ApiStateSeams = {
  clock?: Clock;
  /** Correct the clock by the database's, from the dates of its answers. Default: only if `clock` is not given. */
  databaseTime?: boolean;
  /** As many random bytes as asked for, fit for secrets. */
  randomBytes?: (size: number) => Uint8Array;
};

/** Keys of the HTTP API. */
export type ApiKeys = {
  /** Makes a key. The token is in this answer and nowhere else: only its hash is kept. */
  create(key: NewApiKey): Promise<CreatedApiKey>;
  /** All keys, oldest first; revoked and expired ones stay for 30 days. */
  list(): Promise<ApiKey[]>;
  /** Ends a key and returns it; null if there is none. One that was revoked already is returned as it is. */
  revoke(id: string): Promise<ApiKey | null>;
  /**
   * The key of a token; null if the token has not the right form, is unknown, revoked or expired. What the table says
   * is believed for ten seconds at most; what is revoked through this object counts at once.
   */
  verify(token: string): Promise<ApiKey | null>;
};
export type CreatedApiKey = { key: ApiKey; token: string };

/** What becomes of a request that carries an idempotency key. */
export type IdempotencyResult =
  /** Ours to answer: carry it out, then `finish` or `abandon` with the token. */
  | { state: "new"; token: IdempotencyToken }
  /** Somebody is at it. */
  | { state: "in-progress" }
  /** The key was used for something else. */
  | { state: "mismatch" }
  | { state: "done"; answer: StoredAnswer };

/** Stands for one request that is being carried out. Opaque. */
export type IdempotencyToken = string;

export type IdempotencyRecords = {
  /** Asks for a request to be ours. One left unfinished for 60 seconds is handed to the next who asks. */
  begin(request: IdempotentRequest): Promise<IdempotencyResult>;
  /**
   * Keeps the answer, 24 hours from the request on. False when the request was handed to somebody else meanwhile, who
   * then decides. An answer too large to be kept is replaced by a note that says so; its status is kept. Tokens of keys
   * in it are not kept.
   */
  finish(token: IdempotencyToken, answer: NewAnswer): Promise<boolean>;
  /** Forgets the request as if it had never been made; does nothing when it is not ours any more. */
  abandon(token: IdempotencyToken): Promise<void>;
};

/** The state of the HTTP API: keys, records of requests, the secret that signs cursors. */
export type ApiState = {
  keys: ApiKeys;
  idempotency: IdempotencyRecords;
  /** 32 random bytes, made once for the table and the same for all who use it. */
  cursorSecret(): Promise<Uint8Array>;
  /** Resolves when the table is there and fits; creates it first with `createTable`. Every call waits for it. */
  ready(): Promise<void>;
  /** What is wrong with the table; empty when it fits. Writes nothing. */
  checkTable(): Promise<TableProblem[]>;
  close(): Promise<void>;
};
