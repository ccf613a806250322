// What every client of an AWS service is told beyond the SDK's defaults.

const CONNECT_TIMEOUT_MS = 1_000;
/** These services answer in tens of milliseconds. Without a bound one lost packet would hold an invocation to its end. */
const REQUEST_TIMEOUT_MS = 3_000;
/** Callers try again by themselves, or do without: all their tries have to fit into the time of the shortest function. */
const ATTEMPTS_MAX = 2;

export const CLIENT_CONFIG = {
  maxAttempts: ATTEMPTS_MAX,
  requestHandler: {
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Otherwise the SDK writes a warning and goes on waiting.
    throwOnRequestTimeout: true,
  },
} as const;
