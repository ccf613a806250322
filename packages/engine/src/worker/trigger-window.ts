// The stretch of time a pass answers for: what was due when it began and, with look-ahead, what becomes due until its end.
import type { Clock } from "../ports.ts";

/** Keys are looked for, and their shard's lease is taken, this long before they are due. */
export const NEAR_MS = 1_000;
/** A wall clock that lags behind (it was set back) keeps a window open for so long, not until it has caught up. */
const LAG_MAX_MS = 1_000;

export class TriggerWindow {
  readonly #clock: Clock;
  readonly #lookAheadMs: number;
  readonly #startedAt: number;
  #upTo: number;

  constructor(clock: Clock, lookAheadMs: number) {
    this.#clock = clock;
    this.#lookAheadMs = lookAheadMs;
    this.#startedAt = clock.monotonic();
    this.#upTo = clock.now() + lookAheadMs;
  }

  get looksAhead(): boolean {
    return this.#lookAheadMs > 0;
  }

  /** The last instant it answers for. A task that comes round every second cannot keep a pass going beyond it. */
  get upTo(): number {
    return this.#upTo;
  }

  /** True when all it answers for is due. */
  get isOver(): boolean {
    return !this.looksAhead || this.msLeft <= 0;
  }

  get msLeft(): number {
    const left = this.#lookAheadMs - (this.#clock.monotonic() - this.#startedAt);
    return Math.max(left, Math.min(this.#upTo - this.#clock.now(), left + LAG_MAX_MS));
  }

  /** A look made now reaches so far. */
  get horizon(): number {
    return this.isOver ? this.#upTo : Math.min(this.#upTo, this.#clock.now() + NEAR_MS);
  }

  /** Answers from now on only for what is due. True when that leaves something out: the wall clock was set back. */
  close(): boolean {
    const now = this.#clock.now();
    if (!this.looksAhead || this.#upTo <= now) return false;
    this.#upTo = now;
    return true;
  }
}
