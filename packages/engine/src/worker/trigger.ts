// One pass: claims what is due, runs it, and goes on until nothing is due or its budget ends. With look-ahead it also
// waits for what becomes due in its window: it sleeps until shortly before the next moment, and holds no lease meanwhile.
import type { TaskRow } from "@hookclock/core";
import type { Engine } from "../engine.ts";
import { Agenda } from "./agenda.ts";
import { Shards } from "./shards.ts";
import { Doorbell } from "./signal.ts";
import type { Tally } from "./tally.ts";
import { NEAR_MS, TriggerWindow } from "./trigger-window.ts";

export type TriggerOptions = {
  /** Only these shards of the due index. Default: all there are. */
  shards?: readonly number[];
  /** Also wait for, and run at its moment, what becomes due up to so long after the start, ms. Default 0. */
  lookAheadMs?: number;
  /** Stop starting attempts after this long, ms. What is in flight is finished. */
  budgetMs?: number;
  /** Attempts to start at most. */
  limit?: number;
  /** Only tasks of this namespace. */
  namespace?: string;
  /** Stop starting attempts when it aborts. */
  signal?: AbortSignal;
  /** Called after each attempt that was recorded. */
  onProgress?: (tally: Readonly<Tally>) => void;
};
export type TriggerResult = Tally & {
  /** True when something due was left: the budget or the limit ended, or another worker holds it. */
  remaining: boolean;
};

/** Shards looked at in one go: enough to keep the slots busy, few enough to leave work for other workers. */
const LOOKS_AT_ONCE = 2;
const TROUBLES_MAX = 3;
/** With look-ahead, a shard whose keys are being dealt with is looked at again so often: others may have added some. */
const LOOK_AGAIN_MS = 1_000;
/** A shard that another worker holds is asked for again after so long, and up to as long again. */
const ASK_AGAIN_MS = 250;
/** Past its window a pass goes on with what is left in turns of so long, so that others see to what came later. */
const LATE_TURN_MS = 2_000;

export async function trigger(engine: Engine, options: TriggerOptions = {}): Promise<TriggerResult> {
  return new TriggerPass(engine, options).run();
}

class TriggerPass {
  readonly #engine: Engine;
  readonly #options: TriggerOptions;
  readonly #bell = new Doorbell();
  readonly #over = new AbortController();
  readonly #shards: Shards;
  readonly #window: TriggerWindow;
  readonly #agenda = new Agenda();
  /** Shards given back though keys of them were left. */
  readonly #givenWay = new Set<number>();
  #isLastLook = false;
  #troubles = 0;
  #reported = 0;

