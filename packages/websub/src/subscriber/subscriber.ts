// The subscriber put together: use cases for users, doors for hubs, handlers for the engine.
import type { Handler } from "@hookclock/engine";
import type { ListPage } from "../consumers/list-query.ts";
import type { WebReply, World } from "../ports.ts";
import { makeAskHandler, makeCheckHandler, makeRenewHandler } from "./ask-handlers.ts";
import { answerCheck, type Check, type Push, receive } from "./callbacks.ts";
import type { AddInput, ListInput } from "./inputs.ts";
import { makeAnnounceHandler, makeExpireHandler, makeReceiveHandler } from "./own-handlers.ts";
import { makeParts, type Rooms } from "./parts.ts";
import { makePollHandler } from "./poll-handler.ts";
import type { SubscriptionKey } from "./subscription-repository.ts";
import { add, get, list, remove, renew } from "./use-cases.ts";
import type { SubscriptionView } from "./view.ts";

export interface Subscriber {
  /** Subscribes to what a URL leads to. Resolves when that is durable; the hub is asked by a task. */
  add(input: AddInput): Promise<SubscriptionView>;
  /** Null when there is none. */
  get(key: SubscriptionKey): Promise<SubscriptionView | null>;
  list(query: ListInput): Promise<ListPage<SubscriptionView>>;
  /** Asks the hub again, at once. */
  renew(key: SubscriptionKey): Promise<SubscriptionView>;
  /** Unsubscribes. */
  remove(key: SubscriptionKey): Promise<SubscriptionView>;
  /** A hub's GET at a callback. */
  answerCheck(check: Check): Promise<WebReply>;
  /** A hub's POST at a callback. */
  receive(push: Push): Promise<WebReply>;
  /** Of the tasks that all this is done by. */
  handlers: readonly Handler[];
}

export function makeSubscriber(world: World, rooms: Rooms): Subscriber {
  const parts = makeParts(world, rooms);
  return {
    add: (input) => add(parts, input),
    get: (key) => get(parts, key),
    list: (query) => list(parts, query),
    renew: (key) => renew(parts, key),
    remove: (key) => remove(parts, key),
    answerCheck: (check) => answerCheck(parts, check),
    receive: (push) => receive(parts, push),
    handlers: [
      makeAskHandler(parts, "subscribe"),
      makeAskHandler(parts, "unsubscribe"),
      makeRenewHandler(parts),
      makeCheckHandler(parts),
      makeExpireHandler(parts),
      makeAnnounceHandler(parts),
      makeReceiveHandler(parts),
      makePollHandler(parts),
    ],
  };
}
