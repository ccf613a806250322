// What the use cases and handlers of the hub are made from, put together once.
import type { Outcome } from "@hookclock/core";
import type { EventPublisher, WebSubEvent, World } from "../ports.ts";
import { makeSubscriptions, type PairKey } from "./subscription-repository.ts";
import { makeTopics } from "./topic-repository.ts";
import { makeUpdates } from "./update-repository.ts";

export type HubParts = ReturnType<typeof makeHubParts>;

export function makeHubParts(world: World) {
  return {
    world,
    subscriptions: makeSubscriptions(world),
    topics: makeTopics(world),
    updates: makeUpdates(world),
  };
}

/** How a subscription is called where its callback must not stand: that may be a secret of the subscriber. */
export const nameOf = ({ collection, callbackHash }: PairKey): string => `${collection}/${callbackHash}`;

export type Announce = (
  type: Extract<WebSubEvent["type"], `hub.${string}`>,
  key: PairKey,
  message: string,
  topic: string,
) => Promise<void>;

/** Confirmations are the ordinary course: of those, whoever runs this hears, and no event goes to everybody. */
const ROUTINE = "hub.verified";

/** Tells what happened: to whoever runs this, and what somebody may have to act on as an event of the namespace. */
export const makeAnnounce =
  (world: World, publisher: EventPublisher | undefined): Announce =>
  async (type, key, message, topic) => {
    const { namespace } = key;
    const id = nameOf(key);
    world.emit({ type, namespace, id, message });
    if (type === ROUTINE) return;
    const payload = { type, id, topic, message };
    await publisher?.publish({ namespace, predicate: `hookclock.${type}`, payload });
  };

export const USER_AGENT = "hookclock-hub";

export const fault = (error: string, message: string): Outcome => ({ class: "fault", error, message });

/** What an update needs is kept for days; past that, nothing can be made of its tasks. */
export const missing = (what: string): Outcome => ({
  class: "permanent",
  error: "content-missing",
  message: `${what} is not kept any more`,
});
