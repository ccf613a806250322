// Answers that are no success, as the one error of the product.
import { type ErrorCode, HookclockError, headOf, isHookclockError } from "@hookclock/core";
import * as z from "zod";

/** RFC 9457, with what this API adds. Strangers' problem documents fit too: they have no code. */
const problemSchema = z.object({
  detail: z.string().optional(),
  title: z.string().optional(),
  code: z.string().optional(),
  field: z.string().optional(),
  allowed: z.union([z.string(), z.array(z.string())]).optional(),
  requestId: z.string().optional(),
});

/** Every code that an answer may carry; a record, so that the compiler notices one that is missing. */
const KNOWN: Record<ErrorCode, true> = {
  "invalid-input": true,
  "unknown-option": true,
  "id-conflict": true,
  "wrong-status": true,
  "edit-conflict": true,
  "invalid-cursor": true,
  "egress-refused": true,
  "row-too-large": true,
  "row-unreadable": true,
  "table-missing": true,
  "table-mismatch": true,
  throttled: true,
  "store-unavailable": true,
  "store-refused": true,
  "not-authorized": true,
  "unknown-kind": true,
  "handler-fault": true,
  "not-found": true,
  unauthenticated: true,
  forbidden: true,
  "malformed-json": true,
  "body-too-large": true,
  "unsupported-media-type": true,
  "method-not-allowed": true,
  "idempotency-mismatch": true,
  "idempotency-in-progress": true,
  "api-unreachable": true,
};
const isKnown = (code: string | undefined): code is ErrorCode =>
  code !== undefined && Object.hasOwn(KNOWN, code);

/** What gateways in front of an API answer by themselves, without a problem document. */
const BY_STATUS: Record<number, ErrorCode> = {
  401: "unauthenticated",
  403: "forbidden",
  413: "body-too-large",
  429: "throttled",
};
const MESSAGE_LENGTH_MAX = 2_000;

/** A problem document of the API, or null when it is none of ours. */
export function problemError(document: unknown): HookclockError | null {
  const parsed = problemSchema.safeParse(document);
  if (!parsed.success || !isKnown(parsed.data.code)) return null;
  const { code, detail, title = code, field, allowed } = parsed.data;
  return new HookclockError(code, headOf(detail ?? title, MESSAGE_LENGTH_MAX), { field, allowed });
}

/** Any answer that is no success; `where` is the address of the API, for people. */
export function answerError(
  status: number,
  document: unknown,
  where: string,
  requestId: string | null,
): HookclockError {
  const problem = problemError(document);
  if (problem !== null) return isNowhere(problem) ? nothingThere(where) : problem;
  const traced = requestId === null ? "" : ` (request ${headOf(requestId, 128)})`;
  const code = BY_STATUS[status];
  if (code !== undefined)
    return new HookclockError(code, `the API at ${where} answers with status ${status}${traced}`);
  if (status >= 500) {
    return new HookclockError("api-unreachable", `the API at ${where} failed with status ${status}${traced}`);
  }
  return notOurs(where, `status ${status}`);
}

/** Of a thing that was asked for and is not there it is said which field named it; of a path that is none, not. */
const isNowhere = ({ code, field }: HookclockError): boolean => code === "not-found" && field === undefined;

/** Whether what was asked for is not there, as opposed to the whole path. */
export const isMissing = (error: unknown): boolean =>
  isHookclockError(error, "not-found") && !isNowhere(error);

function nothingThere(where: string): HookclockError {
  const why = where.endsWith("/v1")
    ? "say its address without /v1"
    : "is its address right, and its version?";
  return new HookclockError("not-found", `the API at ${where} knows no such path; ${why}`);
}

/** Something listens there, and it is not this API. */
export const notOurs = (where: string, what: string): HookclockError =>
  new HookclockError("api-unreachable", `what answers at ${where} is no hookclock API: ${what}`);
