// What a callback's answer to the question for its intent means.
import { timingSafeEqual } from "node:crypto";
import { type FailureWord, failureMessage } from "@hookclock/core";
import type { WebAnswer, WebFailure } from "@hookclock/engine";

export type Verdict =
  | { kind: "confirmed" }
  /** The subscriber was asked and did not agree, or may have been asked: it is not asked twice. */
  | { kind: "refused"; error: string; message: string }
  /** Nobody was reached: asking again costs the other side nothing. */
  | { kind: "unreached"; error: FailureWord; message: string }
  /** Given up by ourselves. */
  | { kind: "aborted"; message: string };

/** Failures before a request can have arrived anywhere. */
const NEVER_ARRIVED: ReadonlySet<FailureWord> = new Set(["refused", "unreachable", "dns", "tls"]);

/**
 * Agreed is 2xx with a body that is the challenge and nothing else: not trimmed, no redirect followed (WebSub 5.3).
 * The challenge never stands in a message.
 */
export function verdictOf(answer: WebAnswer | WebFailure, challenge: string, lane: string): Verdict {
  if (answer.kind === "unreachable") {
    const message = failureMessage(answer.word, lane);
    if (answer.word === "aborted") return { kind: "aborted", message };
    if (NEVER_ARRIVED.has(answer.word)) return { kind: "unreached", error: answer.word, message };
    return { kind: "refused", error: answer.word, message };
  }
  const { status, body, truncated } = answer;
  if (status < 200 || status > 299) {
    const note = status >= 300 && status <= 399 ? "; redirects are not followed" : "";
    return { kind: "refused", error: "status", message: `The callback answered ${status}${note}` };
  }
  const expected = Buffer.from(challenge);
  if (!truncated && body.length === expected.length && timingSafeEqual(body, expected)) {
    return { kind: "confirmed" };
  }
  return {
    kind: "refused",
    error: "challenge",
    message: `The callback answered ${status}, but its body is not the challenge alone`,
  };
}
