// What a batch of wake-ups leads to: a pass over their shards, as far ahead as they say.
import { LIMITS } from "@hookclock/core";
import * as z from "zod";
import { budgetOf, windowOf } from "./plan.ts";
import type { World } from "./ports.ts";
import type { TriggerHooks } from "./tick.ts";

export type Waking = World & { hooks: TriggerHooks; remainingMs: () => number };

const wakeSchema = z.object({
  shards: z.array(z.int().min(0)).min(1).max(LIMITS.shardsMax),
  until: z.int(),
});
const messageSchema = z.object({ messageId: z.string(), body: z.string() });

/**
 * Runs what is due and what becomes due in the time woken for. Resolves with the ids of messages that are to come
 * again: all that made sense, when the pass failed.
 */
export async function runWakes(waking: Waking, messages: readonly unknown[]): Promise<string[]> {
  const { hooks, metrics, log, remainingMs } = waking;
  const now = waking.now();
  const read = messages.map(readMessage);
  const wakes = read.filter((one) => one !== null);
  if (wakes.length < read.length) {
    metrics.count("poisonRecords", read.length - wakes.length);
    log.warn({ poison: read.length - wakes.length }, "messages that make no sense were passed over");
  }
  if (wakes.length === 0) return [];
  const shards = [...new Set(wakes.flatMap((wake) => wake.shards))].sort((a, b) => a - b);
  const lookAheadMs = Math.max(...wakes.map(({ until }) => windowOf(until, now)));
  try {
    const result = await hooks.trigger({ shards, lookAheadMs, budgetMs: budgetOf(remainingMs()) });
    log.info({ shards, lookAheadMs, ...result }, "woken");
    return [];
  } catch (error) {
    metrics.count("errors");
    log.error({ shards, error: error instanceof Error ? error.message : String(error) }, "the pass failed");
    return wakes.map(({ messageId }) => messageId);
  }
}

function readMessage(message: unknown): { messageId: string; shards: number[]; until: number } | null {
  const envelope = messageSchema.safeParse(message);
  if (!envelope.success) return null;
  try {
    const wake = wakeSchema.safeParse(JSON.parse(envelope.data.body));
    return wake.success ? { messageId: envelope.data.messageId, ...wake.data } : null;
  } catch {
    return null;
  }
}
