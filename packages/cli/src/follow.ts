// Following execution logs: which rows are new. Pure.
import type { ExecutionLog } from "hookclock";

/**
 * A row may become visible after a later one: workers write in batches, clocks differ, indexes lag. So every look
 * reaches back over what was seen already, by this much, and what was printed is left out by its identity.
 */
export const OVERLAP_MS = 15_000;

/** Remembers what was printed, as far back as a look may reach. */
export class Follower {
  readonly #seen = new Map<string, number>();
  #latestMs: number;

  /** `fromMs`: nothing written before is wanted. */
  constructor(fromMs: number) {
    this.#latestMs = fromMs;
    this.#fromMs = fromMs;
  }

  readonly #fromMs: number;

  /** From where the next look has to read, epoch ms. */
  get readFromMs(): number {
    return Math.max(this.#fromMs, this.#latestMs - OVERLAP_MS);
  }

  /** The rows that were not given out yet, in the order they came. */
  fresh(rows: readonly ExecutionLog[]): ExecutionLog[] {
    return rows.filter((row) => {
      const identity = `${row.id}\n${row.startedDate}`;
      const writtenMs = Date.parse(row.__createdAt);
      if (this.#seen.has(identity)) return false;
      this.#seen.set(identity, writtenMs);
      this.#latestMs = Math.max(this.#latestMs, writtenMs);
      return true;
    });
  }

  /** Call after a complete look: forgets what no later look can bring back. */
  settle(): void {
    const keptFromMs = this.readFromMs;
    for (const [identity, writtenMs] of this.#seen) if (writtenMs < keptFromMs) this.#seen.delete(identity);
  }
}
