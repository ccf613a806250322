/** Stable codes of every error this product throws. Messages may change, codes do not. */
export type ErrorCode =
  | "invalid-input"
  | "unknown-option"
  | "id-conflict"
  | "wrong-status"
  | "edit-conflict"
  | "invalid-cursor"
  | "egress-refused"
  | "row-too-large"
  | "row-unreadable"
  | "table-missing"
  | "table-mismatch"
  | "throttled"
  | "store-unavailable"
  | "store-refused"
  | "not-authorized"
  | "unknown-kind"
  | "handler-fault"
  // The HTTP API's own.
  | "not-found"
  | "unauthenticated"
  | "forbidden"
  | "malformed-json"
  | "body-too-large"
  | "unsupported-media-type"
  | "method-not-allowed"
  | "idempotency-mismatch"
  | "idempotency-in-progress"
  | "api-unreachable";

export type ErrorDetails = {
  /** Path of the offending field, as the caller wrote it: `repeat.unit`. */
  field?: string | undefined;
  /** What is allowed there, in words or as a list. */
  allowed?: string | readonly string[] | undefined;
  cause?: unknown;
};

/** The one error class of the product: a message for people, a stable `code` for programs, the `cause` kept. */
export class HookclockError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly allowed: string | readonly string[] | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "HookclockError";
    this.code = code;
    this.field = details.field;
    this.allowed = details.allowed;
  }
}

export const isHookclockError = (error: unknown, code?: ErrorCode): error is HookclockError =>
  error instanceof HookclockError && (code === undefined || error.code === code);
