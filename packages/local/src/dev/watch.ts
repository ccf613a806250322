// Looks at the database for what other processes do: tasks registered, suspended, edited, deleted.
import type { Task, TaskKey } from "@hookclock/core";
import type { Hooks } from "hookclock";
import { type Emit, type Glimpse, glimpseOf } from "../events.ts";

export type Reader = Pick<Hooks, "fetch" | "get" | "triggerDryrun">;
export type WatchOptions = {
  everyMs: number;
  signal: AbortSignal;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  now: () => number;
};

/** Namespaces looked at; those that changed last stay. */
const NAMESPACES_MAX = 6;
const PER_STATUS = 40;
const BACKLOG_MAX = 100;
/** Known tasks that no query showed and that are asked for by key, a look. */
const ASKED_MAX = 40;
const SCHEDULED_FAR_MS = 366 * 86_400_000;
/** A look takes at most about a fifth of the time, so that a large database does not slow the worker down. */
const REST_SHARE = 4;
/** An attempt that runs for so long has its row marked PROCESSING by now, which is worth a look of its own. */
const LONG_MS = 1_100;
const STEP_MS = 250;
const LONG_ASKED_MAX = 5;

/** Compares what is there with what was seen and says what changed. Errors are left to the worker, which meets them too. */
export class Watcher {
  readonly #reader: Reader;
  readonly #emit: Emit;
  readonly #seen = new Map<string, Glimpse>();
  readonly #running = new Map<string, TaskKey & { startedAt: number }>();
  #namespaces: string[] = [];
  #backlog = -1;
  static readonly SEEN_MAX = 1_000;

  constructor(reader: Reader, emit: Emit) {
    this.#reader = reader;
    this.#emit = emit;
  }

  /** Takes in what an attempt of this process made of a task, so that it is not told as news again. */
  know(glimpse: Glimpse): void {
    this.#running.delete(keyOf(glimpse));
    this.#remember(glimpse);
  }

  /** An attempt of this process has started. */
  begun(key: TaskKey, startedAt: number): void {
    this.#running.set(keyOf(key), { ...key, startedAt });
  }

  async run({ everyMs, signal, sleep, now }: WatchOptions): Promise<void> {
    let nextAt = 0;
    while (!signal.aborted) {
      const startedAt = now();
      await this.#lookAtLong(startedAt).catch(() => {});
      if (startedAt >= nextAt) {
        await this.look(startedAt).catch(() => {});
        nextAt = now() + Math.max(everyMs, (now() - startedAt) * REST_SHARE);
      }
      await sleep(STEP_MS, signal);
    }
  }

  /** Attempts that take long: whether their rows say so. */
  async #lookAtLong(now: number): Promise<void> {
    const long = [...this.#running].filter(([, { startedAt }]) => now - startedAt >= LONG_MS);
    await Promise.all(
      long.slice(0, LONG_ASKED_MAX).map(async ([key, { namespace, id }]) => {
        const task = await this.#reader.get({ namespace, id });
        if (task === null || task.status !== "ACTIVE") this.#running.delete(key);
        if (task !== null) this.#compare(glimpseOf(task));
      }),
    );
  }

  async look(now: number): Promise<void> {
    await this.#lookAtSchedule(now);
    const shown = new Set<string>();
    for (const namespace of this.#namespaces) {
      for (const task of await this.#tasksOf(namespace)) {
        shown.add(keyOf(task));
        this.#compare(glimpseOf(task));
      }
    }
    await this.#lookForRemoved(shown);
  }

  async #lookAtSchedule(now: number): Promise<void> {
    const due = await this.#reader.triggerDryrun({ date: new Date(now), limit: BACKLOG_MAX });
    if (due.count !== this.#backlog) {
      this.#backlog = due.count;
      this.#emit({ type: "backlog", count: due.count, atLeast: due.count >= BACKLOG_MAX });
    }
    const planned = await this.#reader.triggerDryrun({
      date: new Date(now + SCHEDULED_FAR_MS),
      limit: PER_STATUS,
    });
    for (const { namespace } of planned.items) this.#visit(namespace);
  }

  async #tasksOf(namespace: string): Promise<Task[]> {
    const ask = async (status: Task["status"], desc: boolean) =>
      (await this.#reader.fetch({ namespace, status, limit: PER_STATUS, desc })).items;
    const lists = await Promise.all([
      ask("ACTIVE", false),
      ask("PROCESSING", false),
      ask("SUSPENDED", true),
      ask("DONE", true),
      ask("FAILED", true),
    ]);
    return lists.flat();
  }

  async #lookForRemoved(shown: ReadonlySet<string>): Promise<void> {
    const missing = [...this.#seen].filter(([key]) => !shown.has(key)).slice(-ASKED_MAX);
    await Promise.all(
      missing.map(async ([key, { namespace, id }]) => {
        const task = await this.#reader.get({ namespace, id });
        if (task !== null) return this.#compare(glimpseOf(task));
        this.#seen.delete(key);
        this.#emit({ type: "removed", namespace, id });
      }),
    );
  }

  #compare(glimpse: Glimpse): void {
    const before = this.#seen.get(keyOf(glimpse));
    if (before !== undefined && before.updatedAt >= glimpse.updatedAt) return;
    this.#remember(glimpse);
    const same = before !== undefined && before.status === glimpse.status && before.nextAt === glimpse.nextAt;
    if (!same) this.#emit({ type: "task", task: glimpse, before: before?.status ?? null });
  }

  #remember(glimpse: Glimpse): void {
    this.#visit(glimpse.namespace);
    const key = keyOf(glimpse);
    this.#seen.delete(key);
    this.#seen.set(key, glimpse);
    const oldest = this.#seen.keys().next();
    if (this.#seen.size > Watcher.SEEN_MAX && !oldest.done) this.#seen.delete(oldest.value);
  }

  #visit(namespace: string): void {
    if (this.#namespaces.includes(namespace)) return;
    this.#namespaces = [namespace, ...this.#namespaces].slice(0, NAMESPACES_MAX);
  }
}

const keyOf = ({ namespace, id }: TaskKey): string => `${namespace}\n${id}`;
