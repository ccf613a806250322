// One attempt at a request to a hub: finds out where it goes, stores what is asked for, and asks.
import { type Outcome, parseRetryAfter, type TaskRow } from "@hookclock/core";
import type { AttemptContext } from "@hookclock/engine";
import { discoverTopic } from "../discovery/discover-topic.ts";
import { aimAt, isSameAim, type Target, targetsOf } from "./aim.ts";
import { type Asked, askHub } from "./ask-hub.ts";
import { callbackOf, hubForm } from "./hub-form.ts";
import { accepted, aimed, dropped, failed, polled, troubled, unsubscribed } from "./moves.ts";
import { change, type Decision, isLastAttempt, type Parts, superseded } from "./parts.ts";
import type { Aim, Request, Subscription } from "./subscription.ts";
import type { SubscriptionKey } from "./subscription-repository.ts";
import { checkTask, hostOf, pollTask } from "./tasks.ts";
import { patienceMs, SAVE_MS } from "./timing.ts";

export const USER_AGENT = "hookclock-subscriber";

type Failure = { class: "retryable" | "permanent"; error: string; message: string; retryAfterMs?: number };
type Attempt = { parts: Parts; key: SubscriptionKey; task: TaskRow; context: AttemptContext };
const NO_HUB = "no-hub";

/** The request of a subscription that this task is to make; null when the subscription wants another, or none. */
export const requestOf = ({ request }: Subscription, task: string): Request | null =>
  request?.task === task ? request : null;

/** Makes the request that the subscription wants of this task. Everything it does may be done twice. */
export async function makeRequest(attempt: Attempt, subscription: Subscription): Promise<Outcome> {
  const targets = await findTargets(attempt, subscription);
  if (!Array.isArray(targets)) return fail(attempt, targets);
  const answered = new Set<string>();
  let failure: Failure = { class: "permanent", error: NO_HUB, message: "there is no hub to ask" };
  for (const target of targets) {
    // Asked over https and answered: the same hub by http has nothing to add.
    if (answered.has(hostOf(target.hub))) continue;
    const aim = await takeAim(attempt, target);
    if (aim === null) return superseded;
    const asked = await ask(attempt, aim);
    if (asked.ok) return accept(attempt);
    if (!asked.isUnreached) answered.add(hostOf(target.hub));
    failure = worse(failure, asked);
  }
  return fail(attempt, failure);
}

/** Of several hubs that failed, one that may come back leaves hope. */
const worse = (
  before: Failure,
  { ok: _ok, isUnreached: _isUnreached, ...now }: Exclude<Asked, { ok: true }>,
): Failure => (before.class === "retryable" && now.class === "permanent" ? before : now);

/** What is asked for may have moved since the last time (WebSub 6.1), so every attempt begins with a look at it. */
async function findTargets(
  { parts: { world }, context }: Attempt,
  { url, wish, lease, request }: Subscription,
): Promise<Target[] | Failure> {
  if (request?.mode === "unsubscribe") return request.aim === undefined ? [] : [request.aim];
  if (wish.hub !== undefined) return targetsOf(url, [wish.hub]);
  const found = await discoverTopic(world.web, url, { userAgent: USER_AGENT, signal: context.signal });
  if (found.ok && found.hubs.length > 0) return targetsOf(found.topic, found.hubs);
  // What has worked until now may well go on working.
  if (lease !== undefined) return [{ topic: lease.topic, hub: lease.hub }];
  const hint = wish.pollSeconds === undefined ? ", and polling was not asked for" : "";
  if (found.ok) return { class: "permanent", error: NO_HUB, message: `the topic names no hub${hint}` };
  const retryAfterMs = parseRetryAfter(found.retryAfter, world.clock.now());
  const failure: Failure = { class: found.class, error: found.error, message: found.message };
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs };
}

type Aimed = { subscription: Subscription; request: Request; aim: Aim };

