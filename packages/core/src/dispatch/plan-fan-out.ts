// How a backlog that is more than one invocation can do is shared among further ones.

export type ShardBacklog = { shard: number; due: number };

export type FanOutLimits = {
  /** Attempts that one invocation can make before its time ends. */
  perInvocation: number;
  /** Further invocations at most. */
  invocationsMax: number;
};

/**
 * Groups of shards, one for each further invocation, each with about the same number of due tasks; empty when the
 * invocation that asks can do it all. The one that asks keeps no group for itself: it goes on looking at all shards,
 * so that a group whose invocation is late or lost is not left alone. Leases keep them off each other's tasks.
 * A shard is worked on by one worker at a time, so it is never in two groups, and there are no more groups than
 * shards with a backlog.
 */
export function planFanOut(
  backlog: readonly ShardBacklog[],
  { perInvocation, invocationsMax }: FanOutLimits,
): number[][] {
  const loaded = mostFirst(backlog);
  const total = loaded.reduce((sum, { due }) => sum + due, 0);
  if (total <= perInvocation || loaded.length < 2) return [];
  const count = Math.min(invocationsMax, Math.ceil(total / perInvocation), loaded.length);
  const groups = Array.from({ length: Math.max(0, count) }, () => ({ shards: [] as number[], due: 0 }));
  for (const { shard, due } of loaded) {
    const [first, ...others] = groups;
    if (first === undefined) break;
    const lightest = others.reduce((best, group) => (group.due < best.due ? group : best), first);
    lightest.shards.push(shard);
    lightest.due += due;
  }
  return groups.map(({ shards }) => shards);
}

/** Shards that have something due, the largest backlog first; a shard named twice counts with its larger number. */
function mostFirst(backlog: readonly ShardBacklog[]): ShardBacklog[] {
  const dueOf = new Map<number, number>();
  for (const { shard, due } of backlog) {
    if (due > 0) dueOf.set(shard, Math.max(due, dueOf.get(shard) ?? 0));
  }
  return [...dueOf]
    .map(([shard, due]) => ({ shard, due }))
    .sort((a, b) => b.due - a.due || a.shard - b.shard);
}
