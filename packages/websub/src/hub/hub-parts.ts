// What the use cases and handlers of the hub are made from, put together once.
import { isHookclockError, type Outcome } from "@hookclock/core";
import type { EventPublisher, WebSubEvent, World } from "../ports.ts";
import { makeSubscriptions, type PairKey } from "./subscription-repository.ts";
import { makeTopics } from "./topic-repository.ts";
import { makeUpdates } from "./update-repository.ts";
import { hashOf } from "./url-identity.ts";

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

export type Announcement = {
  message: string;
  topic: string;
  /** What makes it one occasion: the same again is no second event. */
  occasion: string;
  /** It may have been told before, and may not: only who must not miss it is told again. */
  isRepeat?: boolean;
};
export type Announce = (
  type: Extract<WebSubEvent["type"], `hub.${string}`>,
  key: PairKey,
  announcement: Announcement,
) => Promise<void>;

/** Confirmations are the ordinary course: of those, whoever runs this hears, and no event goes to everybody. */
const ROUTINE = "hub.verified";

/** Tells what happened: to whoever runs this, and what somebody may have to act on as an event of the namespace. */
export const makeAnnounce =
  (world: World, publisher: EventPublisher | undefined): Announce =>
  async (type, key, { message, topic, occasion, isRepeat = false }) => {
    const { namespace } = key;
    const id = nameOf(key);
    if (!isRepeat) world.emit({ type, namespace, id, message });
    if (type === ROUTINE || publisher === undefined) return;
    const predicate = `hookclock.${type}`;
    const event = { namespace, predicate, payload: { type, id, topic, message } };
    try {
      await publisher.publish({ ...event, id: `${predicate}/${hashOf(id, occasion)}` });
    } catch (error) {
      // Told before, in other words: the pair was asked for in another spelling meanwhile.
      if (!isHookclockError(error, "id-conflict")) throw error;
    }
  };

export const USER_AGENT = "hookclock-hub";

export const fault = (error: string, message: string): Outcome => ({ class: "fault", error, message });

/** What an update needs is kept for days; past that, nothing can be made of its tasks. */
export const missing = (what: string): Outcome => ({
  class: "permanent",
  error: "content-missing",
  message: `${what} is not kept any more`,
});
