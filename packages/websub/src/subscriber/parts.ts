// What the use cases and handlers of the subscriber are made from, and the one way in which a subscription changes.
import { HookclockError, type Outcome, type RegisterInput, type TaskRow } from "@hookclock/core";
import { registerOnce } from "../own-tasks.ts";
import type { ConsumerLinker, EventPublisher, MessageSink, WebSubEvent, World } from "../ports.ts";
import type { Subscription, SubscriptionState } from "./subscription.ts";
import { makeSubscriptions, type SubscriptionKey, type Subscriptions } from "./subscription-repository.ts";
import { announceTask } from "./tasks.ts";
import { SAVE_MS } from "./timing.ts";

/** What the subscriber needs of the other parts. */
export type Rooms = { sink: MessageSink; events: EventPublisher; consumers: ConsumerLinker };

export type Parts = Rooms & {
  world: World;
  subscriptions: Subscriptions;
};

export const makeParts = (world: World, rooms: Rooms): Parts => ({
  world,
  ...rooms,
  subscriptions: makeSubscriptions(world),
});

/** What a decision makes of a subscription: the row after it, and the tasks that have to be there before it is saved. */
export type Decision = { after: Subscription; tasks?: readonly RegisterInput[] };

/** Conflicts in a row before a change is given up: more than that many writers at one row are an outage. */
const TRIES_MAX = 25;

/**
 * Changes a subscription whatever others do to it meanwhile. The tasks of a decision are registered before it is saved: a
 * crash in between leaves tasks that find themselves out of date, never a state that nobody looks after.
 *
 * @returns the row as saved; null when there is none, or the decision was to leave it.
 */
export async function change(
  { world, subscriptions }: Parts,
  key: SubscriptionKey,
  decide: (subscription: Subscription, now: number) => Decision | null,
): Promise<Subscription | null> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const found = await subscriptions.find(key);
    if (found === null) return null;
    const now = world.clock.now();
    const decision = decide(found.subscription, now);
    if (decision === null) return null;
    const { after, tasks = [] } = decision;
    const news = newsOf(found.subscription, after);
    for (const task of tasks) await registerOnce(world.tasks, task);
    if (news !== null) await registerOnce(world.tasks, announceTask(key, { ...news, at: now + SAVE_MS }));
    if (!(await subscriptions.save(found, after))) continue;
    if (news !== null) tell(world, key, news);
    return after;
  }
  throw new HookclockError("edit-conflict", `subscription "${key.id}" is changed too often to be saved`);
}

const NEWS = {
  active: "subscription.active",
  denied: "subscription.denied",
  expired: "subscription.expired",
  unsubscribed: "subscription.unsubscribed",
  failed: "subscription.failed",
} as const satisfies Partial<Record<SubscriptionState, WebSubEvent["type"]>>;
type News = { number: number; state: keyof typeof NEWS; message: string };

/** What others want to hear of. A renewal is no news: it was active before. */
function newsOf(before: Subscription, after: Subscription): News | null {
  const { state, moves: number } = after;
  if (number === before.moves || !isNews(state)) return null;
  if (state === "active" && before.state === "renewing") return null;
  return { number, state, message: messageOf(state, after) };
}
const isNews = (state: SubscriptionState): state is keyof typeof NEWS => Object.hasOwn(NEWS, state);

function messageOf(state: keyof typeof NEWS, { error, lease }: Subscription): string {
  if (state === "active") return `the hub granted a lease of ${lease?.leaseSeconds ?? 0} s`;
  if (state === "unsubscribed") return "ended as asked for";
  if (state === "expired") return `the lease ended before it was renewed${error ? `: ${error.message}` : ""}`;
  return error?.message ?? state;
}

function tell(world: World, { namespace, id }: SubscriptionKey, { state, message }: News): void {
  world.emit({ type: NEWS[state], namespace, id, message });
}

/** Whether a state is published as an event, and under which predicate. */
export const predicateOf = (state: string): string | null =>
  Object.hasOwn(NEWS, state) ? `hookclock.subscription.${state}` : null;

export const superseded: Outcome = { class: "ok", message: "superseded" };

/** A task is registered before the state that wants it is saved. Later than this, that state never came to be. */
const SAVED_WITHIN_MS = 60_000;

/** For a task whose subscription is not as far as the task: another process may be about to save it. */
export function notYet(task: TaskRow, startedAt: number): Outcome {
  return startedAt - task.scheduledAt < SAVED_WITHIN_MS
    ? { class: "retryable", error: "not-yet", message: "the subscription is about to be saved" }
    : superseded;
}

/** True for the last attempt that the task's own policy allows. */
export const isLastAttempt = (task: TaskRow, attempt: number): boolean => attempt > (task.retry?.limit ?? 0);
