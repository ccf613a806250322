// Asking to be woken: plan, send, remember.
import { type AskedWakes, type DueMoment, planWakes, rememberWakes, type Wake } from "@hookclock/core";
import { WAKE_PLAN } from "./plan.ts";
import type { WakeQueue, World } from "./ports.ts";

export type Asking = World & {
  queue: WakeQueue;
  /** What this process asked for and is still to come. Kept from one invocation to the next. */
  asked: AskedWakes;
};

/** Puts wake-ups for these moments on the queue, leaving out those that will come anyway. Resolves with what was not sent. */
export async function askWakes(asking: Asking, moments: readonly DueMoment[]): Promise<Wake[]> {
  const { queue, asked, metrics, log } = asking;
  const plan = { ...WAKE_PLAN, now: asking.now() };
  const wakes = planWakes(moments, plan, asked);
  if (wakes.length === 0) return [];
  const failed = await queue.send(wakes);
  const unsent = new Set(failed);
  const sent = wakes.filter((wake) => !unsent.has(wake));
  rememberWakes(asked, sent, plan);
  metrics.count("wakesSent", sent.length);
  if (failed.length > 0) {
    metrics.count("errors");
    log.error({ failed: failed.length, sent: sent.length }, "wake-ups could not be sent");
  }
  return failed;
}
