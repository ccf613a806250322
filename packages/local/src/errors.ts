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

type Wanted = {
  host: string;
  port: number /** The command's option that chooses another. */;
  option: string;
};

/** Why a port cannot be listened on, for people; what is no fault of the port comes back as it is. */
export function listenError(error: unknown, { host, port, option }: Wanted): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== "EADDRINUSE" && code !== "EACCES") return error;
  const problem = code === "EADDRINUSE" ? "is taken by another process" : "may not be used by this user";
  return new LocalError("port-taken", `port ${port} of ${host} ${problem}`, {
    hint: `choose another with ${option} N, or any free one with ${option} 0`,
    cause: error,
  });
}

/** A file of the data folder that cannot be written. `what` ends in its path. */
export function dataError(error: unknown, what: string): LocalError {
  const message = error instanceof Error ? error.message : String(error);
  return new LocalError("data-unusable", `${what}: ${message}`, {
    hint: "choose another folder with --data DIR, or make this one writable",
    cause: error,
  });
}
