// What handlers answer is written into rows and logs: a handler's mistake must end as a fault of that one attempt.
import { LIMITS, OUTCOMES, type Outcome } from "@hookclock/core";

/** Room in a log's row for what was sent, beside the answer: rows end at 400 KB. */
const SENT_BYTES_MAX = LIMITS.requestBytesMax + LIMITS.urlBytesMax + 2 * LIMITS.headerBytesMax;

/** Why an outcome cannot be recorded, as the end of a sentence about the handler; null when it can. */
export function problemOf(outcome: unknown): string | null {
  if (outcome === null || typeof outcome !== "object") return "answered no outcome";
  const { class: outcomeClass, message, error, received, sent } = outcome as Partial<Outcome>;
  if (outcomeClass === undefined || !OUTCOMES.includes(outcomeClass)) {
    return `answered an outcome of unknown class; known: ${OUTCOMES.join(", ")}`;
  }
  if (!isShortText(message) || !isShortText(error))
    return "answered a message or an error that is no short text";
  if (received !== undefined && !isAnswer(received)) return "answered something that is no response";
  if (sent !== undefined && !fits(sent, SENT_BYTES_MAX))
    return "answered more of what was sent than a log can hold";
  return null;
}

const isShortText = (text: unknown): boolean =>
  text === undefined || (typeof text === "string" && text.length <= 20 * LIMITS.errorMessageLengthMax);

function isAnswer(received: unknown): boolean {
  if (received === null || typeof received !== "object") return false;
  const { status, headers, body } = received as Partial<NonNullable<Outcome["received"]>>;
  if (!Number.isInteger(status) || typeof body !== "string") return false;
  if (headers === null || typeof headers !== "object") return false;
  if (Object.values(headers).some((value) => typeof value !== "string")) return false;
  return Buffer.byteLength(body) <= 2 * LIMITS.responseBodyBytes && fits(headers, 2 * LIMITS.headerBytesMax);
}

function fits(value: object, bytesMax: number): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(value)) <= bytesMax;
  } catch {
    return false;
  }
}
