// Errors as answers: problem documents of RFC 9457, one status and one title for each code.
import { type ErrorCode, HookclockError } from "@hookclock/core";

/** `internal` is what callers see of every fault of ours. */
export type ProblemCode = ErrorCode | "internal";

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  field?: string;
  allowed?: string | readonly string[];
  requestId: string;
};

type Kind = {
  status: number;
  title: string /** Said instead of the error's own message. */;
  detail?: string;
};

const INTERNAL: Kind = {
  status: 500,
  title: "Internal error",
  detail: "something failed on our side; the request id leads to it in the log",
};
const TABLES: Kind = {
  status: 503,
  title: "Tables not ready",
  detail: "the tables in the database are missing or do not fit; whoever runs this service can say more",
};

const KINDS: Partial<Record<ErrorCode, Kind>> = {
  "invalid-input": { status: 400, title: "Invalid input" },
  "unknown-option": { status: 400, title: "Unknown field" },
  "invalid-cursor": { status: 400, title: "Invalid cursor" },
  "egress-refused": { status: 400, title: "Destination refused" },
  "unknown-kind": { status: 400, title: "Unknown kind" },
  "malformed-json": { status: 400, title: "Malformed JSON" },
  unauthenticated: { status: 401, title: "Not authenticated" },
  forbidden: { status: 403, title: "Forbidden" },
  "not-found": { status: 404, title: "Not found" },
  "method-not-allowed": { status: 405, title: "Method not allowed" },
  "id-conflict": { status: 409, title: "Id is taken" },
  "wrong-status": { status: 409, title: "Wrong status" },
  "edit-conflict": { status: 409, title: "Edited by somebody else" },
  "idempotency-in-progress": { status: 409, title: "Still in progress" },
  "row-too-large": { status: 413, title: "Task too large" },
  "body-too-large": { status: 413, title: "Body too large" },
  "unsupported-media-type": { status: 415, title: "Unsupported media type" },
  "idempotency-mismatch": { status: 422, title: "Idempotency key used for something else" },
  throttled: {
    status: 429,
    title: "Too many requests",
    detail: "the database cannot take more right now; ask again a little later",
  },
  "store-unavailable": {
    status: 503,
    title: "Database unavailable",
    detail: "the database does not answer; ask again a little later",
  },
  "table-missing": TABLES,
  "table-mismatch": TABLES,
};

const RETRY_AFTER_SECONDS = "1";

const kindOf = (error: unknown): Kind & { code: ProblemCode } => {
  const kind = error instanceof HookclockError ? KINDS[error.code] : undefined;
  if (kind === undefined || !(error instanceof HookclockError)) return { ...INTERNAL, code: "internal" };
  return { ...kind, code: error.code };
};

/** What a caller is told of an error. Faults of ours and of the database are told without their details. */
export function problemOf(error: unknown, requestId: string): Problem {
  const { status, title, detail, code } = kindOf(error);
  const problem: Problem = {
    type: `urn:hookclock:problem:${code}`,
    title,
    status,
    detail: detail ?? (error as Error).message,
    code,
    requestId,
  };
  if (detail === undefined && error instanceof HookclockError) {
    if (error.field !== undefined) problem.field = error.field;
    if (error.allowed !== undefined) problem.allowed = error.allowed;
  }
  return problem;
}

/** Headers that belong to a problem, besides those of every answer. */
export function problemHeaders({ status, code, allowed }: Problem): Record<string, string> {
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="hookclock"';
  if (status === 405 && Array.isArray(allowed)) headers["allow"] = allowed.join(", ");
  const passes = status === 429 || status === 503 || code === "idempotency-in-progress";
  if (passes) headers["retry-after"] = RETRY_AFTER_SECONDS;
  return headers;
}

export const PROBLEM_CODES: readonly ProblemCode[] = [...(Object.keys(KINDS) as ErrorCode[]), "internal"];

/** The status that a code is answered with. */
export const statusOf = (code: ProblemCode): number =>
  (code === "internal" ? undefined : KINDS[code]?.status) ?? INTERNAL.status;

/** What a code means, in a few words. */
export const titleOf = (code: ProblemCode): string =>
  (code === "internal" ? undefined : KINDS[code]?.title) ?? INTERNAL.title;
