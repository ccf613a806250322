export type LocalErrorCode = "port-taken" | "data-in-use" | "data-unusable";

/** What keeps a local instance from starting, with what to do about it. */
export class LocalError extends Error {
  readonly code: LocalErrorCode;
  readonly hint: string;

  constructor(code: LocalErrorCode, message: string, details: { hint: string; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "LocalError";
    this.code = code;
    this.hint = details.hint;
  }
}
