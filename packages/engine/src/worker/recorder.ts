// Makes attempts durable: first the execution logs, then the tasks, both in batches.
import {
  type Attempted,
  deliveryFault,
  HookclockError,
  isSameRun,
  type LogRow,
  logRowOf,
  settle,
  settleOnto,
  type TaskRow,
} from "@hookclock/core";
import type { Engine } from "../engine.ts";

/** An attempt that ended: `origin` is the row it was made for, `held` the row as this worker last wrote it. */
export type Ended = {
  origin: TaskRow;
  held: TaskRow;
  outcome: Attempted["outcome"];
  startedAt: number;
  dueAt: number;
  /** Replaces the usual move, for tasks that end without an attempt. */
  move?: (row: TaskRow, now: number) => TaskRow;
};
export type Recorded =
  | { result: "saved"; row: TaskRow; log: LogRow }
  | { result: "lost" | "deleted"; log: LogRow }
  | { result: "error"; error: HookclockError };

type Written = Entry & { log: LogRow; after?: TaskRow; error?: Error };
type Entry = { ended: Ended; resolve: (recorded: Recorded) => void };

/** One DynamoDB batch holds 25 puts: 24 logs and the digest that lists them. */
const BATCH = 24;
const FLUSHES_AT_ONCE = 3;
const CONFLICT_TRIES = 8;

export class Recorder {
  readonly #engine: Engine;
  readonly #waiting: Entry[] = [];
  #flushing = 0;
  #scheduled = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Attempts that ended and are not durable yet. */
  get backlog(): number {
    return this.#waiting.length + this.#flushing * BATCH;
  }

  /** Resolves when log and task are durable, or it is known why not. Never rejects. */
  record(ended: Ended): Promise<Recorded> {
    return new Promise((resolve) => {
      this.#waiting.push({ ended, resolve });
      this.#schedule();
    });
  }

  /** A full batch goes at once; a small one waits a turn of the event loop, and for the batch before it. */
  #schedule(): void {
    if (this.#waiting.length >= BATCH && this.#flushing < FLUSHES_AT_ONCE) void this.#flush();
    if (this.#scheduled || this.#waiting.length === 0 || this.#flushing > 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#waiting.length > 0 && this.#flushing === 0) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, BATCH);
    this.#flushing += 1;
    try {
      await this.#write(batch);
    } finally {
      this.#flushing -= 1;
      this.#schedule();
    }
  }

  async #write(batch: Entry[]): Promise<void> {
    const now = this.#engine.clock.now();
    const expiry = now + this.#engine.limits.logsTtlInSeconds * 1000;
    const written = batch.map(
      ({ ended, resolve }): Written => ({ ended, resolve, log: logRowOf({ ...ended, now, expiry }) }),
    );
    const failure = await this.#durably(() => this.#engine.logs.append(written.map(({ log }) => log)));
    if (failure !== null) {
      for (const { resolve } of batch) resolve({ result: "error", error: failure });
      return;
    }
    let pending = written;
    const unsaved = await this.#durably(async () => {
      pending = this.#giveUpHopeless(await this.#save(pending, now));
      const error = pending[0]?.error;
      if (error !== undefined) throw error;
    });
    if (unsaved !== null) for (const { resolve } of pending) resolve({ result: "error", error: unsaved });
  }

  /** Saves the rows of a batch; returns those whose write failed, each with its error. */
  async #save(entries: Written[], now: number): Promise<Written[]> {
    const failed: Written[] = [];
    const movable: (Written & { after: TaskRow })[] = [];
    for (const entry of entries) {
      try {
        // Made once: a write that is sent again after its answer was lost is known by being the very same row.
        entry.after ??= this.#moved(entry.ended, entry.ended.held, now);
        movable.push({ ...entry, after: entry.after });
      } catch (error) {
        failed.push({ ...entry, error: deliveryFault("row-unreadable", error) });
      }
    }
    const changes = movable.map(({ ended, after }) => ({ before: ended.held, after }));
    const results = await this.#engine.tasks.saveMany(changes);
    await Promise.all(
      movable.map(async (entry, index) => {
        const result = results[index];
        const { ended, log, resolve, after } = entry;
        if (result instanceof Error) failed.push({ ...entry, error: result });
        else if (result === "saved") resolve({ result: "saved", row: after, log });
        else resolve(await this.#resolveConflict(ended, log));
      }),
    );
    return failed;
  }

  /** Waiting helps none of the rows that fail for a reason of their own: they are answered, the others are returned. */
  #giveUpHopeless(entries: Written[]): Written[] {
    return entries.filter(({ error, resolve }) => {
      const failure = toError(error);
      if (isPassing(failure)) return true;
      resolve({ result: "error", error: failure });
      return false;
    });
  }

  #moved(ended: Ended, current: TaskRow, now: number): TaskRow {
    if (ended.move) return ended.move(current, now);
    const { outcome, startedAt, origin } = ended;
    const { random, limits } = this.#engine;
    const attempted = { outcome, startedAt, now, random, maxErrors: limits.maxErrors };
    return current === origin ? settle(origin, attempted) : settleOnto(origin, current, attempted);
  }

  /** The row moved while the attempt ran: by a user, whose edit is kept, or by another worker, who has won. */
  async #resolveConflict(ended: Ended, log: LogRow): Promise<Recorded> {
    try {
      for (let tries = 0; tries < CONFLICT_TRIES; tries += 1) {
        const current = await this.#engine.tasks.read(ended.origin);
        if (current === null) return { result: "deleted", log };
        if (!isSameRun(ended.held, current)) return { result: "lost", log };
        const after = this.#moved(ended, current, this.#engine.clock.now());
        if ((await this.#engine.tasks.save({ before: current, after })) === "saved") {
          return { result: "saved", row: after, log };
        }
      }
      return {
        result: "error",
        error: new HookclockError("edit-conflict", "the task kept changing while it was recorded"),
      };
    } catch (error) {
      return { result: "error", error: toError(error) };
    }
  }

  /**
   * The attempt happened: forgetting it would send it again. So a database that is away is waited for, as long as the
   * claim lasts; after that another worker may have the task anyway. Returns what went wrong in the end, if anything.
   */
  async #durably(step: () => Promise<void>): Promise<HookclockError | null> {
    const { clock, limits, random } = this.#engine;
    const giveUpAt = clock.monotonic() + limits.claimMs;
    for (let tries = 0; ; tries += 1) {
      try {
        await step();
        return null;
      } catch (error) {
        const failure = toError(error);
        if (!isPassing(failure) || clock.monotonic() >= giveUpAt) return failure;
        await clock.sleep(Math.min(5_000, 100 * 2 ** tries) * (0.5 + random() / 2));
      }
    }
  }
}

const isPassing = ({ code }: HookclockError): boolean => code === "store-unavailable" || code === "throttled";
const toError = (error: unknown): HookclockError =>
  error instanceof HookclockError ? error : deliveryFault("store-unavailable", error);
