import {
  type HookclockError,
  parseEgressPolicy,
  parseSecret,
  type RegisterInput,
  type Status,
  type Task,
  type TaskKey,
  type TaskRow,
  toTask,
  type UpdateInput,
} from "@hookclock/core";
import {
  type BulkResult,
  type Clock,
  clear,
  deleteMany,
  deleteTask,
  type Engine,
  edit,
  MOVES,
  type Move,
  moveMany,
  type Random,
  type RunOptions,
  readTask,
  register,
  registerMany,
  rescheduleMany,
  rescheduleTask,
  runNowMany,
  runWorker,
  type Tally,
  type TriggerOptions,
  type TriggerResult,
  trigger,
  updateTask,
} from "@hookclock/engine";
import { createStores, type Stores, type TableProblem } from "@hookclock/store-dynamodb";
import { createHttpHandler, createHttpTransport, type HttpHandler } from "@hookclock/transport-http";
import { createDatabaseClock } from "./database-clock.ts";
import * as due from "./due-queries.ts";
import { handlersByKind } from "./handlers.ts";
import * as inputs from "./inputs.ts";
import { type CheckedOptions, checkOptions, type OptionsFor } from "./options.ts";
import * as queries from "./queries.ts";
import { type FetchInput, type FetchResult, fetchPages, type LogsInput, type LogsResult } from "./queries.ts";
import { quiet } from "./quiet.ts";
import { newId, random, systemClock } from "./system.ts";

export type ManyInput = inputs.TaskFilter & {
  /** Rows per step. Default 100. */
  chunkLimit?: number;
  /** Count what would change and change nothing. */
  dryRun?: boolean;
  /** Tasks looked at by this call, at most; `lastEvaluatedKey` then says where the next one goes on. Default: all. */
  limit?: number;
  startKey?: inputs.TaskStartKey | null;
  onProgress?: (progress: { seen: number; changed: number }) => void;
};
/** What was changed, or would be; `lastEvaluatedKey` is null when the filter is exhausted. */
export type ManyResult<Item> = { count: number; items: Item[]; lastEvaluatedKey: inputs.TaskStartKey | null };
export type RegisterOutcome =
  | { ok: true; task: Task; created: boolean }
  | { ok: false; error: HookclockError };
export type HooksOptions = OptionsFor<Hooks>;
/** Time and chance, for tests. */
export type Seams = {
  clock?: Clock;
  /** Correct the clock by the database's, from the dates of its answers. Default: only if `clock` is not given. */
  databaseTime?: boolean;
  random?: Random;
  newId?: () => string;
};

/**
 * Scheduled webhooks on DynamoDB. Every outbound call is a task row; `trigger` or `run` claim due rows and send them.
 * All methods reject with a `HookclockError` whose `code` is stable; bad input changes nothing.
 */
export class Hooks {
  readonly #options: CheckedOptions;
  readonly #engine: Engine;
  readonly #stores: Stores;
  readonly #http: HttpHandler;
  #whenReady: Promise<void> | null = null;