/** Stores what will be asked for: a hub may check before it answers. Null when it is not wanted any more. */
async function takeAim({ parts, key, task }: Attempt, target: Target): Promise<Aimed | null> {
  let taken: Aimed | null = null;
  await change(parts, key, (subscription) => {
    const request = requestOf(subscription, task.id);
    taken = null;
    if (request === null) return null;
    // What is to end is the very pair that the hub knows.
    const known = request.mode === "unsubscribe" ? request.aim : undefined;
    const aim = known ?? aimAt(subscription, target, parts.world.randomBytes);
    taken = { subscription, request, aim };
    return isSameAim(request.aim, aim) ? null : { after: aimed(subscription, request, aim) };
  });
  return taken;
}

async function ask(
  { parts: { world }, context }: Attempt,
  { subscription, request, aim }: Aimed,
): Promise<Asked> {
  const callback = callbackOf(world.settings.baseUrl, subscription, aim.token);
  const secrets = [callback, aim.token, aim.secret, request.verifyToken].filter((one) => one !== undefined);
  const isBound =
    subscription.wish.secret === "auto" && aim.secret !== undefined && request.mode === "subscribe";
  return askHub(
    world.web,
    {
      hub: aim.hub,
      form: hubForm(request, aim, subscription.wish, callback),
      secrets,
      needsHttps: isBound,
      signal: context.signal,
    },
    () => world.clock.now(),
  );
}

/** The hub took it: from now on its check is waited for. It may have come already. */
async function accept({ parts, key, task }: Attempt): Promise<Outcome> {
  await change(parts, key, (subscription, now) => {
    const request = requestOf(subscription, task.id);
    if (request === null) return null;
    const remainingMs = subscription.lease === undefined ? undefined : subscription.lease.expiresAt - now;
    const lookAt = now + patienceMs(request.tries, remainingMs);
    return { after: accepted(subscription, request, now), tasks: [checkTask(key, request.number, lookAt)] };
  });
  return { class: "ok", message: "the hub took the request" };
}

async function fail({ parts, key, task, context }: Attempt, failure: Failure): Promise<Outcome> {
  // Our own doing, which says nothing of the other side.
  if (failure.error === "aborted") return { class: "fault", error: failure.error, message: failure.message };
  const isOver = failure.class === "permanent" || isLastAttempt(task, context.attempt);
  let goesOn = false;
  let retryAfterMs = failure.retryAfterMs;
  const changed = await change(parts, key, (subscription, now) => {
    if (requestOf(subscription, task.id) === null) return null;
    // A lease is fought for until it ends.
    goesOn = subscription.state === "renewing";
    const remainingMs = (subscription.lease?.expiresAt ?? Number.POSITIVE_INFINITY) - now;
    if (retryAfterMs !== undefined)
      retryAfterMs = Math.max(0, Math.min(retryAfterMs, Math.floor(remainingMs / 2)));
    return failureOf(parts, subscription, failure, { isOver, now });
  });
  if (changed === null) return superseded;
  if (changed.state === "polling")
    return { class: "ok", message: `${failure.message}; it is looked at instead` };
  const outcome: Outcome = {
    class: goesOn ? "retryable" : failure.class,
    ...{ error: failure.error, message: failure.message },
  };
  return retryAfterMs === undefined ? outcome : { ...outcome, retryAfterMs };
}

function failureOf(
  { world }: Parts,
  subscription: Subscription,
  failure: Failure,
  { isOver, now }: { isOver: boolean; now: number },
): Decision {
  const trouble = { word: failure.error, message: failure.message };
  const noted = troubled(subscription, trouble, now);
  const { state, wish, requests } = subscription;
  if (state === "renewing" || !isOver) return { after: noted };
  if (state === "polling") return { after: dropped(noted) };
  if (state === "unsubscribing") {
    // A hub that refuses to end it does not know of it. One that is only out of reach is asked until the lease ends.
    return {
      after: failure.class === "permanent" ? troubled(unsubscribed(subscription, now), trouble, now) : noted,
    };
  }
  if (failure.error !== NO_HUB || wish.pollSeconds === undefined)
    return { after: failed(subscription, trouble, now) };
  const poll = pollTask(subscription, {
    ...{ nonce: world.newId(), number: requests, at: now + SAVE_MS, everySeconds: wish.pollSeconds },
  });
  return { after: polled(subscription, poll.id, now), tasks: [poll] };
}
