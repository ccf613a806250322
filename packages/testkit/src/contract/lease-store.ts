// What every lease store must do: one owner at a time, and never a stuck shard.
import type { ShardLease } from "@hookclock/engine";
import { beforeAll, describe, expect, test } from "vitest";
import { freshPlace, type OpenStores, type StoresUnderTest, T0 } from "./rows.ts";

const LEASE_MS = 10_000;

export function describeLeaseStore(name: string, open: OpenStores): void {
  describe(`lease store: ${name}`, () => {
    let stores: StoresUnderTest;
    beforeAll(async () => {
      stores = await open();
    });
    const setup = () => ({ leases: stores.leases, shard: freshPlace().shard });

    test("a free shard is taken, and then refused to others until it runs out", async () => {
      const { leases, shard } = setup();
      const lease = await leases.acquire(shard, "a", T0, LEASE_MS);
      expect(lease).toMatchObject({ shard, owner: "a", takenOver: false });
      expect(await leases.acquire(shard, "b", T0, LEASE_MS)).toBeNull();
      expect(await leases.acquire(shard, "b", T0 + LEASE_MS, LEASE_MS)).toBeNull();
      const taken = await leases.acquire(shard, "b", T0 + LEASE_MS + 1, LEASE_MS);
      expect(taken).toMatchObject({ shard, owner: "b", takenOver: true });
      expect(taken?.epoch).toBeGreaterThan(lease?.epoch ?? Number.POSITIVE_INFINITY);
    });

    test("the owner may take it again, as one that ran out: the first answer may have been lost", async () => {
      const { leases, shard } = setup();
      const first = await leases.acquire(shard, "a", T0, LEASE_MS);
      const again = await leases.acquire(shard, "a", T0 + 1, LEASE_MS);
      expect(again).toMatchObject({ owner: "a", takenOver: true });
      expect(again?.epoch).toBeGreaterThan(first?.epoch ?? Number.POSITIVE_INFINITY);
    });

    test("renewal prolongs it; the lease from before the renewal is void", async () => {
      const { leases, shard } = setup();
      const lease = (await leases.acquire(shard, "a", T0, LEASE_MS)) as ShardLease;
      const renewed = (await leases.renew(lease, T0 + 5_000, LEASE_MS)) as ShardLease;
      expect(renewed.epoch).toBeGreaterThan(lease.epoch);
      expect(renewed.takenOver).toBe(false);
      expect(await leases.acquire(shard, "b", T0 + LEASE_MS + 1, LEASE_MS)).toBeNull();
      expect(await leases.renew(lease, T0 + 6_000, LEASE_MS)).toBeNull();
      expect(await leases.renew(renewed, T0 + 6_000, LEASE_MS)).not.toBeNull();
    });

    test("an owner that was overtaken cannot renew or release", async () => {
      const { leases, shard } = setup();
      const old = (await leases.acquire(shard, "a", T0, LEASE_MS)) as ShardLease;
      const current = (await leases.acquire(shard, "b", T0 + 20_000, LEASE_MS)) as ShardLease;
      expect(current.takenOver).toBe(true);
      expect(await leases.renew(old, T0 + 20_001, LEASE_MS)).toBeNull();
      await leases.release(old);
      expect(await leases.acquire(shard, "c", T0 + 20_002, LEASE_MS)).toBeNull();
      expect(await leases.renew(current, T0 + 20_003, LEASE_MS)).not.toBeNull();
    });

    test("a released shard is free at once, and not counted as taken over", async () => {
      const { leases, shard } = setup();
      const lease = (await leases.acquire(shard, "a", T0, LEASE_MS)) as ShardLease;
      await leases.release(lease);
      await leases.release(lease);
      expect(await leases.renew(lease, T0 + 1, LEASE_MS)).toBeNull();
      const next = await leases.acquire(shard, "b", T0 + 1, LEASE_MS);
      expect(next).toMatchObject({ owner: "b", takenOver: false });
      expect(next?.epoch).toBeGreaterThan(lease.epoch);
    });

    test("of 20 workers that want one shard, one gets it", async () => {
      const { leases, shard } = setup();
      const owners = Array.from({ length: 20 }, (_, index) => `worker-${index}`);
      const results = await Promise.all(owners.map((owner) => leases.acquire(shard, owner, T0, LEASE_MS)));
      expect(results.filter((lease) => lease !== null)).toHaveLength(1);
    });

    test("shard counts are told", async () => {
      const { leases } = setup();
      const { read, write } = await leases.shardCounts(T0);
      expect(read).toBeGreaterThanOrEqual(write);
      expect(write).toBeGreaterThanOrEqual(1);
    });
  });
}
