// A tick of the clock each minute, or the share of one that a tick handed on.
import { HookclockError, LIMITS } from "@hookclock/core";
import * as z from "zod";
import { makeInvoker } from "./lib/invoker.ts";
import type { LambdaContext } from "./lib/ports.ts";
import { runShare, tick } from "./lib/tick.ts";
import { makeWakeQueue } from "./lib/wake-queue.ts";
import { wireHooks } from "./lib/wire-hooks.ts";
import { wireWebSub } from "./lib/wire-websub.ts";
import { invocation, openRoom, settings } from "./lib/wiring.ts";

const shareSchema = z.object({
  shards: z.array(z.int().min(0)).min(1).max(LIMITS.shardsMax),
  depth: z.literal(1),
});
/** Whatever the scheduler sends, as long as it names no shards. */
const tickSchema = z.looseObject({ shards: z.undefined().optional() }).nullish();

const { wakeQueueUrl, triggerFunction } = settings("wakeQueueUrl", "triggerFunction");
const room = openRoom("trigger");
const hooks = wireHooks(room, wireWebSub(room));
const queue = makeWakeQueue({ url: wakeQueueUrl, log: room.log });
const invoker = makeInvoker(triggerFunction);
const asked = new Map<string, number>();

export const handler = (event: unknown, context: LambdaContext): Promise<void> =>
  invocation(room, context, async (world) => {
    const ticking = { ...world, hooks, queue, invoker, asked };
    const share = shareSchema.safeParse(event);
    if (share.success) return runShare(ticking, share.data);
    if (tickSchema.safeParse(event).success) return tick(ticking);
    throw new HookclockError(
      "invalid-input",
      "the event has shards, but not as a tick hands them on: a list of numbers, with depth 1",
      { field: "shards" },
    );
  });
