import type { FailureWord } from "@hookclock/core";

/** Thrown by our connector, which knows best what went wrong: the word is final. */
export class ConnectFailure extends Error {
  readonly word: FailureWord;
  constructor(word: FailureWord, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ConnectFailure";
    this.word = word;
  }
}

/** What node and undici call it, and what we call it. Codes that are our own fault are left out on purpose. */
const WORDS: Readonly<Record<string, FailureWord>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETUNREACH: "unreachable",
  ENETDOWN: "unreachable",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
  ERR_SOCKET_CONNECTION_TIMEOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  UND_ERR_SOCKET: "closed",
  UND_ERR_HEADERS_OVERFLOW: "protocol",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "protocol",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "protocol",
  UND_ERR_INVALID_ARG: "invalid-request",
  EPROTO: "tls",
};
/** undici uses one code for a socket that ended and for an answer that makes no sense. */
const BAD_ANSWERS = new Set(["bad response", "bad upgrade"]);

export const codeOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
};

/**
 * The word for a failure of the other side or of the way there. Undefined for anything else: then the fault is
 * ours (out of sockets, a closed transport, a bug) and must not be blamed on the receiver.
 */
export const wordOf = (error: unknown): FailureWord | undefined => {
  if (error instanceof ConnectFailure) return error.word;
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (code === "UND_ERR_SOCKET" && BAD_ANSWERS.has(error.message)) return "protocol";
  if (error.name === "HTTPParserError" || code.startsWith("HPE_")) return "protocol";
  if (code.startsWith("ERR_TLS_") || code.startsWith("ERR_SSL_")) return "tls";
  return Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
};

/** One line for people: the code when there is one, for nobody remembers the prose. */
export const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  // Node leaves the message empty when several addresses failed; each one's reason is inside.
  const parts =
    error instanceof AggregateError && error.message === "" ? error.errors.map(describe) : [error.message];
  const text = parts.join("; ");
  return code === "" || text.includes(code) ? text : `${code}: ${text}`;
};
