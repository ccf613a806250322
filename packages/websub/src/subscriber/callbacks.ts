// The two doors of a subscription that its hub knows: GET asks whether we mean it, POST brings content.

import type { WebReply } from "../ports.ts";
import { acceptedMethods, type SignatureVerdict, verify } from "../signature.ts";
import { judgeCheck, sameText } from "./judge-check.ts";
import { confirmed, denied, proven, unsubscribed } from "./moves.ts";
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
  /** As it came, before anything is decoded. */
  body: Uint8Array;
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
  if (body.length > contentBytesMax)
    return reply(413, `content has ${body.length} bytes; at most ${contentBytesMax} are taken`);
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (encoding !== "" && encoding !== "identity") return reply(415, "content is taken without an encoding");
  if (slot.secret !== undefined) {
    const verdict = verify(headers["x-hub-signature"], slot.secret, body, acceptedMethods(baseUrl));
    if (verdict !== "valid") return refuse(parts, key, subscription, verdict);
  }
  const type = (headers["content-type"] ?? "application/octet-stream").slice(0, 200);
  const topic = subscription.lease?.topic ?? subscription.url;
  await storePush(parts, key, { type, bytes: body, topic });
  if (!slot.isFormer && subscription.former.some((one) => !one.isOver))
    await closeFormer(parts, key, push.token);
  return { status: 202 };
}

/** The hub uses the new callback: from now on it is told that those of before are over. */
async function closeFormer(parts: Parts, key: SubscriptionKey, token: string): Promise<void> {
  await change(parts, key, (current) =>
    current.lease?.token === token && current.former.some((one) => !one.isOver)
      ? { after: proven(current) }
      : null,
  );
}

/** Dropped in any case; whether the sender is told is the user's choice. */
async function refuse(
  parts: Parts,
  key: SubscriptionKey,
  { wish }: Subscription,
  verdict: SignatureVerdict,
): Promise<WebReply> {
  await countRefused(parts, key);
  parts.world.emit({ type: "push.refused", ...key, message: `its signature is ${verdict}` });
  return wish.onBadSignature === "ignore" ? { status: 202 } : reply(403, `the signature is ${verdict}`);
}