  constructor(engine: Engine, options: TriggerOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#window = new TriggerWindow(engine.clock, options.lookAheadMs ?? 0);
    this.#shards = new Shards(engine, {
      owner: engine.newId(),
      namespace: options.namespace,
      onProgress: () => this.#progress(),
      ...(options.limit === undefined ? {} : { attemptsMax: options.limit }),
      ...(this.#window.looksAhead ? { onLater: (row) => this.#later(row) } : {}),
    });
  }

  async run(): Promise<TriggerResult> {
    const { pool } = this.#shards;
    const { signal } = this.#options;
    const stop = () => this.#bell.announce();
    const dueSoon = (shard: number, dueAt: number) => this.#dueSoon(shard, dueAt);
    signal?.addEventListener("abort", stop);
    if (this.#window.looksAhead) this.#engine.dueSoon.add(dueSoon);
    const timer = this.#budget();
    try {
      this.#agenda.open(await this.#shards.all(this.#options.shards));
      await this.#drain();
      const isWaiting = this.#window.isOver && (pool.waiting > 0 || this.#agenda.hasBusy);
      await this.#settle();
      return { ...pool.tally, remaining: isWaiting || (await this.#anyLeft()) };
    } finally {
      this.#engine.dueSoon.delete(dueSoon);
      signal?.removeEventListener("abort", stop);
      this.#over.abort();
      await timer;
      await pool.stop();
      await this.#shards.releaseAll();
    }
  }

  /** Starts nothing more. A lease goes back as soon as nothing runs under it: what lasts has a claim of its own. */
  async #settle(): Promise<void> {
    let isOver = false;
    const stopped = this.#shards.pool.stop().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      // What cannot be given back runs out by itself: the attempts were made, and their tally is told.
      await this.#shards.tend({ releaseIdle: true }).catch(() => undefined);
      await this.#bell.waitOr(stopped);
    }
    await stopped;
  }

  get #ended(): boolean {
    return (
      this.#over.signal.aborted ||
      this.#options.signal?.aborted === true ||
      this.#shards.pool.attemptsLeft <= 0
    );
  }

  get #isDone(): boolean {
    const { pool } = this.#shards;
    return this.#agenda.isEmpty && pool.waiting === 0 && pool.inFlight === 0;
  }

  async #drain(): Promise<void> {
    const { pool } = this.#shards;
    while (!this.#ended) {
      this.#checkTrouble();
      // A shard that nobody here can look at soon is better off with another worker.
      await this.#shards.tend({ releaseIdle: this.#window.looksAhead && !pool.hungry });
      this.#wake();
      await this.#reopen();
      // With look-ahead, a shard in work may be looked at again: that alone is no reason to give it up.
      if (this.#agenda.hasOpen && !(this.#window.looksAhead && pool.hungry)) this.#shards.endTurns();
      if (pool.hungry && this.#agenda.hasOpen) {
        await this.#lookAtSome();
      } else if (this.#isDone) {
        return;
      } else {
        await this.#pause();
      }
    }
  }

  /** Until something happens, a lease wants to be renewed, or it is time for the next look. */
  async #pause(): Promise<void> {
    const { clock, limits } = this.#engine;
    const over = new AbortController();
    const nextLookMs = this.#agenda.nextAt - clock.monotonic();
    const windowMs = this.#isLastLook ? Number.POSITIVE_INFINITY : this.#window.msLeft;
    const heartbeat = clock.sleep(Math.min(limits.claimMs / 6, nextLookMs, windowMs), over.signal);
    await this.#bell.waitOr(heartbeat);
    over.abort("over");
  }

  /** Waits for every look, also when one fails: a look that ends after its pass would take a lease nobody gives back. */
  async #lookAtSome(): Promise<void> {
    const looks = this.#agenda.take(LOOKS_AT_ONCE).map((shard) => this.#look(shard));
    const failed = (await Promise.allSettled(looks)).find((look) => look.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #look(shard: number): Promise<void> {
    const { clock } = this.#engine;
    const { horizon, upTo } = this.#window;
    // Its turn is over: it comes up again once what is in flight has ended and the lease is back.
    if (this.#isYielding(shard)) return this.#agenda.note(shard, "found");
    const look = await this.#shards.look(shard, horizon);
    const isWorkedOn = look === "empty" && (this.#shards.holds.get(shard)?.known.size ?? 0) > 0;
    this.#agenda.note(shard, isWorkedOn ? "found" : look);
    if (look === "empty" && !isWorkedOn) {
      const next = horizon < upTo ? await this.#shards.nextDue(shard, horizon + 1, upTo) : null;
      if (next !== null) this.#lookBefore(shard, next);
    } else if (!this.#window.isOver) {
      this.#agenda.lookBy(shard, clock.monotonic() + (look === "busy" ? this.#askAgainMs() : LOOK_AGAIN_MS));
    }
  }

  #isYielding(shard: number): boolean {
    const hold = this.#shards.holds.get(shard);
    return hold?.yielding === true && hold.known.size > 0;
  }

  #lookBefore(shard: number, dueAt: number): void {
    const { clock } = this.#engine;
    this.#agenda.lookBy(shard, clock.monotonic() + Math.max(0, dueAt - NEAR_MS - clock.now()));
  }

  #askAgainMs(): number {
    return Math.round(ASK_AGAIN_MS * (1 + this.#engine.random()));
  }

  /** Opens the shards whose moment to be looked at has come; when the window ends, all of them for the last time. */
  #wake(): void {
    if (this.#isLastLook || !this.#window.isOver) {
      this.#agenda.wake(this.#engine.clock.monotonic());
      return;
    }
    this.#isLastLook = true;
    if (this.#window.close()) this.#shards.pool.handBack();
    this.#agenda.wakeAll();
  }

  /** A shard whose keys are all dealt with may have more: it counts as empty only when a look finds nothing. */
  async #reopen(): Promise<void> {
    if (this.#window.looksAhead && this.#isLastLook) {
      for (const shard of this.#shards.endTurns(LATE_TURN_MS)) this.#givenWay.add(shard);
    }
    for (const shard of this.#agenda.found) {
      const hold = this.#shards.holds.get(shard);
      if (hold?.known.size !== 0) continue;
      if (this.#givenWay.delete(shard)) {
        await hold.release();
        this.#agenda.again(shard, this.#engine.clock.monotonic() + this.#askAgainMs());
      } else {
        this.#agenda.again(shard);
      }
    }
  }

  /** A retry, a next occurrence or another moment that is known from the row is not left to the index, which may lag. */
  #later(row: TaskRow): void {
    this.#troubles = 0;
    const { namespace, id, dueAt, lane, shard } = row;
    if (dueAt === undefined || dueAt > this.#window.upTo) return;
    this.#shards.own.add(shard, [{ namespace, id, dueAt, ...(lane === undefined ? {} : { lane }) }]);
    this.#lookBefore(shard, dueAt);
  }

  /** This process made a task due. */
  #dueSoon(shard: number, dueAt: number): void {
    const { shards } = this.#options;
    if (dueAt > this.#window.upTo || (shards !== undefined && !shards.includes(shard))) return;
    this.#lookBefore(shard, dueAt);
    this.#bell.announce();
  }

  /** A database that fails again and again ends the pass; the error is the database's. */
  #checkTrouble(): void {
    const trouble = this.#shards.pool.takeTrouble();
    if (trouble === null) return;
    this.#troubles += 1;
    if (this.#troubles >= TROUBLES_MAX) throw trouble;
  }

  async #anyLeft(): Promise<boolean> {
    const upTo = this.#window.isOver ? this.#window.upTo : this.#engine.clock.now();
    for (const shard of this.#agenda.left) {
      if (await this.#shards.hasDue(shard, upTo)) return true;
    }
    return false;
  }

  async #budget(): Promise<void> {
    const { budgetMs } = this.#options;
    if (budgetMs === undefined) return;
    await this.#engine.clock.sleep(budgetMs, this.#over.signal);
    this.#over.abort();
    this.#bell.announce();
  }

  #progress(): void {
    this.#bell.announce();
    const { tally } = this.#shards.pool;
    if (tally.processed === this.#reported) return;
    this.#reported = tally.processed;
    try {
      this.#options.onProgress?.(tally);
    } catch (error) {
      // The caller's own function failed: that is told, and stops no task.
      const message = error instanceof Error ? error.message : String(error);
      this.#engine.emit({ type: "error", where: "onProgress", message, code: "handler-fault" });
    }
  }
}
