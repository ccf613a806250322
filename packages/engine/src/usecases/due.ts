// What the due index says without a task being read: when tasks become due next, and how much is due now.
import type { DueMoment } from "@hookclock/core";
import pLimit from "p-limit";
import type { Engine } from "../engine.ts";
import type { DueKey } from "../ports.ts";

/** As many keys as the smallest read that is charged for holds: shards with few tasks need one query. */
const AHEAD_PAGE = 20;
const COUNT_PAGE = 1_000;
const SHARDS_AT_ONCE = 4;

export type AheadQuery = {
  /** Inclusive bounds, epoch ms. */
  from: number;
  to: number;
  shards?: readonly number[] | undefined;
  bucketMs: number;
};

/**
 * For each shard the first moment at which a task becomes due in each bucket of `bucketMs`, oldest first. Buckets are
 * counted from the epoch. At most one query for each bucket and shard, however many tasks are due in it.
 */
export async function dueAhead(engine: Engine, query: AheadQuery): Promise<DueMoment[]> {
  const moments = await perShard(engine, query.shards, (shard) => shardAhead(engine, shard, query));
  return moments.flat().sort((a, b) => a.at - b.at || a.shard - b.shard);
}

async function shardAhead(engine: Engine, shard: number, query: AheadQuery): Promise<DueMoment[]> {
  const { to, bucketMs } = query;
  const moments: DueMoment[] = [];
  let nextBucketAt = query.from;
  while (nextBucketAt <= to) {
    const next = { shard, from: nextBucketAt, upTo: to, limit: AHEAD_PAGE };
    const { keys, after } = await engine.tasks.findDue(next);
    for (const { dueAt } of keys) {
      if (dueAt < nextBucketAt) continue;
      moments.push({ shard, at: dueAt });
      nextBucketAt = (Math.floor(dueAt / bucketMs) + 1) * bucketMs;
    }
    if (after === null || keys.length === 0) break;
  }
  return moments;
}

export type Backlog = { shards: { shard: number; due: number; more: boolean }[]; oldestDueAt: number | null };

/** How many tasks of each shard are due, counted up to `countMax` (`more`: there are others), and since when. */
export async function dueBacklog(
  engine: Engine,
  { shards, countMax }: { shards?: readonly number[] | undefined; countMax: number },
): Promise<Backlog> {
  const upTo = engine.clock.now();
  const counts = await perShard(engine, shards, (shard) => countDue(engine, { shard, upTo, countMax }));
  const oldest = counts.flatMap(({ oldestAt }) => (oldestAt === null ? [] : [oldestAt]));
  return {
    shards: counts.map(({ shard, due, more }) => ({ shard, due, more })),
    oldestDueAt: oldest.length === 0 ? null : Math.min(...oldest),
  };
}

async function countDue(
  engine: Engine,
  { shard, upTo, countMax }: { shard: number; upTo: number; countMax: number },
): Promise<{ shard: number; due: number; more: boolean; oldestAt: number | null }> {
  let count = 0;
  let oldestAt: number | null = null;
  let after: DueKey | null = null;
  do {
    // One more than is counted tells whether there are more.
    const limit = Math.min(COUNT_PAGE, countMax + 1 - count);
    const place = after === null ? {} : { after };
    const page = await engine.tasks.findDue({ shard, upTo, limit, ...place });
    oldestAt ??= page.keys[0]?.dueAt ?? null;
    count += page.keys.length;
    after = page.after;
  } while (after !== null && count <= countMax);
  return { shard, due: Math.min(count, countMax), more: count > countMax, oldestAt };
}

/** Asks each shard, a few at a time; answers in the order of shards. */
async function perShard<Answer>(
  engine: Engine,
  only: readonly number[] | undefined,
  ask: (shard: number) => Promise<Answer>,
): Promise<Answer[]> {
  const limit = pLimit(SHARDS_AT_ONCE);
  const shards = only === undefined ? await existing(engine) : [...new Set(only)].sort((a, b) => a - b);
  return Promise.all(shards.map((shard) => limit(() => ask(shard))));
}

async function existing(engine: Engine): Promise<number[]> {
  const { read } = await engine.leases.shardCounts(engine.clock.now());
  return Array.from({ length: read }, (_, shard) => shard);
}
