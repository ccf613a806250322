// What is due in the whole system and when more will be, read from the due index alone: what a dispatcher needs to know.
import { check, DEFAULTS, instantField, isoOf, refuse } from "@hookclock/core";
import { dueAhead, dueBacklog, type Engine } from "@hookclock/engine";
import * as z from "zod";
import { checkRange, shardsField } from "./inputs.ts";

/** So many buckets at most: each may take a query of each shard. */
const AHEAD_BUCKETS_MAX = 1_000;
const BACKLOG_COUNT_MAX = 100_000;

const aheadSchema = z.strictObject({
  from: instantField.optional(),
  to: instantField,
  shards: shardsField.optional(),
  bucketMs: z.number().int().min(1),
});
const backlogSchema = z.strictObject({
  shards: shardsField.optional(),
  countMax: z.number().int().min(1).max(BACKLOG_COUNT_MAX).default(DEFAULTS.backlogCount),
});

export type AheadInput = {
  /** Inclusive bounds. `from` is now unless given. */
  from?: string | Date;
  to: string | Date;
  /** Only these shards of the due index. Default: all there are. */
  shards?: number[];
  /** Moments of a shard within one bucket of this length, counted from the epoch, are told as the first of them. */
  bucketMs: number;
};
/** Moments at which something in a shard becomes due: `at` in epoch ms, oldest first. */
export type AheadResult = { items: { shard: number; at: number }[] };

export async function ahead(engine: Engine, input: AheadInput): Promise<AheadResult> {
  const { from = engine.clock.now(), to, shards, bucketMs } = check(aheadSchema, input, "ahead");
  checkRange(from, to);
  const bucketMsMin = Math.ceil((to - from) / AHEAD_BUCKETS_MAX);
  if (bucketMs < bucketMsMin) {
    const allowed = `at least ${bucketMsMin} for this range, which makes ${AHEAD_BUCKETS_MAX} buckets`;
    refuse("bucketMs", bucketMs, allowed);
  }
  return { items: await dueAhead(engine, { from, to, shards, bucketMs }) };
}

export type BacklogInput = {
  /** Only these shards of the due index. Default: all there are. */
  shards?: number[];
  /** Tasks of a shard are counted up to this number. Default 1,000, at most 100,000. */
  countMax?: number;
};
export type BacklogResult = {
  /** What is due now; `more`: there are others beyond those counted. */
  shards: { shard: number; due: number; more: boolean }[];
  /** Since when the oldest of them is due; null when nothing is. */
  oldestDueAt: string | null;
};

export async function backlog(engine: Engine, input: BacklogInput | undefined): Promise<BacklogResult> {
  const { shards, oldestDueAt } = await dueBacklog(engine, check(backlogSchema, input ?? {}, "backlog"));
  return { shards, oldestDueAt: oldestDueAt === null ? null : isoOf(oldestDueAt) };
}
