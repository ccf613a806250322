import type { Json } from "../task/row.ts";

/**
 * What one attempt came to.
 * `ok` 2xx · `retryable` may work later · `permanent` retrying cannot help · `gone` 410, never again ·
 * `fault` our own failure, never blamed on the receiver (retried like `retryable`).
 */
export const OUTCOMES = ["ok", "retryable", "permanent", "gone", "fault"] as const;
export type OutcomeClass = (typeof OUTCOMES)[number];

export type Sent = { url?: string; method?: string; headers?: Record<string, string>; body?: Json };
export type Received = {
  status: number;
  headers: Record<string, string>;
  /** Head of the body as text; binary answers are base64 with `encoding: "base64"`. */
  body: string;
  encoding?: "base64";
  /** True when the body or the headers were longer than what is kept. */
  truncated?: boolean;
};
/** Milliseconds of each phase; a phase that did not happen (a reused connection has no dns) is missing. */
export type Timings = { dnsMs?: number; connectMs?: number; firstByteMs?: number; totalMs: number };

export type Outcome = {
  class: OutcomeClass;
  /** Why it did not succeed, for people. Never holds a secret. */
  message?: string;
  /** Stable word for what went wrong: `timeout`, `refused`, `dns`, `tls`, `reset`, `egress`, `status` … */
  error?: string;
  /** The receiver's own wish, in ms from now, already parsed; bounds are applied by the backoff. */
  retryAfterMs?: number;
  sent?: Sent;
  received?: Received;
  timings?: Timings;
};
