// The always-on worker: looks ahead, fires at the due moment, drains when it is told to stop.
import { DEFAULTS } from "@hookclock/core";
import type { Engine } from "../engine.ts";
import { Shards } from "./shards.ts";
import { Doorbell } from "./signal.ts";
import type { Tally } from "./tally.ts";

export type RunOptions = {
  /** Stops the worker: nothing new is started, what is in flight is finished, what waits is handed back. */
  signal: AbortSignal;
  /** How often each shard is looked at, ms. */
  pollMs?: number;
  /** How long attempts in flight may take after the stop before they are cut short, ms. */
  graceMs?: number;
};

/** Looks reach this far beyond the next one, so that a late look makes no task late. */
const MARGIN_MS = 1_000;
/** With all slots taken for so long, what waits is handed back to other workers. */
const SATURATED_MS = 1_000;
const ERROR_PAUSE_MS = 1_000;

/** Runs until the signal aborts; resolves with what was done. Rejects only when the tables are missing or wrong. */
export async function runWorker(engine: Engine, options: RunOptions): Promise<Tally> {
  return new Worker(engine, options).run();
}

class Worker {
  readonly #engine: Engine;
  readonly #options: RunOptions;
  readonly #pollMs: number;
  readonly #bell = new Doorbell();
  readonly #shards: Shards;
  /** Shards to be looked at as soon as there is room for what they hold, in this order. */
  readonly #queue = new Set<number>();
  #failures = 0;

  constructor(engine: Engine, options: RunOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#pollMs = options.pollMs ?? DEFAULTS.pollMs;
    this.#shards = new Shards(engine, { owner: engine.newId(), onProgress: () => this.#bell.announce() });
  }

  async run(): Promise<Tally> {
    const { signal } = this.#options;
    const { pool } = this.#shards;
    const ring = () => this.#bell.announce();
    const dueSoon = (shard: number, dueAt: number) => {
      if (dueAt > this.#engine.clock.now() + this.#pollMs + MARGIN_MS) return;
      this.#queue.add(shard);
      ring();
    };
    signal.addEventListener("abort", ring);
    this.#engine.dueSoon.add(dueSoon);
    try {
      while (!signal.aborted) await this.#round();
    } finally {
      this.#engine.dueSoon.delete(dueSoon);
      signal.removeEventListener("abort", ring);
      await this.#finish();
    }
    return pool.tally;
  }

  /** Puts every shard in the queue to be looked at, then takes small steps until it is time for the next round. */
  async #round(): Promise<void> {
    const { clock } = this.#engine;
    const { signal } = this.#options;
    const nextAt = clock.monotonic() + this.#pollMs;
    await this.#guarded(async () => {
      for (const shard of await this.#shards.all()) this.#queue.add(shard);
    });
    do {
      await this.#guarded(() => this.#step());
      const over = new AbortController();
      const pause = clock.sleep(Math.max(0, nextAt - clock.monotonic()), over.signal);
      await this.#bell.waitOr(pause);
      over.abort();
    } while (!signal.aborted && clock.monotonic() < nextAt);
  }

  async #step(): Promise<void> {
    const { pool } = this.#shards;
    const trouble = pool.takeTrouble();
    if (trouble !== null) throw trouble;
    if (this.#queue.size > 0) this.#shards.endTurns();
    await this.#shards.tend();
    if (pool.free <= 0 && pool.idleMs > SATURATED_MS && pool.waiting > 0) {
      pool.handBack();
      await this.#shards.tend({ releaseIdle: true });
      return;
    }
    // A shard that just ran dry may have more: it is asked again at once, not at the next poll.
    for (const hold of this.#shards.holds.values()) {
      if (hold.held && hold.known.size === 0) this.#queue.add(hold.shard);
    }
    for (const shard of [...this.#queue]) {
      if (!pool.hungry || this.#options.signal.aborted) return;
      await this.#shards.look(shard, this.#horizon());
      this.#queue.delete(shard);
    }
  }

  #horizon(): number {
    return this.#engine.clock.now() + this.#pollMs + MARGIN_MS;
  }

  /** A database that is away must not end the worker: it says so, waits, and goes on. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof Error && "code" in error ? String(error.code) : "store-unavailable";
      this.#engine.emit({ type: "error", where: "look", message, code });
      if (code === "table-missing" || code === "table-mismatch") throw error;
      const pauseMs = Math.min(ERROR_PAUSE_MS * 2 ** Math.min(this.#failures, 5), 30_000);
      await this.#engine.clock.sleep(pauseMs * (0.5 + this.#engine.random() / 2), this.#options.signal);
    }
  }

  async #finish(): Promise<void> {
    const { pool } = this.#shards;
    const { graceMs } = this.#options;
    const done = new AbortController();
    const cut =
      graceMs === undefined
        ? Promise.resolve()
        : this.#engine.clock.sleep(graceMs, done.signal).then(() => {
            if (!done.signal.aborted) void pool.stop(true);
          });
    await pool.stop();
    done.abort();
    await cut;
    await this.#shards.releaseAll();
  }
}
