// The two doors of a subscription that its hub knows: GET asks whether we mean it, POST brings content.

import type { WebReply } from "../ports.ts";
import { acceptedMethods, verify } from "../signature.ts";
import { judgeCheck, sameText } from "./judge-check.ts";
import { confirmed, denied, isWideOpen, proven, unsubscribed } from "./moves.ts";
import { change, type Decision, type Parts } from "./parts.ts";
import { countRefused, storePush } from "./store-push.ts";
import { type Subscription, takesContent } from "./subscription.ts";
import type { SubscriptionKey } from "./subscription-repository.ts";
import { expireTask, renewTask } from "./tasks.ts";
import { leaseSecondsOf, renewAt, retryUntil } from "./timing.ts";

export type Callback = { namespace: string; id: string; token: string };
export type Check = Callback & { query: URLSearchParams };
export type Push = Callback & {
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** As it came, before anything is decoded. Null: it was too large to be read. */
  body: Uint8Array | null;
};

// What is answered comes from outside: it must never be taken for a page.
const PLAIN = {
  "content-type": "text/plain; charset=utf-8",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
} as const;
const reply = (status: number, body: string): WebReply => ({ status, headers: PLAIN, body });
const NOT_FOUND = reply(404, "there is no such request");
const GONE = reply(410, "this subscription is over");

const PART_BYTES_MAX = 512;
const isPlace = ({ namespace, id, token }: Callback): boolean =>
  [namespace, id, token].every((part) => part !== "" && Buffer.byteLength(part) <= PART_BYTES_MAX);

/** Answers a hub's check of our intent, or takes note of its denial (WebSub 5.2, 5.3). */
export async function answerCheck(parts: Parts, check: Check): Promise<WebReply> {
  if (!isPlace(check)) return NOT_FOUND;
  const { namespace, id, token, query } = check;
  let answer = NOT_FOUND;
  await change(parts, { namespace, id }, (subscription, now) => {
    const verdict = judgeCheck(subscription, token, query, now);
    answer = NOT_FOUND;
    if (verdict.is === "refusal") return null;
    answer = verdict.is === "denial" ? reply(200, "") : reply(200, verdict.challenge);
    switch (verdict.is) {
      case "repeat":
        return null;
      case "denial":
        return { after: denied(subscription, verdict.reason, now) };
      case "end":
        return { after: unsubscribed(subscription, now) };
      case "confirm": {
        const leaseSeconds = leaseSecondsOf(query.get("hub.lease_seconds"));
        const { random, settings } = parts.world;
        const at = renewAt(now, leaseSeconds, random, settings.renewAfterSeconds);
        const granted = { leaseSeconds, renewAt: at, now };
        return withItsTasks(confirmed(subscription, verdict.aim, granted));
      }
    }
  });
  return answer;
}

/** A lease never lives without the task that renews it and the one that ends it. */
function withItsTasks(after: Subscription): Decision {
  const { lease } = after;
  if (lease === undefined) return { after };
  const retry = retryUntil(lease.expiresAt - lease.renewAt);
  return { after, tasks: [renewTask(after, lease, retry), expireTask(after, lease.expiresAt)] };
}

type Slot =
  | { is: "open"; secret: string | undefined; isFormer: boolean }
  | { is: "over" }
  | { is: "unknown" };

/** Which callback of the subscription this is. What the push says of itself has no part in that (WebSub 7). */
function slotOf(subscription: Subscription, token: string, now: number): Slot {
  const { lease, former } = subscription;
  const isOpen = takesContent(subscription);
  if (lease !== undefined && sameText(token, lease.token))
    return isOpen ? { is: "open", secret: lease.secret, isFormer: false } : { is: "over" };
  const one = former.find((candidate) => sameText(token, candidate.token));
  if (one === undefined) return { is: "unknown" };
  const isUsable = isOpen && !one.isOver && now < one.until;
  return isUsable ? { is: "open", secret: one.secret, isFormer: true } : { is: "over" };
}

/** Takes content from a hub (WebSub 7). 2xx means: it is stored. What it holds is looked at later. */
export async function receive(parts: Parts, push: Push): Promise<WebReply> {
  if (!isPlace(push)) return NOT_FOUND;
  const { namespace, id, headers, body } = push;
  const { world } = parts;
  const key = { namespace, id };
  const subscription = (await parts.subscriptions.find(key))?.subscription;
  if (subscription === undefined) return NOT_FOUND;
  const slot = slotOf(subscription, push.token, world.clock.now());
  if (slot.is === "unknown") return NOT_FOUND;
  if (slot.is === "over") return GONE;
  const { contentBytesMax, baseUrl } = world.settings;
  if (body === null || body.length > contentBytesMax)
    return refuse(parts, key, { status: 413, why: `it has more than ${contentBytesMax} bytes` });
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (encoding !== "" && encoding !== "identity")
    return refuse(parts, key, { status: 415, why: "it is encoded, and is taken without an encoding only" });
  if (slot.secret !== undefined) {
    const verdict = verify(headers["x-hub-signature"], slot.secret, body, acceptedMethods(baseUrl));
    // Dropped in any case; whether the sender is told is the user's choice.
    const status = subscription.wish.onBadSignature === "ignore" ? 202 : 403;
    if (verdict !== "valid") return refuse(parts, key, { status, why: `its signature is ${verdict}` });
  }
  const type = (headers["content-type"] ?? "application/octet-stream").slice(0, 200);
  const topic = subscription.lease?.topic ?? subscription.url;
  await storePush(parts, key, { type, bytes: body, topic }, slot);
  if (!slot.isFormer && isWideOpen(subscription, world.clock.now()))
    await closeFormer(parts, key, push.token);
  return { status: 202 };
}

/** The hub uses the new callback: soon it is told that those of before are over. */
async function closeFormer(parts: Parts, key: SubscriptionKey, token: string): Promise<void> {
  await change(parts, key, (current, now) =>
    current.lease?.token === token && isWideOpen(current, now) ? { after: proven(current, now) } : null,
  );
}

/** Nothing of it is kept but that it came, and why it was not taken. */
async function refuse(
  parts: Parts,
  key: SubscriptionKey,
  { status, why }: { status: number; why: string },
): Promise<WebReply> {
  await countRefused(parts, key, why);
  parts.world.emit({ type: "push.refused", ...key, message: why });
  return status === 202 ? { status } : reply(status, `content is refused: ${why}`);
}
