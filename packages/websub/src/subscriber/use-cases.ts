// What users do with subscriptions.

import { isDeepStrictEqual } from "node:util";
import { checkUrl, HookclockError } from "@hookclock/core";
import type { ListPage } from "../consumers/list-query.ts";
import { registerOnce } from "../own-tasks.ts";
import { begin } from "./begin.ts";
import { checkAdd, checkKey, checkList } from "./inputs.ts";
import { unsubscribed } from "./moves.ts";
import { change, type Parts } from "./parts.ts";
import { isEnded, type Subscription, takesContent, type Wish } from "./subscription.ts";
import { NO_PUSHES, type SubscriptionKey } from "./subscription-repository.ts";
import { type SubscriptionView, viewOf } from "./view.ts";

const notFound = ({ namespace, id }: SubscriptionKey): HookclockError =>
  new HookclockError("not-found", `there is no subscription "${id}" in namespace "${namespace}"`, {
    field: "id",
  });

const show = async (parts: Parts, subscription: Subscription): Promise<SubscriptionView> => {
  const [pushes = NO_PUSHES] = await parts.subscriptions.pushes([subscription]);
  return viewOf(subscription, pushes);
};

/**
 * Subscribes to what a URL leads to. Resolves when that is durable; the hub is asked by a task.
 *
 * With an id it may be repeated: the same wish is the same subscription, one that has ended begins anew.
 *
 * A consumer is linked before anything can come.
 *
 * @throws HookclockError `invalid-input`, `unknown-option` or `egress-refused` naming the field; `id-conflict` when the id
 *   is taken by another wish that has not ended, `wrong-status` when the same wish is just being ended.
 */
export async function add(parts: Parts, input: unknown): Promise<SubscriptionView> {
  const { world, subscriptions } = parts;
  const { namespace, id, url, wish, consumer } = checkAdd(input, world.settings.leaseSeconds);
  checkUrl(url, world.web.egress, "url");
  if (wish.hub !== undefined) checkUrl(wish.hub, world.web.egress, "hub");
  const key = { namespace, id: id ?? world.newId() };
  const now = world.clock.now();
  const found = id === undefined ? null : await subscriptions.find(key);
  if (found !== null) judgeAgain(found.subscription, url, wish);
  // First, so that nothing comes before there is somebody who gets it.
  if (consumer !== undefined)
    await parts.consumers.linkOnce({ namespace, source: { subscription: key.id }, consumer });
  if (found === null) {
    const { after, tasks = [] } = begin(world, newSubscription(key, url, wish, now), "subscribe", now);
    for (const task of tasks) await registerOnce(world.tasks, task);
    if ((await subscriptions.insert(after)) === "inserted") return show(parts, after);
  }
  return addAgain(parts, key, url, wish);
}

function newSubscription(key: SubscriptionKey, url: string, wish: Wish, now: number): Subscription {
  const history = [{ number: 1, state: "pending" as const, at: now }];
  const fresh = { state: "pending" as const, createdAt: now, requests: 0, former: [], moves: 1, history };
  return { namespace: key.namespace, id: key.id, url, wish, ...fresh };
}

async function addAgain(
  parts: Parts,
  key: SubscriptionKey,
  url: string,
  wish: Wish,
): Promise<SubscriptionView> {
  let current: Subscription | null = null;
  const changed = await change(parts, key, (subscription, now) => {
    current = subscription;
    return judgeAgain(subscription, url, wish) === "anew"
      ? begin(parts.world, { ...subscription, url, wish }, "subscribe", now)
      : null;
  });
  const result = changed ?? current;
  if (result === null) throw notFound(key);
  return show(parts, result);
}

/** What a repeated `add` is to the subscription that is there. */
function judgeAgain(subscription: Subscription, url: string, wish: Wish): "anew" | "same" {
  const { namespace, id, state } = subscription;
  if (isEnded(subscription)) return "anew";
  if (state === "unsubscribing") throw beingEnded(id);
  if (subscription.url === url && isDeepStrictEqual(subscription.wish, wish)) return "same";
  throw new HookclockError(
    "id-conflict",
    `id "${id}" is taken in namespace "${namespace}" by another subscription; use another id, or remove that one`,
    { field: "id" },
  );
}

const beingEnded = (id: string): HookclockError =>
  new HookclockError(
    "wrong-status",
    `subscription "${id}" is being ended; add it again after that, or under another id`,
    { field: "id" },
  );

/** Null when there is none. */
export async function get(parts: Parts, input: unknown): Promise<SubscriptionView | null> {
  const found = await parts.subscriptions.find(checkKey(input));
  return found === null ? null : show(parts, found.subscription);
}

/** Pages read for one call at most: a rare state in a large namespace must not read all of it. */
const PAGES_MAX = 10;

/** By id. `nextKey` is null after the last; with a state, a page may be short of `limit` and not the last. */
export async function list(parts: Parts, input: unknown): Promise<ListPage<SubscriptionView>> {
  const { namespace, state, limit, startKey } = checkList(input);
  const rows: Subscription[] = [];
  let after = startKey ?? null;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await parts.subscriptions.page({ namespace, state, limit: limit - rows.length, after });
    rows.push(...page.rows);
    after = page.after;
    if (after === null || rows.length >= limit) break;
  }
  const pushes = await parts.subscriptions.pushes(rows);
  const items = rows.map((row, index) => viewOf(row, pushes[index] ?? NO_PUSHES));
  return { items, nextKey: after };
}

/** Asks the hub again, at once: for a new lease, or anew for a subscription that has ended. */
export async function renew(parts: Parts, input: unknown): Promise<SubscriptionView> {
  const key = checkKey(input);
  const changed = await change(parts, key, (subscription, now) => {
    if (subscription.state === "unsubscribing") throw beingEnded(key.id);
    return begin(parts.world, subscription, "subscribe", now);
  });
  if (changed === null) throw notFound(key);
  return show(parts, changed);
}

/** Ends a subscription: what comes from now on is refused, and a hub that agreed to it is told. */
export async function remove(parts: Parts, input: unknown): Promise<SubscriptionView> {
  const key = checkKey(input);
  let current: Subscription | null = null;
  const changed = await change(parts, key, (subscription, now) => {
    current = subscription;
    if (subscription.state === "unsubscribing" || subscription.state === "unsubscribed") return null;
    const { lease } = subscription;
    const isKnown = takesContent(subscription) && lease !== undefined && lease.expiresAt > now;
    return isKnown
      ? begin(parts.world, subscription, "unsubscribe", now)
      : { after: unsubscribed(subscription, now) };
  });
  const result = changed ?? current;
  if (result === null) throw notFound(key);
  return show(parts, result);
}
