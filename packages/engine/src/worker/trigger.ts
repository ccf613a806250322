// One pass: claims what is due, runs it, and goes on until nothing is due or its budget ends.
import type { Engine } from "../engine.ts";
import { Shards } from "./shards.ts";
import { Doorbell } from "./signal.ts";
import type { Tally } from "./tally.ts";

export type TriggerOptions = {
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

export async function trigger(engine: Engine, options: TriggerOptions = {}): Promise<TriggerResult> {
  return new TriggerPass(engine, options).run();
}

class TriggerPass {
  readonly #engine: Engine;
  readonly #options: TriggerOptions;
  readonly #bell = new Doorbell();
  readonly #over = new AbortController();
  readonly #shards: Shards;
  readonly #upTo: number;
  /** Shards to look at, shards whose keys are being dealt with, and shards that another worker holds. */
  #open: number[] = [];
  readonly #found = new Set<number>();
  readonly #busy = new Set<number>();
  #troubles = 0;
  #reported = 0;

  constructor(engine: Engine, options: TriggerOptions) {
    this.#engine = engine;
    this.#options = options;
    // Due means due when the pass began: a task that comes round every second cannot keep it going for ever.
    this.#upTo = engine.clock.now();
    this.#shards = new Shards(engine, {
      owner: engine.newId(),
      namespace: options.namespace,
      onProgress: () => this.#progress(),
      ...(options.limit === undefined ? {} : { attemptsMax: options.limit }),
    });
  }

  async run(): Promise<TriggerResult> {
    const { pool } = this.#shards;
    const signal = this.#options.signal;
    const stop = () => this.#bell.announce();
    signal?.addEventListener("abort", stop);
    const timer = this.#budget();
    try {
      this.#open = await this.#shards.all();
      await this.#drain();
      const waiting = pool.waiting > 0 || this.#busy.size > 0;
      await pool.stop();
      return { ...pool.tally, remaining: waiting || (await this.#anyLeft()) };
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#over.abort();
      await timer;
      await pool.stop();
      await this.#shards.releaseAll();
    }
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
    return this.#open.length === 0 && this.#found.size === 0 && pool.waiting === 0 && pool.inFlight === 0;
  }

  async #drain(): Promise<void> {
    const { pool } = this.#shards;
    while (!this.#ended) {
      this.#checkTrouble();
      await this.#shards.tend();
      this.#reopen();
      if (this.#open.length > 0) this.#shards.endTurns();
      if (pool.hungry && this.#open.length > 0) {
        await this.#lookAtSome();
      } else if (this.#isDone) {
        return;
      } else {
        await this.#pause();
      }
    }
  }

  /** Until something happens, or a lease wants to be renewed. */
  async #pause(): Promise<void> {
    const over = new AbortController();
    const heartbeat = this.#engine.clock.sleep(this.#engine.limits.claimMs / 6, over.signal);
    await Promise.race([this.#bell.wait(), heartbeat]);
    over.abort("over");
  }

  /** Waits for every look, also when one fails: a look that ends after its pass would take a lease nobody gives back. */
  async #lookAtSome(): Promise<void> {
    const looks = this.#open.splice(0, LOOKS_AT_ONCE).map((shard) => this.#look(shard));
    const failed = (await Promise.allSettled(looks)).find((look) => look.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #look(shard: number): Promise<void> {
    const look = await this.#shards.look(shard, this.#upTo);
    this.#busy.delete(shard);
    this.#found.delete(shard);
    if (look === "busy") this.#busy.add(shard);
    if (look === "found") this.#found.add(shard);
  }

  /** A shard whose keys are all dealt with may have more: it counts as empty only when a look finds nothing. */
  #reopen(): void {
    for (const shard of this.#found) {
      if (this.#shards.holds.get(shard)?.known.size !== 0) continue;
      this.#found.delete(shard);
      this.#open.push(shard);
    }
  }

  /** A database that fails again and again ends the pass; the error is the database's. */
  #checkTrouble(): void {
    const trouble = this.#shards.pool.takeTrouble();
    if (trouble === null) return;
    this.#troubles += 1;
    if (this.#troubles >= TROUBLES_MAX) throw trouble;
  }

  async #anyLeft(): Promise<boolean> {
    for (const shard of [...this.#open, ...this.#found]) {
      if (await this.#shards.hasDue(shard, this.#upTo)) return true;
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
