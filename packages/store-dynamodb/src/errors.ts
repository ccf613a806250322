// What a failure of the database means, decided here and nowhere else.
import { HookclockError } from "@hookclock/core";

/** Where it happened, for the message. */
export type Where = { operation: string; table: string };

type Failure = { name: string; message: string; status: number | undefined; code: string | undefined };

function describe(error: unknown): Failure {
  if (typeof error !== "object" || error === null) {
    return { name: "", message: String(error), status: undefined, code: undefined };
  }
  const { name, message, code, $metadata } = error as {
    name?: unknown;
    message?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: unknown };
  };
  return {
    name: typeof name === "string" ? name : "",
    message: typeof message === "string" ? message : "",
    status: typeof $metadata?.httpStatusCode === "number" ? $metadata.httpStatusCode : undefined,
    code: typeof code === "string" ? code : undefined,
  };
}

const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded",
  "Throttling",
  "ThrottlingException",
  "ThrottlingError",
  "LimitExceededException",
  "TooManyRequestsException",
]);
const DENIED = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "IncompleteSignatureException",
  "ExpiredTokenException",
  "ExpiredToken",
  "CredentialsProviderError",
]);
const UNAVAILABLE = new Set([
  "InternalServerError",
  "InternalServerErrorException",
  "InternalFailure",
  "ServiceUnavailable",
  "ServiceUnavailableException",
  "TimeoutError",
  "RequestTimeout",
  "NetworkingError",
  "TransactionConflict",
  "TransactionConflictException",
]);
const NETWORK = /^(ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET)/;

/** Operations whose permission has another name. */
const ACTIONS: Record<string, string> = {
  BatchExecuteStatement: "dynamodb:PartiQLUpdate and dynamodb:PartiQLInsert",
};

const isCondition = (name: string): boolean =>
  name === "ConditionalCheckFailedException" || name === "ConditionalCheckFailed";
/** The condition of the write did not hold. Not a failure: an answer. */
export const isConditionFailure = (error: unknown): boolean => isCondition(describe(error).name);
/** The row to insert exists already (the PartiQL way to say so). */
export const isDuplicate = (name: string | undefined): boolean =>
  name === "DuplicateItem" || name === "DuplicateItemException";
/** The server does not know the operation at all: dynalite has no PartiQL and no TTL. */
export const isUnknownOperation = (error: unknown): boolean =>
  describe(error).name === "UnknownOperationException";
export const isTableMissing = (error: unknown): boolean =>
  describe(error).name === "ResourceNotFoundException";

/** Errors of one statement of a batch that are worth sending that statement again for. */
export const isWorthRetrying = (name: string | undefined): boolean =>
  name !== undefined && (THROTTLED.has(name) || UNAVAILABLE.has(name));

/** The database understood and said no, and would again. A condition that did not hold is an answer, not a refusal. */
function isRefusal({ name, status }: Pick<Failure, "name" | "status">): boolean {
  if (isCondition(name) || name === "UnknownOperationException") return false;
  return /^Validation/.test(name) || (status !== undefined && status >= 400);
}

/** The product's error for what the SDK threw after its own retries. Errors that are ours already pass through. */
export function translated(error: unknown, where: Where): Error {
  if (error instanceof HookclockError) return error;
  const { name, message, status, code } = describe(error);
  const at = `${where.operation} on table "${where.table}"`;
  const details = { cause: error };
  if (THROTTLED.has(name))
    return new HookclockError("throttled", `${at} was throttled, retries included`, details);
  if (DENIED.has(name)) {
    const action = ACTIONS[where.operation] ?? `dynamodb:${where.operation}`;
    return new HookclockError(
      "not-authorized",
      `${at} was refused (${name}); these credentials need to be valid and to allow ${action} on this table and its indexes`,
      details,
    );
  }
  if (name === "ResourceNotFoundException" || name === "ResourceNotFound") {
    return new HookclockError("table-missing", `${at}: there is no such table or index`, details);
  }
  if (/item size|exceeded the maximum allowed size/i.test(message)) {
    return new HookclockError("row-too-large", `${at}: the row is over DynamoDB's 400 KB`, details);
  }
  const unreachable = code !== undefined && NETWORK.test(code);
  if (UNAVAILABLE.has(name) || unreachable || (status !== undefined && status >= 500)) {
    return new HookclockError(
      "store-unavailable",
      `${at} failed: ${name || code || status} ${message}`.trim(),
      details,
    );
  }
  if (isRefusal({ name, status })) {
    return new HookclockError("store-refused", `${at} was refused: ${name} ${message}`.trim(), details);
  }
  return error instanceof Error ? error : new Error(`${at} failed: ${message}`, details);
}
