// Log lines: one JSON object each, secrets struck out.
import { type DestinationStream, pino, stdTimeFunctions } from "pino";
import type { Log } from "./ports.ts";

/** Whatever is logged under these names, at the top, in headers or one step deeper, is not for readers of logs. */
const SECRET_NAMES = ["authorization", "cookie", "token", "secret", "secrets", "password", "x-api-key"];
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

export type LogOptions = { level: string; stage: string; service: string; destination?: DestinationStream };

/** A log whose every line bears service and stage; `child` adds fields of one invocation. */
export function makeLog({ level, stage, service, destination }: LogOptions) {
  const options = {
    level,
    base: { service, stage },
    messageKey: "message",
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_PATHS, censor: "[redacted]" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
export type RootLog = ReturnType<typeof makeLog>;

/** The fields of an error that are fit for a log: no stack of foreign code, no request. */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = "code" in error ? { code: String(error.code) } : {};
  const cause = error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {};
  return { error: error.message, name: error.name, ...code, ...cause };
}

/** The log as far as the functions' work needs it. */
export const logOf = (log: RootLog): Log => ({
  info: (fields, message) => log.info(fields, message),
  warn: (fields, message) => log.warn(fields, message),
  error: (fields, message) => log.error(fields, message),
});
