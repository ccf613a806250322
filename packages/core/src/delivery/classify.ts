import type { OutcomeClass } from "./outcome.ts";

/** Why an attempt came to no usable answer. These are the stable words in `Outcome.error` and in execution logs. */
export const FAILURE_WORDS = [
  "timeout", // no complete answer in the task's time
  "refused", // nothing listens there
  "unreachable", // no route to the host
  "dns", // the name does not resolve
  "tls", // no trusted, secure connection
  "reset", // cut off by the other side
  "closed", // ended before the answer was complete
  "protocol", // the answer is not HTTP, or breaks its rules
  "egress", // the address is one we do not deliver to
  "invalid-request", // the request cannot be put on the wire
  "aborted", // given up by ourselves: the worker was told to stop
] as const;
export type FailureWord = (typeof FAILURE_WORDS)[number];

/**
 * What an answer's status means for the task. Deliveries never follow redirects, so 3xx is an address to be put right
 * and not something that waiting helps. A status outside 200..599 is a broken answer, and the next one may be whole.
 */
export function classifyStatus(status: number): OutcomeClass {
  if (!(status >= 200 && status <= 599)) return "retryable";
  if (status <= 299) return "ok";
  if (status === 410) return "gone";
  // Request Timeout, Too Early, Too Many Requests: the receiver itself says "later".
  if (status === 408 || status === 425 || status === 429 || status >= 500) return "retryable";
  return "permanent";
}

/** What a failure without an answer means for the task. */
export function classifyFailure(word: FailureWord): OutcomeClass {
  switch (word) {
    case "egress":
    case "invalid-request":
      return "permanent";
    case "aborted":
      return "fault";
    default:
      return "retryable";
  }
}

const HOST_LENGTH_MAX = 255;

/** A sentence for people. `host` may have a port; whatever stands before an `@` in it is left out. */
export function failureMessage(word: FailureWord, host: string): string {
  const where = host.slice(host.lastIndexOf("@") + 1).slice(0, HOST_LENGTH_MAX);
  switch (word) {
    case "timeout":
      return `${where} did not answer in time`;
    case "refused":
      return `${where} refused the connection`;
    case "unreachable":
      return `${where} cannot be reached from here`;
    case "dns":
      return `The name of ${where} does not resolve`;
    case "tls":
      return `No secure connection to ${where}: its certificate or its TLS was not accepted`;
    case "reset":
      return `${where} cut the connection off`;
    case "closed":
      return `${where} closed the connection before its answer was complete`;
    case "protocol":
      return `${where} answered with something that is not valid HTTP`;
    case "egress":
      return `${where} is at an address that deliveries are not allowed to go to`;
    case "invalid-request":
      return `The request to ${where} cannot be sent as it is`;
    case "aborted":
      return `The attempt at ${where} was given up because the worker stops`;
  }
}
