// A subscription as its users see it: no token, no secret, no callback.
import { isoOf } from "@hookclock/core";
import type { Subscription, SubscriptionState } from "./subscription.ts";
import type { Pushes } from "./subscription-repository.ts";

export type SubscriptionView = {
  namespace: string;
  id: string;
  url: string;
  /** What was found there; null until then. */
  topic: string | null;
  hub: string | null;
  state: SubscriptionState;
  /** When it came into this state. */
  stateDate: string;
  createdDate: string;
  /** What is asked for, seconds. */
  leaseSeconds: number;
  /** What the hub agreed to; null while it has not, or not any more. */
  lease: { leaseSeconds: number; confirmedDate: string; renewDate: string; expiresDate: string } | null;
  /** What is under way at the hub; null when nothing is. */
  request: {
    mode: "subscribe" | "unsubscribe";
    begunDate: string;
    acceptedDate: string | null;
    tries: number;
  } | null;
  /** Whether content has to be signed. */
  signed: boolean;
  poll: { everySeconds: number; lookedDate: string | null; contents: number } | null;
  lastError: { date: string; error: string; message: string } | null;
  pushes: {
    received: number;
    refused: number;
    lastDate: string | null;
    /** The last one that was refused, and why. */
    lastRefusal: { date: string; message: string } | null;
  };
  /** The latest changes of state, oldest first. */
  history: { state: SubscriptionState; date: string }[];
};

const dateOf = (ms: number | undefined): string | null => (ms === undefined ? null : isoOf(ms));

export function viewOf(subscription: Subscription, pushes: Pushes): SubscriptionView {
  const { namespace, id, url, state, createdAt, wish, lease, request, poll, error, history } = subscription;
  const aim = lease ?? request?.aim;
  return {
    ...{ namespace, id, url, state },
    topic: aim?.topic ?? null,
    hub: aim?.hub ?? wish.hub ?? null,
    stateDate: isoOf(history.at(-1)?.at ?? createdAt),
    createdDate: isoOf(createdAt),
    leaseSeconds: wish.leaseSeconds,
    lease: lease === undefined ? null : leaseView(lease),
    request: request === undefined ? null : requestView(request),
    signed: aim?.secret !== undefined,
    poll:
      wish.pollSeconds === undefined
        ? null
        : {
            everySeconds: wish.pollSeconds,
            lookedDate: dateOf(poll?.lookedAt),
            contents: poll?.contents ?? 0,
          },
    lastError:
      error === undefined ? null : { date: isoOf(error.at), error: error.word, message: error.message },
    pushes: pushesView(pushes),
    history: history.map((move) => ({ state: move.state, date: isoOf(move.at) })),
  };
}

const pushesView = ({ received, refused, lastAt, refusal }: Pushes): SubscriptionView["pushes"] => ({
  ...{ received, refused, lastDate: dateOf(lastAt) },
  lastRefusal: refusal === undefined ? null : { date: isoOf(refusal.at), message: refusal.why },
});

const leaseView = ({
  leaseSeconds,
  confirmedAt,
  renewAt,
  expiresAt,
}: NonNullable<Subscription["lease"]>) => ({
  leaseSeconds,
  confirmedDate: isoOf(confirmedAt),
  renewDate: isoOf(renewAt),
  expiresDate: isoOf(expiresAt),
});

const requestView = ({ mode, begunAt, acceptedAt, tries }: NonNullable<Subscription["request"]>) => ({
  mode,
  begunDate: isoOf(begunAt),
  acceptedDate: dateOf(acceptedAt),
  tries,
});
