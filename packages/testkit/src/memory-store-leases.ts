// Shard leases in memory, conditional exactly like the rows in the database.
import type { LeaseStore, ShardLease } from "@hookclock/engine";
import type { FaultScript } from "./memory-store-faults.ts";

export type LeaseState = { shard: number; owner?: string; until?: number; epoch: number };
type Counts = { read: number; write: number };

export class MemoryLeases {
  readonly #leases = new Map<number, LeaseState>();
  #counts: Counts;

  constructor(shards: number) {
    this.#counts = { read: shards, write: shards };
  }

  acquire(shard: number, owner: string, now: number, ms: number): ShardLease | null {
    const held = this.#leases.get(shard);
    const foreign = held?.owner !== undefined && held.owner !== owner;
    if (foreign && (held.until ?? 0) >= now) return null;
    const epoch = (held?.epoch ?? 0) + 1;
    this.#leases.set(shard, { shard, owner, until: now + ms, epoch });
    return { shard, owner, epoch, takenOver: held?.owner !== undefined };
  }

  renew(lease: ShardLease, now: number, ms: number): ShardLease | null {
    if (!this.#holds(lease)) return null;
    const epoch = lease.epoch + 1;
    this.#leases.set(lease.shard, { shard: lease.shard, owner: lease.owner, until: now + ms, epoch });
    return { ...lease, epoch, takenOver: false };
  }

  release(lease: ShardLease): void {
    if (this.#holds(lease)) this.#leases.set(lease.shard, { shard: lease.shard, epoch: lease.epoch });
  }

  counts(): Counts {
    return { ...this.#counts };
  }

  setCounts(counts: Counts): void {
    this.#counts = { ...counts };
  }

  dump(): LeaseState[] {
    return structuredClone([...this.#leases.values()]);
  }

  #holds(lease: ShardLease): boolean {
    const held = this.#leases.get(lease.shard);
    return held?.owner === lease.owner && held.epoch === lease.epoch;
  }
}

/** The port over the leases, each call obeying the script of faults. */
export const memoryLeaseStore = (table: MemoryLeases, { guard }: FaultScript): LeaseStore => ({
  acquire: guard("leases.acquire", (shard: number, owner: string, now: number, ms: number) =>
    table.acquire(shard, owner, now, ms),
  ),
  renew: guard("leases.renew", (lease: ShardLease, now: number, ms: number) => table.renew(lease, now, ms)),
  release: guard("leases.release", (lease: ShardLease) => table.release(lease)),
  shardCounts: guard("leases.shardCounts", (_now: number) => table.counts()),
});
