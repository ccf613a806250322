// What was asked of the API and how it went, as JSON lines in the data folder.
import { join, resolve } from "node:path";
import type { RequestLog } from "@hookclock/api";
import { pino } from "pino";
import { dataError } from "../errors.ts";
import { BoundedFile } from "./bounded-file.ts";
import type { Answered } from "./exchanges.ts";

const FILE = "api.log";
const BYTES_MAX = 5_000_000;
/** Nothing of this is logged by us; should it ever be handed in with an error, it stays unread. */
const SECRETS = ["authorization", "cookie", "token", "secret", "secrets", "password"];

/** The file as people write it: not resolved. */
export const requestLogFile = (dataDir: string): string => join(dataDir, FILE);

export type LocalRequestLog = RequestLog & {
  /** A request that the API never saw, or that went away from it. */
  unanswered(answered: Answered): void;
};

/**
 * Opens `api.log` of a data folder. Each line has time, level and, if it is about a request, its `requestId`.
 *
 * @param onFault told once, when the file cannot be written any more; requests go on.
 * @throws LocalError `data-unusable` when it cannot be written from the start.
 */
export function openRequestLog(
  dataDir: string,
  now: () => number,
  onFault: (error: unknown) => void,
): LocalRequestLog {
  const path = join(resolve(dataDir), FILE);
  const logger = pino(
    {
      base: null,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[redacted]" },
    },
    untilItFails(openFile(path), onFault),
  );
  return {
    request: (entry) => logger[levelOf(entry.status)](entry, "request"),
    error: (entry) => logger.error(entry, "fault"),
    unanswered: ({ byApi: _, ...request }) =>
      logger[levelOf(request.status)](request, "not answered by the API"),
  };
}

const levelOf = (status: number): "error" | "warn" | "info" =>
  status >= 500 ? "error" : status >= 400 || status === 0 ? "warn" : "info";

function openFile(path: string): BoundedFile {
  try {
    const file = new BoundedFile(path, BYTES_MAX);
    file.write("");
    return file;
  } catch (error) {
    throw dataError(error, `the log of requests cannot be written to ${path}`);
  }
}

/** A full disk must not fail requests. */
function untilItFails(file: BoundedFile, onFault: (error: unknown) => void) {
  let hasFailed = false;
  return {
    write(line: string): void {
      if (hasFailed) return;
      try {
        file.write(line);
      } catch (error) {
        hasFailed = true;
        onFault(error);
      }
    },
  };
}
