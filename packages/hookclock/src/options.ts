// What the constructor takes, as one schema.
import { check, DEFAULTS, LIMITS } from "@hookclock/core";
import type { EngineEvent, Handler } from "@hookclock/engine";
import type { Capacity } from "@hookclock/store-dynamodb";
import type { SecretsOf } from "@hookclock/transport-http";
import * as z from "zod";
import { type ConnectionOptions, checkConnection, connectionFields, tableName } from "./connection.ts";

const text = z.string().min(1).max(2048);
const whole = (min: number, max: number) => z.number().int().min(min).max(max);
const isFunction = (value: unknown) => typeof value === "function";

/** Makes the handlers for whoever will run them. */
export type HandlersOf<Self> = (hooks: Self) => readonly Handler[];

const handlerList = z.array(
  z.custom<Handler>(
    (value) => typeof (value as Handler | null)?.kind === "string" && isFunction((value as Handler).run),
    "an object with kind and run",
  ),
);

const schema = z.strictObject({
  ...connectionFields,
  tasksTableName: tableName,
  logsTableName: tableName,
  createTable: z.boolean().default(false),
  concurrency: whole(1, LIMITS.concurrencyMax).default(DEFAULTS.concurrency),
  hostConcurrency: whole(1, LIMITS.concurrencyMax).optional(),
  maxErrors: whole(0, Number.MAX_SAFE_INTEGER).default(DEFAULTS.maxErrors),
  logsTtlInSeconds: whole(1, LIMITS.logsTtlSecondsMax).default(DEFAULTS.logsTtlInSeconds),
  claimMs: whole(LIMITS.claimMsMin, LIMITS.claimMsMax).default(DEFAULTS.claimMs),
  shards: whole(1, LIMITS.shardsMax).optional(),
  responseBodyBytes: whole(0, LIMITS.responseBodyBytes).default(LIMITS.responseBodyBytes),
  egress: z.strictObject({ allow: z.array(text).default([]) }).default({ allow: [] }),
  signing: z
    .strictObject({
      secrets: z.custom<SecretsOf | string[]>(
        (value) =>
          isFunction(value) || (Array.isArray(value) && value.every((one) => typeof one === "string")),
        "a list of secrets, or a function that returns them for a task",
      ),
    })
    .optional(),
  handlers: z
    .custom<readonly Handler[] | HandlersOf<object>>(
      (value) => isFunction(value) || Array.isArray(value),
      "a list of handlers, or a function that returns one",
    )
    .default([]),
  onEvent: z.custom<(event: EngineEvent) => void>(isFunction, "a function").optional(),
  onCapacity: z.custom<(used: Capacity) => void>(isFunction, "a function").optional(),
});

/** Only the table names are needed; everything else has a default. `Self`: the class these options are for. */
export type OptionsFor<Self> = ConnectionOptions & {
  tasksTableName: string;
  logsTableName: string;
  /** Create both tables, with indexes and TTL, if they are missing; the first call waits for them. Default false. */
  createTable?: boolean;
  /** Attempts in flight in this process, at most. Default 25. */
  concurrency?: number;
  /** Attempts in flight to one host, at most. Default half of `concurrency`. */
  hostConcurrency?: number;
  /** Failed occurrences in a row after which a recurring task is FAILED; 0 = never. Default 5. */
  maxErrors?: number;
  /** How long an execution log lives, seconds. Default 90 days. */
  logsTtlInSeconds?: number;
  /** Length of a claim, ms: after a crash a task runs again within this time. Default 60,000. */
  claimMs?: number;
  /** Shards of the due index when this call creates the tables. Default 8. */
  shards?: number;
  /** Bytes of an answer's body that its execution log keeps. Default and most 65,536. */
  responseBodyBytes?: number;
  /** Private destinations that may be called: CIDR ranges, addresses or host names. Default none. */
  egress?: { allow?: string[] };
  /** Secrets that sign each attempt as Standard Webhooks says: one, or several while they rotate. */
  signing?: { secrets: string[] | SecretsOf };
  /**
   * Handlers of further kinds of tasks. A function is called once, by the constructor, with the instance it makes: for
   * handlers that register tasks themselves. It may keep the instance, and must not call it before it is made.
   */
  handlers?: readonly Handler[] | HandlersOf<Self>;
  /** Told of every attempt, lost claim and error, as they happen. What it throws is ignored. */
  onEvent?: (event: EngineEvent) => void;
  /**
   * Told what each request used of the database's capacity. Asking for it costs a few percent; a `client` of your own
   * is asked for its other requests as well. What it throws is ignored.
   */
  onCapacity?: (used: Capacity) => void;
};

export type CheckedOptions = z.output<typeof schema> & { hostConcurrency: number };

export function checkOptions(options: unknown): CheckedOptions {
  const checked = check(schema, options, "options");
  checkConnection(checked);
  return {
    ...checked,
    hostConcurrency: checked.hostConcurrency ?? Math.max(1, Math.ceil(checked.concurrency / 2)),
  };
}

/** Every one of them must be a handler, whether given or returned by a function. */
export const checkHandlers = (handlers: unknown): readonly Handler[] =>
  check(z.strictObject({ handlers: handlerList }), { handlers }, "options").handlers;
