// Beginning a request: the row that wants it, and the tasks that make it and look after it.
import type { World } from "../ports.ts";
import { aimOf, makeToken } from "./aim.ts";
import { dropped, requested } from "./moves.ts";
import type { Decision } from "./parts.ts";
import type { Mode, Subscription } from "./subscription.ts";
import { askTask, askTaskId, checkTask } from "./tasks.ts";
import { FIRST_RETRY, lifeOf, type RetryTimes, retryUntil, SAVE_MS } from "./timing.ts";

/** `again`: the request before was taken by the hub and never verified. Its check may only be late, so its aim stays. */
export function begin(
  world: World,
  subscription: Subscription,
  mode: Mode,
  now: number,
  again: "again" | "anew" = "anew",
): Decision {
  const { lease, request } = subscription;
  const number = subscription.requests + 1;
  const task = askTaskId(subscription, mode, number, world.newId());
  const isLeased = lease !== undefined && lease.expiresAt > now;
  const retry: RetryTimes = isLeased ? retryUntil(lease.expiresAt - now) : FIRST_RETRY;
  const until = isLeased ? lease.expiresAt : now + lifeOf(retry);
  const aim = mode === "unsubscribe" && lease !== undefined ? aimOf(lease) : undefined;
  const after = requested(again === "again" ? subscription : dropped(subscription), {
    ...{ mode, task, until, now },
    aim: aim ?? (again === "again" ? request?.aim : undefined),
    verifyToken: legacyWord(world, subscription),
  });
  const ask = askTask(subscription, { id: task, mode, number, at: now + SAVE_MS, retry });
  // With a lease, what ends it looks after the request as well.
  return { after, tasks: isLeased ? [ask] : [ask, checkTask(subscription, number, until)] };
}

/** What a hub of before the standard has to send back. */
export const legacyWord = ({ randomBytes }: World, { wish }: Subscription): string | undefined =>
  wish.legacyVerifyToken ? makeToken(randomBytes) : undefined;
