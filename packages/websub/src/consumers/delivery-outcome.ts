// What an attempt at a consumer came to, fit to be written down.
import {
  classifyFailure,
  classifyStatus,
  failureMessage,
  type Outcome,
  parseRetryAfter,
  type Received,
  redactHeaders,
} from "@hookclock/core";
import type { WebAnswer, WebFailure } from "@hookclock/engine";

/** Text if the body is text, base64 otherwise. Only its head is there, so its last character may be half of one. */
function receivedOf({ status, headers, body, truncated }: WebAnswer): Received {
  const received = { status, headers: redactHeaders(headers), ...(truncated ? { truncated } : {}) };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body, { stream: truncated });
    return { ...received, body: text };
  } catch {
    return { ...received, body: Buffer.from(body).toString("base64"), encoding: "base64" };
  }
}

/** @param host who was asked, for people; nothing else of the URL may be said. */
export function outcomeOf(answer: WebAnswer | WebFailure, host: string, now: number): Outcome {
  const { timings } = answer;
  if (answer.kind === "unreachable") {
    const { word } = answer;
    return { class: classifyFailure(word), error: word, message: failureMessage(word, host), timings };
  }
  const outcomeClass = classifyStatus(answer.status);
  const outcome: Outcome = { class: outcomeClass, received: receivedOf(answer), timings };
  if (outcomeClass === "ok") return outcome;
  const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], now);
  const redirected = answer.status >= 300 && answer.status <= 399 ? ": redirects are not followed" : "";
  return {
    ...outcome,
    error: "status",
    message: `${host} answered ${answer.status}${redirected}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
