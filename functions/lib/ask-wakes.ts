// Asking to be woken: plan, send, remember.
import { type AskedWakes, type DueMoment, planWakes, rememberWakes } from "@hookclock/core";
import { bucketEndOf, groupOf, shardsOf, WAKE_PLAN } from "./plan.ts";
import type { WakeQueue, World } from "./ports.ts";

export type Asking = World & {
  queue: WakeQueue;
  /** What this process asked for and is still to come, by group of shards. Kept from one invocation to the next. */
  asked: AskedWakes;
};

/**
 * Puts calls for these moments on the queue, leaving out what somebody will be awake for anyway. One call is for a whole
 * group of shards: whoever comes waits once for all of them. Resolves with the groups whose call could not be sent.
 */
export async function askWakes(asking: Asking, moments: readonly DueMoment[]): Promise<Set<number>> {
  const { queue, asked, metrics, log } = asking;
  const plan = { ...WAKE_PLAN, now: asking.now() };
  const ofGroups = moments.map(({ shard, at }) => ({ shard: groupOf(shard), at }));
  const wakes = planWakes(ofGroups, plan, asked);
  if (wakes.length === 0) return new Set();
  const calls = wakes.map((wake) => ({
    ...{ ...wake, shards: shardsOf(wake.shard) },
    until: wake.delaySeconds > 0 ? bucketEndOf(wake.at, plan.now) : lastAt(ofGroups, wake, plan.now),
  }));
  const unsent = new Set(await queue.send(calls));
  const sent = calls.filter((call) => !unsent.has(call));
  rememberWakes(asked, sent, plan);
  metrics.count("wakesSent", sent.length);
  if (unsent.size > 0) {
    metrics.count("errors");
    log.error({ failed: unsent.size, sent: sent.length }, "wake-ups could not be sent");
  }
  return new Set([...unsent].flatMap(({ shards: [shard = 0] }) => groupOf(shard)));
}

/**
 * A delayed call stands for its whole bucket, whatever is registered until it comes. One that comes at once is
 * remembered by nobody: it stands for what was known, and whoever comes need not stay for the rest.
 */
function lastAt(moments: readonly DueMoment[], wake: DueMoment, now: number): number {
  const bucketEnd = bucketEndOf(wake.at, now);
  const same = moments.filter(({ shard, at }) => shard === wake.shard && bucketEndOf(at, now) === bucketEnd);
  return Math.max(...same.map(({ at }) => at));
}