  constructor(options: HooksOptions, seams: Seams = {}) {
    this.#options = checkOptions(options);
    const base = seams.clock ?? systemClock;
    const databaseClock =
      (seams.databaseTime ?? seams.clock === undefined) ? createDatabaseClock(base) : null;
    const clock = databaseClock ?? base;
    const chance = seams.random ?? random;
    const { concurrency, hostConcurrency, maxErrors, claimMs, logsTtlInSeconds, signing } = this.#options;
    const egress = parseEgressPolicy(this.#options.egress);
    const transport = createHttpTransport({
      egress,
      clock,
      connectionsPerHost: hostConcurrency,
      responseBodyBytes: this.#options.responseBodyBytes,
    });
    const secrets = signing?.secrets;
    // A secret that cannot sign is refused here, not at the first attempt.
    if (Array.isArray(secrets)) for (const secret of secrets) parseSecret(secret, "signing.secrets");
    this.#http = createHttpHandler({
      transport,
      clock,
      ...(secrets === undefined ? {} : { secrets: Array.isArray(secrets) ? () => secrets : secrets }),
    });
    this.#stores = createStores({
      ...inputs.storeOptions(this.#options),
      onCapacity: this.#options.onCapacity && quiet(this.#options.onCapacity),
      sleep: (ms) => clock.sleep(ms),
      random: chance,
      ...(databaseClock ? { dates: { now: () => base.now(), onDate: databaseClock.learn } } : {}),
    });
    this.#engine = {
      tasks: this.#stores.tasks,
      logs: this.#stores.logs,
      leases: this.#stores.leases,
      clock,
      random: chance,
      newId: seams.newId ?? newId,
      handlers: handlersByKind(this.#http, this.#options.handlers, this),
      limits: { concurrency, laneConcurrency: hostConcurrency, maxErrors, claimMs, logsTtlInSeconds },
      emit: listener(this.#options.onEvent),
      dueSoon: new Set(),
    };
  }

  /** Resolves when both tables are there and fit; creates them first with `createTable`. Every call waits for it. */
  ready(): Promise<void> {
    const ensured =
      this.#whenReady ??
      this.#stores.tables.ensure({ create: this.#options.createTable }).catch((error: unknown) => {
        this.#whenReady = null;
        throw error;
      });
    this.#whenReady = ensured;
    return ensured;
  }

  /** What is wrong with the tables; empty when they fit. Writes nothing. */
  checkTables(): Promise<TableProblem[]> {
    return this.#stores.tables.check();
  }

  /** Spreads the due index over more shards; takes effect for new tasks after two minutes. */
  async growShards(shards: number): Promise<void> {
    await this.ready();
    await this.#stores.tables.growShards(shards, this.#engine.clock.now());
  }

  /**
   * Registers a task. With your own `id` it is idempotent: the same content gives the same task back,
   * other content rejects with `id-conflict`.
   */
  async register(task: RegisterInput): Promise<Task> {
    await this.ready();
    return toTask((await register(this.#engine, task)).task);
  }

  /** Registers many at once; each has its own result, in order. */
  async registerMany(
    tasks: readonly RegisterInput[],
    options: { onProgress?: (progress: { done: number; total: number }) => void } = {},
  ): Promise<RegisterOutcome[]> {
    const checked = inputs.checkRegisterMany(tasks, options);
    await this.ready();
    const results = await registerMany(this.#engine, Array.from(tasks), checked);
    return results.map((result) => (result.ok ? { ...result, task: toTask(result.task) } : result));
  }

  /**
   * Runs what is due, until nothing is or the budget ends; with `lookAheadMs` it also waits for what becomes due within
   * that time and fires it at its moment. Never rejects because one task is bad. `processed` counts attempts, `errors`
   * our own faults.
   */
  async trigger(options: TriggerOptions = {}): Promise<TriggerResult> {
    const checked = inputs.checkTrigger(options);
    this.#http.prepare();
    await this.ready();
    return trigger(this.#engine, checked);
  }

  /** What `trigger` would run, oldest first; writes nothing. */
  async triggerDryrun(input?: queries.DryrunInput): Promise<queries.DryrunResult> {
    await this.ready();
    return queries.dryrun(this.#engine, input);
  }

  /** When tasks become due next: the first moment of each shard and bucket, read from the due index alone. */
  async ahead(input: due.AheadInput): Promise<due.AheadResult> {
    await this.ready();
    return due.ahead(this.#engine, input);
  }

  /** How much is due now in each shard, counted up to a bound, and since when; read from the due index alone. */
  async backlog(input?: due.BacklogInput): Promise<due.BacklogResult> {
    await this.ready();
    return due.backlog(this.#engine, input);
  }

  /** The always-on worker: fires each task at its moment until the signal aborts, then drains. */
  async run(options: RunOptions): Promise<Tally> {
    const checked = inputs.checkRun(options);
    this.#http.prepare();
    await this.ready();
    return runWorker(this.#engine, checked);
  }

  /** One task, or null. Strongly consistent. */
  async get(key: TaskKey): Promise<Task | null> {
    const checked = inputs.checkKey(key);
    await this.ready();
    return orNull(await readTask(this.#engine, checked));
  }

  /** Tasks of a namespace by scheduled date, or by id with an id prefix. */
  async fetch(input: FetchInput): Promise<FetchResult> {
    await this.ready();
    return fetchPages(this.#engine, input);
  }

  /** Execution logs of a namespace by time, or of one task. */
  async fetchLogs(input: LogsInput): Promise<LogsResult> {
    await this.ready();
    return queries.fetchLogs(this.#engine, input);
  }

  /** Counts of a namespace: tasks by status, and what is overdue. */
  async stats(input: { namespace: string }): Promise<queries.Stats> {
    await this.ready();
    return queries.stats(this.#engine, input);
  }

  /** Changes what a task does and, with `scheduledDate`, when. Fields left out stay. Null if there is no such task. */
  async update(input: UpdateInput): Promise<Task | null> {
    await this.ready();
    return orNull(await updateTask(this.#engine, input));
  }

  /** Moves the next run to another time. */
  async reschedule(input: TaskKey & { scheduledDate: string | Date }): Promise<Task | null> {
    const { key, scheduledAt } = inputs.checkReschedule(input);
    await this.ready();
    return orNull(await rescheduleTask(this.#engine, key, scheduledAt));
  }

  /** Deletes a task and returns it; null if there was none. Its execution logs stay until their time is up. */
  async delete(key: TaskKey): Promise<Task | null> {
    const checked = inputs.checkKey(key);
    await this.ready();
    return orNull(await deleteTask(this.#engine, checked));
  }

  /** Takes a task out of the schedule until `unsuspend`. Null if there is none; `wrong-status` if it is finished. */
  suspend(key: TaskKey): Promise<Task | null> {
    return this.#move(key, MOVES.suspend);
  }

  /** Back on the schedule's grid; an occurrence whose time has passed is due at once. */
  unsuspend(key: TaskKey): Promise<Task | null> {
    return this.#move(key, MOVES.unsuspend);
  }

  /** Makes an ACTIVE task due now. A recurring one keeps its next time. */
  runNow(key: TaskKey): Promise<Task | null> {
    return this.#move(key, MOVES.runNow);
  }

  /** Brings a FAILED or DONE task back to ACTIVE, due now. */
  retry(key: TaskKey): Promise<Task | null> {
    return this.#move(key, MOVES.retry);
  }

  /** Suspends every ACTIVE or PROCESSING task of the filter; the others are left alone. */
  suspendMany(input: ManyInput): Promise<ManyResult<TaskKey>> {
    return this.#moveMany(input, MOVES.suspend, "suspendMany");
  }

  unsuspendMany(input: ManyInput): Promise<ManyResult<TaskKey>> {
    return this.#moveMany(input, MOVES.unsuspend, "unsuspendMany", "SUSPENDED");
  }

  /** Brings back every FAILED task of the filter; DONE ones only with `status: "DONE"`, which sends them again. */
  retryMany(input: ManyInput): Promise<ManyResult<TaskKey>> {
    return this.#moveMany(input, MOVES.retry, "retryMany", "FAILED");
  }

  /** Makes every ACTIVE task of the filter due now; one that is due already keeps its turn and is not counted. */
  async runNowMany(input: ManyInput): Promise<ManyResult<TaskKey>> {
    const { filter, options } = inputs.checkMany(input, "runNowMany");
    await this.ready();
    return manyResult(await runNowMany(this.#engine, filter, options));
  }

  /** Moves the next run of every unfinished task of the filter to one time; those planned for it are not counted. */
  async rescheduleMany(input: ManyInput & { scheduledDate: string | Date }): Promise<ManyResult<TaskKey>> {
    const { filter, options, scheduledAt } = inputs.checkRescheduleMany(input);
    await this.ready();
    return manyResult(await rescheduleMany(this.#engine, filter, scheduledAt, options));
  }

  /** Deletes every task of the filter and returns them. */
  async deleteMany(input: ManyInput): Promise<ManyResult<Task>> {
    const { filter, options } = inputs.checkMany(input, "deleteMany");
    await this.ready();
    const { items, next } = await deleteMany(this.#engine, filter, options);
    return manyResult({ items: items.map(toTask), next });
  }

  /** Deletes every task of one namespace. An empty namespace is refused. */
  async clear(
    namespace: string,
    options: { onProgress?: (progress: { seen: number; changed: number }) => void } = {},
  ): Promise<{ count: number }> {
    const checked = inputs.checkClear(namespace, options);
    await this.ready();
    return { count: await clear(this.#engine, checked.namespace, checked.options) };
  }

  /** Closes connections. In-flight attempts of `trigger` and `run` should have ended before. */
  async close(): Promise<void> {
    await this.#http.close();
    this.#stores.close();
  }

  async #move(key: TaskKey, move: Move): Promise<Task | null> {
    const checked = inputs.checkKey(key);
    await this.ready();
    return orNull(await edit(this.#engine, checked, move));
  }

  async #moveMany(input: ManyInput, move: Move, what: string, status?: Status): Promise<ManyResult<TaskKey>> {
    const { filter, options } = inputs.checkMany(input, what);
    await this.ready();
    const chosen = { ...(status ? { status } : {}), ...filter };
    return manyResult(await moveMany(this.#engine, chosen, { move }, options));
  }
}

const listener = (onEvent: HooksOptions["onEvent"]): Engine["emit"] =>
  onEvent === undefined ? () => {} : quiet(onEvent);

const manyResult = <Item>({ items, next }: BulkResult<Item>): ManyResult<Item> => ({
  count: items.length,
  items,
  lastEvaluatedKey: inputs.fromTaskCursor(next),
});

const orNull = (row: TaskRow | null): Task | null => (row === null ? null : toTask(row));
