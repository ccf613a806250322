// What a GET at a callback means: a hub's check of our intent, its denial, or neither. Pure.
import { createHash, timingSafeEqual } from "node:crypto";
import { type Aim, isEnded, type Subscription } from "./subscription.ts";

export type CheckVerdict =
  | { is: "confirm"; aim: Aim; challenge: string }
  | { is: "end"; challenge: string }
  /** Asked and answered a moment ago: the same answer again, and nothing changes. */
  | { is: "repeat"; challenge: string }
  | { is: "denial"; reason: string | null }
  | { is: "refusal" };

/** A hub that did not get our answer may ask again for so long. The lease stays where the first check put it. */
const REPEAT_MS = 10 * 60_000;
const CHALLENGE_BYTES_MAX = 8 * 1024;

/** Compares without telling, by its duration, how much of it was right. */
export const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

export function judgeCheck(
  subscription: Subscription,
  token: string,
  query: URLSearchParams,
  now: number,
): CheckVerdict {
  const mode = query.get("hub.mode");
  const topic = query.get("hub.topic");
  if (topic === null) return { is: "refusal" };
  if (mode === "denied") return judgeDenial(subscription, token, topic, query.get("hub.reason"));
  const challenge = query.get("hub.challenge");
  if (challenge === null || challenge === "" || Buffer.byteLength(challenge) > CHALLENGE_BYTES_MAX)
    return { is: "refusal" };
  const { request, answered } = subscription;
  const aim = request?.aim;
  if (request !== undefined && aim !== undefined && mode === request.mode) {
    const isOurs =
      sameText(token, aim.token) && topic === aim.topic && legacyTokenFits(request.verifyToken, query);
    if (isOurs) return mode === "subscribe" ? { is: "confirm", aim, challenge } : { is: "end", challenge };
  }
  const isRepeat =
    request === undefined &&
    answered !== undefined &&
    now - answered.at <= REPEAT_MS &&
    mode === answered.mode &&
    topic === answered.topic &&
    sameText(token, answered.token) &&
    subscription.state === (mode === "subscribe" ? "active" : "unsubscribed");
  return isRepeat ? { is: "repeat", challenge } : { is: "refusal" };
}

/** Hubs of before the standard send our word back; those of the standard do not know it. */
function legacyTokenFits(expected: string | undefined, query: URLSearchParams): boolean {
  const given = query.get("hub.verify_token");
  return expected === undefined || given === null || sameText(given, expected);
}

/** A denial counts for what is asked for, and at any time for what was agreed to. */
function judgeDenial(
  subscription: Subscription,
  token: string,
  topic: string,
  reason: string | null,
): CheckVerdict {
  if (isEnded(subscription) && subscription.request === undefined) return { is: "refusal" };
  const aims = [subscription.request?.aim, subscription.lease].filter((one) => one !== undefined);
  const isOurs = aims.some((aim) => sameText(token, aim.token) && topic === aim.topic);
  return isOurs ? { is: "denial", reason } : { is: "refusal" };
}
