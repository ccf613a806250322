// Takes a request for a pair: notes it beside what is in force, and has the subscriber asked. For URL topics and dotted
// ones alike.
import type { HubParts } from "./hub-parts.ts";
import { verifyTask } from "./hub-tasks.ts";
import { checkTimeOf, isPending, PENDING_MS, requested, type SubscriptionRequest } from "./subscription.ts";
import type { PairKey } from "./subscription-repository.ts";
import { laneOfUrl } from "./url-identity.ts";

export type Terms = Pick<
  SubscriptionRequest,
  "mode" | "topic" | "callback" | "leaseSeconds" | "secret" | "exact"
>;
/** `busy`: as many callbacks of this host wait for their check as may. */
export type Asked = "taken" | "busy";

/**
 * Resolves when it is durable that the subscriber will be asked. The newest request of a pair takes the place of those
 * that wait. First the request, then its task: cut off between the two, nobody was promised anything, and the request
 * is forgotten by itself.
 */
export async function askForIntent(parts: HubParts, key: PairKey, terms: Terms): Promise<Asked> {
  const { world, subscriptions } = parts;
  const now = world.clock.now();
  const lane = laneOfUrl(terms.callback);
  if (await subscriptions.isBusy(key, lane, world.settings.hub.pendingPerHostMax)) return "busy";
  await subscriptions.mark(key, lane, now + PENDING_MS);
  const request: SubscriptionRequest = { ...terms, id: world.newId(), requestedAt: now };
  const saved = await subscriptions.change(key, (before) =>
    requested(before, request, checkTimeOf(before, now)),
  );
  const { collection, callbackHash } = key;
  const payload = { collection, callbackHash, lane, request: request.id };
  await world.tasks.register(verifyTask(key.namespace, payload, saved?.checkAt ?? now));
  return "taken";
}

/** Whether there is something that unsubscribing would end: in force, or about to be. */
export async function isSubscribed({ world, subscriptions }: HubParts, key: PairKey): Promise<boolean> {
  const row = await subscriptions.get(key);
  if (row === null) return false;
  const now = world.clock.now();
  if (row.active !== null && row.active.expiresAt > now) return true;
  return isPending(row, now) && row.pending?.mode === "subscribe";
}
