import {
  type ApiKey,
  check,
  isKeyId,
  isoOf,
  parseUpdate,
  type RegisterInput,
  type Task,
  type TaskKey,
  type UpdateInput,
} from "@hookclock/core";
import type {
  ApiKeys,
  DryrunInput,
  DryrunResult,
  FetchInput,
  FetchResult,
  LogsInput,
  LogsResult,
  ManyInput,
  ManyResult,
  RegisterOutcome,
  Stats,
  TableProblem,
  TriggerOptions,
  TriggerResult,
} from "hookclock";
import { answers, read } from "./answers.ts";
import { moveMany, rescheduleMany } from "./bulk.ts";
import { type Call, Connection } from "./connection.ts";
import type { HooksLike } from "./hooks-like.ts";
import { checkKey, schemas } from "./inputs.ts";
import { dryrun, fetchLogs, fetchTasks, inNamespace } from "./lists.ts";
import { type LogStreamInput, type StreamedLog, streamLogs } from "./log-stream.ts";
import { checkOptions, type RemoteOptions } from "./options.ts";
import { isMissing } from "./problem.ts";
import { bodyOf, type RegisterManyOptions, registerMany } from "./register-many.ts";
import type { Room } from "./room.ts";
import { trigger } from "./trigger.ts";

type Moved = ManyResult<TaskKey>;

/** The keys of an API, as a key with permission `admin` sees them: those within its own namespaces. */
export type RemoteKeys = Pick<ApiKeys, "create" | "list" | "revoke">;

/**
 * The calls of class `Hooks`, over the HTTP API of a deployment. All methods reject with a `HookclockError`: the API's
 * own codes, and `api-unreachable` when it does not answer, or something else does.
 */
export class RemoteHooks implements HooksLike {
  readonly #connection: Connection;
  readonly #room: Room;
  readonly keys: RemoteKeys;

  /** Throws `invalid-input` for an address or a key that cannot be used, plain http to another machine included. */
  constructor(options: RemoteOptions, room: Room) {
    const connection = new Connection(checkOptions(options), room);
    this.#connection = connection;
    this.#room = room;
    this.keys = keysOver(connection);
  }

  /** The address of the API, for people. */
  get where(): string {
    return this.#connection.where;
  }

  /** Resolves when the API answers and knows the key. */
  async ready(): Promise<void> {
    await this.me();
  }

  /** What the key in use may do. */
  async me(): Promise<ApiKey> {
    const { document } = await this.#connection.call({ method: "GET", path: ["v1", "me"] });
    return read(answers.me, document, "who am I").key;
  }

  async checkTables(): Promise<TableProblem[]> {
    const { document } = await this.#connection.call({ method: "GET", path: ["v1", "system", "tables"] });
    return read(answers.tables, document, "the state of the tables").problems;
  }

  async growShards(shards: number): Promise<void> {
    await this.#connection.call({ method: "POST", path: ["v1", "system", "shards"], body: { shards } });
  }

  async register(task: RegisterInput): Promise<Task> {
    const { namespace, body } = bodyOf(task);
    const path = [...inNamespace(namespace), "tasks"];
    return this.#task({ method: "POST", path, body });
  }

