// Every error a command can meet, as people see it: one line with a code, a hint, an exit code. No stacks, no secrets.
import { LocalError } from "@hookclock/local";
import { type ErrorCode, HookclockError, isHookclockError } from "hookclock";
import { EXIT } from "./exit-codes.ts";

/** A refusal of the command line itself. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(
    code: string,
    message: string,
    details: { hint?: string; exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "CliError";
    this.code = code;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? EXIT.error;
  }
}

export const usageError = (message: string, hint?: string): CliError =>
  new CliError("bad-usage", message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) });

export type Described = { code: string; message: string; hint: string | undefined; exitCode: number };

const BY_CODE: Record<ErrorCode, { exitCode: number; hint?: string }> = {
  "invalid-input": { exitCode: EXIT.usage },
  "unknown-option": { exitCode: EXIT.usage },
  "invalid-cursor": { exitCode: EXIT.usage },
  "unknown-kind": { exitCode: EXIT.usage },
  "row-too-large": { exitCode: EXIT.usage },
  "egress-refused": {
    exitCode: EXIT.usage,
    hint: "private places are refused unless opened with --allow HOST; `hookclock dev` opens this machine only",
  },
  "id-conflict": {
    exitCode: EXIT.conflict,
    hint: "see what is there with `hookclock task get ID`, or choose another --id",
  },
  "wrong-status": { exitCode: EXIT.conflict, hint: "see its status with `hookclock task get ID`" },
  "edit-conflict": { exitCode: EXIT.conflict, hint: "try again" },
  "table-missing": { exitCode: EXIT.database, hint: "make the tables with `hookclock tables create`" },
  "table-mismatch": { exitCode: EXIT.database, hint: "see what differs with `hookclock tables check`" },
  throttled: { exitCode: EXIT.database, hint: "the table is busy: try again, or give it more capacity" },
  "store-unavailable": {
    exitCode: EXIT.database,
    hint: "is the database there? Start one with `hookclock dev`, or check --endpoint and --region",
  },
  "store-refused": {
    exitCode: EXIT.database,
    hint: "see whether the tables fit with `hookclock tables check`",
  },
  "not-authorized": { exitCode: EXIT.database, hint: "check the AWS credentials and what they allow" },
  "row-unreadable": { exitCode: EXIT.error },
  "handler-fault": { exitCode: EXIT.error },
  "not-found": { exitCode: EXIT.notFound },
  unauthenticated: {
    exitCode: EXIT.database,
    hint: "the key is wrong, revoked or expired: log in anew with `hookclock login --url URL`, or set HOOKCLOCK_KEY",
  },
  forbidden: { exitCode: EXIT.database, hint: "see what the key may do with `hookclock login --show`" },
  "malformed-json": { exitCode: EXIT.usage },
  "body-too-large": { exitCode: EXIT.usage },
  "unsupported-media-type": { exitCode: EXIT.usage },
  "method-not-allowed": { exitCode: EXIT.usage },
  "idempotency-mismatch": { exitCode: EXIT.conflict },
  "idempotency-in-progress": {
    exitCode: EXIT.conflict,
    hint: "it is still being carried out: see in a moment what came of it, before you say it again",
  },
  "api-unreachable": {
    exitCode: EXIT.database,
    hint: "is the API there? Check --url, or see what you are logged in to with `hookclock login --show`",
  },
};

/** What helps when the database is behind an API, out of this command's reach. */
const HINT_AT_API: Partial<Record<ErrorCode, string>> = {
  "table-missing": "make the tables where the API is deployed: `hookclock tables create`",
  "table-mismatch": "see what differs where the API is deployed: `hookclock tables check`",
  "store-unavailable": "the API's database does not answer: try again in a moment",
  throttled: "the API is busy: try again in a moment",
  "egress-refused": "private places are refused; the API's deployment says which of them are open",
};

/** An error that came over an API, with the hint that fits there. */
export const atApi = (error: unknown): unknown => withHints(error, HINT_AT_API);

/** Where tasks are not what a command is about. */
const HINT_OF_WEBSUB: Partial<Record<ErrorCode, string>> = {
  "id-conflict": "choose another --id, or say the same again",
  "wrong-status": "see how it stands with `hookclock subscription show ID` or `hookclock consumer show NAME`",
};

/** An error about subscriptions and consumers, with the hint that fits there. */
export function ofWebSub(error: unknown): unknown {
  const isNowhere = isHookclockError(error, "not-found") && error.field === undefined;
  return withHints(error, {
    ...HINT_OF_WEBSUB,
    ...(isNowhere ? { "not-found": "this API may be of a version without WebSub" } : {}),
  });
}

function withHints(error: unknown, hints: Partial<Record<ErrorCode, string>>): unknown {
  const hint = error instanceof HookclockError ? hints[error.code] : undefined;
  if (hint === undefined || !(error instanceof HookclockError)) return error;
  const { exitCode } = BY_CODE[error.code];
  return new CliError(error.code, error.message, { hint, exitCode, cause: error });
}

const LOCAL_EXIT = {
  "port-taken": EXIT.error,
  "data-in-use": EXIT.conflict,
  "data-unusable": EXIT.error,
} as const;

export function describeError(error: unknown): Described {
  if (error instanceof CliError) {
    const { code, message, hint, exitCode } = error;
    return { code, message, hint, exitCode };
  }
  if (error instanceof LocalError) {
    const { code, message, hint } = error;
    return { code, message, hint, exitCode: LOCAL_EXIT[code] };
  }
  if (isHookclockError(error)) {
    const { exitCode, hint } = BY_CODE[error.code];
    return { code: error.code, message: error.message, hint, exitCode };
  }
  return describeStranger(error);
}

/** Errors of the AWS SDK before it reaches a database, and what nobody foresaw. */
function describeStranger(error: unknown): Described {
  const name = error instanceof Error ? error.name : "";
  const message = error instanceof Error ? error.message : String(error);
  if (name === "CredentialsProviderError" || /could not load credentials/i.test(message)) {
    return {
      code: "no-credentials",
      message: "no AWS credentials were found",
      hint: "set AWS_PROFILE or AWS_ACCESS_KEY_ID, or use a local instance: `hookclock dev`",
      exitCode: EXIT.database,
    };
  }
  if (/region is missing/i.test(message)) {
    return {
      code: "no-region",
      message: "no AWS region is set",
      hint: "say --region, or set AWS_REGION",
      exitCode: EXIT.usage,
    };
  }
  return {
    code: "unexpected",
    message,
    hint: "HOOKCLOCK_DEBUG=1 shows where it came from",
    exitCode: EXIT.error,
  };
}

export const errorLines = ({ code, message, hint }: Described): string =>
  `error[${code}]: ${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`;
