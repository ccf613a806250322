// Where a request may go: at which hubs, with which callback and which secret. Pure but for the chance handed in.
import { hubCandidates } from "../discovery/discover.ts";
import type { Aim, Lease, Request, Subscription } from "./subscription.ts";

/** Ways to one topic tried in one attempt. */
const TARGETS_MAX = 4;
const TOKEN_BYTES = 32;

export type Target = { topic: string; hub: string };

/** All hubs of a topic in the order in which to ask them. */
export const targetsOf = (topic: string, hubs: readonly string[]): Target[] =>
  hubs
    .flatMap(hubCandidates)
    .slice(0, TARGETS_MAX)
    .map((hub) => ({ topic, hub }));

export type RandomBytes = (size: number) => Uint8Array;

export const makeToken = (randomBytes: RandomBytes): string =>
  Buffer.from(randomBytes(TOKEN_BYTES)).toString("base64url");

/**
 * The aim of a request. A callback is one hub's and one topic's alone, and is changed with each lease unless that is not
 * wanted; a secret belongs to its callback. What a request before at the same target had, it keeps: the hub may know it.
 */
export function aimAt(
  { wish, lease, request }: Pick<Subscription, "wish" | "lease" | "request">,
  target: Target,
  randomBytes: RandomBytes,
): Aim {
  const known = [request?.aim, wish.rotateCallback ? undefined : lease].find((one) => isAt(one, target));
  const token = known?.token ?? makeToken(randomBytes);
  const isSigned = wish.secret === "always" || (wish.secret === "auto" && /^https:/i.test(target.hub));
  if (!isSigned) return { ...target, token };
  return { ...target, token, secret: wish.secretText ?? known?.secret ?? makeToken(randomBytes) };
}

const isAt = (one: Aim | Lease | undefined, { topic, hub }: Target): boolean =>
  one !== undefined && one.topic === topic && one.hub === hub;

/** What the hub is told when a lease is to end: the very pair that it knows. */
export const aimOf = ({ topic, hub, token, secret }: Aim): Aim =>
  secret === undefined ? { topic, hub, token } : { topic, hub, token, secret };

export const isSameAim = (a: Request["aim"], b: Aim): boolean =>
  a !== undefined && isAt(a, b) && a.token === b.token && a.secret === b.secret;
