// One shard of the due index as this worker sees it: the lease, the keys it knows, what it has handled.
import type { TaskKey } from "@hookclock/core";
import type { DueKey, LeaseStore, ShardLease } from "../ports.ts";

/** Keys of which a shard remembers that they were handled, and for how long: the index lags behind its table. */
const HANDLED_MAX = 20_000;
const HANDLED_MS = 2_000;

export const keyOf = ({ namespace, id }: TaskKey): string => `${namespace.length}:${namespace}${id}`;

export type HoldDeps = {
  leases: LeaseStore;
  now: () => number;
  monotonic: () => number;
  owner: string;
  claimMs: number;
};

/**
 * The lease is used only for two thirds of its length and renewed from one third on: clocks of workers may differ
 * by the remaining third before two of them can believe they own the same shard.
 */
export class ShardHold {
  readonly shard: number;
  /** Keys this worker has in its window, has read, or is running without a claim of their own. */
  readonly known = new Set<string>();
  /** Rows due before this instant may have been running when the last owner was lost: claim them one by one. */
  cautiousUpTo = Number.NEGATIVE_INFINITY;
  /** Set when its turn is over: nothing more is started, and the lease goes back once its attempts are recorded. */
  yielding = false;
  readonly #deps: HoldDeps;
  readonly #handled = new Map<string, { dueAt: number; at: number }>();
  #lease: ShardLease | null = null;
  #leasedAt = 0;
  #heldSince = 0;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(shard: number, deps: HoldDeps) {
    this.shard = shard;
    this.#deps = deps;
  }

  /** True while attempts of this shard may be started: judged by the monotonic clock alone. */
  get valid(): boolean {
    return this.#lease !== null && this.#deps.monotonic() - this.#leasedAt < (this.#deps.claimMs * 2) / 3;
  }

  /** How long this worker has had the shard in one go, ms. */
  get heldMs(): number {
    return this.#lease === null ? 0 : this.#deps.monotonic() - this.#heldSince;
  }

  get held(): boolean {
    return this.#lease !== null;
  }

  get needsRenewal(): boolean {
    return this.#lease !== null && this.#deps.monotonic() - this.#leasedAt >= this.#deps.claimMs / 3;
  }

  /** Takes or keeps the lease. False when another worker has it. */
  async hold(): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.valid && !this.needsRenewal) return true;
      const { leases, owner, claimMs } = this.#deps;
      const asked = this.#deps.monotonic();
      const now = this.#deps.now();
      const previous = this.#lease;
      const lease = previous
        ? await leases.renew(previous, now, claimMs)
        : await leases.acquire(this.shard, owner, now, claimMs);
      this.#lease = lease;
      this.#leasedAt = asked;
      if (previous === null) this.#heldSince = asked;
      if (lease?.takenOver) this.cautiousUpTo = now;
      return lease !== null;
    });
  }

  /** Gives the lease back. What is still in flight is protected by the version of its row. */
  async release(): Promise<void> {
    await this.#inTurn(async () => {
      const lease = this.#lease;
      this.#lease = null;
      this.yielding = false;
      this.cautiousUpTo = Number.NEGATIVE_INFINITY;
      if (lease) await this.#deps.leases.release(lease);
    });
  }

  /** Keys that are new to this worker: neither known nor handled at this very due time. */
  fresh(keys: readonly DueKey[]): DueKey[] {
    const oldest = this.#deps.monotonic() - HANDLED_MS;
    return keys.filter((key) => {
      const name = keyOf(key);
      if (this.known.has(name)) return false;
      const handled = this.#handled.get(name);
      return handled === undefined || handled.dueAt !== key.dueAt || handled.at < oldest;
    });
  }

  /** The index may show a key for a while after its row has moved on: remember that it was dealt with. */
  handled(key: DueKey): void {
    const name = keyOf(key);
    this.known.delete(name);
    this.#handled.delete(name);
    this.#handled.set(name, { dueAt: key.dueAt, at: this.#deps.monotonic() });
    if (this.#handled.size > HANDLED_MAX) {
      for (const oldest of this.#handled.keys()) {
        this.#handled.delete(oldest);
        break;
      }
    }
  }

  /** Puts a key back as if it had never been seen. */
  forget(key: TaskKey): void {
    this.known.delete(keyOf(key));
    this.#handled.delete(keyOf(key));
  }

  /** Lease calls of one shard never overlap. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const run = this.#busy.then(step, step);
    this.#busy = run.catch(() => undefined);
    return run;
  }
}