  registerMany(
    tasks: readonly RegisterInput[],
    options: RegisterManyOptions = {},
  ): Promise<RegisterOutcome[]> {
    return registerMany(this.#connection, tasks, options);
  }

  /** Works in slices of seconds: after an abort it ends with the one that is under way. */
  trigger(options: TriggerOptions = {}): Promise<TriggerResult> {
    return trigger(this.#connection, this.#room, options);
  }

  triggerDryrun(input: DryrunInput = {}): Promise<DryrunResult> {
    return dryrun(this.#connection, input);
  }

  async get(key: TaskKey): Promise<Task | null> {
    return this.#orNull({ method: "GET", path: pathOf(key) });
  }

  /** As the library's; `lastEvaluatedKey` holds the API's cursor and is good for the same query on the same API. */
  fetch(input: FetchInput): Promise<FetchResult> {
    return fetchTasks(this.#connection, input);
  }

  fetchLogs(input: LogsInput): Promise<LogsResult> {
    return fetchLogs(this.#connection, input);
  }

  /** Execution logs as they are written, without end until the signal aborts. */
  logStream(input: LogStreamInput): AsyncGenerator<StreamedLog, void, undefined> {
    return streamLogs(this.#connection, this.#room, input);
  }

  async stats(input: { namespace: string }): Promise<Stats> {
    const { namespace } = check(schemas.namespace, input, "stats");
    const { document } = await this.#connection.call({
      method: "GET",
      path: [...inNamespace(namespace), "stats"],
    });
    return read(answers.stats, document, "the counts");
  }

  async update(input: UpdateInput): Promise<Task | null> {
    const { namespace, id } = parseUpdate(input);
    const { namespace: _namespace, id: _id, ...body } = input;
    return this.#orNull({ method: "PATCH", path: pathOf({ namespace, id }), body });
  }

  async reschedule(input: TaskKey & { scheduledDate: string | Date }): Promise<Task | null> {
    const { scheduledDate, ...key } = check(schemas.reschedule, input, "reschedule");
    const body = { scheduledDate: isoOf(scheduledDate) };
    return this.#orNull({ method: "POST", path: [...pathOf(key), "reschedule"], body });
  }

  async delete(key: TaskKey): Promise<Task | null> {
    return this.#orNull({ method: "DELETE", path: pathOf(key) });
  }

  suspend(key: TaskKey): Promise<Task | null> {
    return this.#move(key, "suspend");
  }

  unsuspend(key: TaskKey): Promise<Task | null> {
    return this.#move(key, "unsuspend");
  }

  runNow(key: TaskKey): Promise<Task | null> {
    return this.#move(key, "run");
  }

  retry(key: TaskKey): Promise<Task | null> {
    return this.#move(key, "retry");
  }

  suspendMany(input: ManyInput): Promise<Moved> {
    return moveMany(this.#connection, "suspend", input, "suspendMany");
  }

  unsuspendMany(input: ManyInput): Promise<Moved> {
    return moveMany(this.#connection, "unsuspend", input, "unsuspendMany");
  }

  retryMany(input: ManyInput): Promise<Moved> {
    return moveMany(this.#connection, "retry", input, "retryMany");
  }

  runNowMany(input: ManyInput): Promise<Moved> {
    return moveMany(this.#connection, "run", input, "runNowMany");
  }

  rescheduleMany(input: ManyInput & { scheduledDate: string | Date }): Promise<Moved> {
    return rescheduleMany(this.#connection, input);
  }

  /** Deletes every task of the filter and returns their keys. Without a filter it needs a key with `admin`. */
  deleteMany(input: ManyInput): Promise<Moved> {
    return moveMany(this.#connection, "delete", input, "deleteMany");
  }

  async clear(
    namespace: string,
    options: { onProgress?: (progress: { seen: number; changed: number }) => void } = {},
  ): Promise<{ count: number }> {
    const { onProgress } = check(schemas.clear, options, "clear");
    const { count } = await this.deleteMany({
      namespace,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    return { count };
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#connection.close();
  }

  async #move(key: TaskKey, move: string): Promise<Task | null> {
    return this.#orNull({ method: "POST", path: [...pathOf(key), move] });
  }

  async #task(call: Call): Promise<Task> {
    const { document } = await this.#connection.call(call);
    return read(answers.task, document, "a task");
  }

  async #orNull(call: Call): Promise<Task | null> {
    try {
      return await this.#task(call);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }
}

function pathOf(key: TaskKey): string[] {
  const { namespace, id } = checkKey(key);
  return [...inNamespace(namespace), "tasks", id];
}

function keysOver(connection: Connection): RemoteKeys {
  return {
    async create(input) {
      // The token is in one answer only, and no repetition of the request would bring it back.
      const { document } = await connection.call({
        method: "POST",
        path: ["v1", "keys"],
        body: input,
        once: true,
      });
      return read(answers.newKey, document, "a new key");
    },
    async list() {
      const { document } = await connection.call({ method: "GET", path: ["v1", "keys"] });
      return read(answers.keys, document, "the list of keys").items;
    },
    async revoke(id) {
      // No key has an id of another form; and a whole token, given by mistake, must not get into addresses and their logs.
      if (!isKeyId(id)) return null;
      try {
        const { document } = await connection.call({ method: "DELETE", path: ["v1", "keys", id] });
        return read(answers.key, document, "a revoked key");
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
  };
}
