// Asking to be woken: plan, send, remember.
import { type AskedWakes, type DueMoment, planWakes, rememberWakes } from "@hookclock/core";
import { groupOf, shardsOf, WAKE_PLAN } from "./plan.ts";
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
  const wakes = planWakes(
    moments.map(({ shard, at }) => ({ shard: groupOf(shard), at })),
    plan,
    asked,
  );
  if (wakes.length === 0) return new Set();
  const calls = wakes.map((wake) => ({ ...wake, shards: shardsOf(wake.shard) }));
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
