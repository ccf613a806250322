// The parts of a task as flags say them: body, headers, schedule, retries. Checked further by the library.

import { losesDigits } from "@hookclock/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { RegisterInput } from "hookclock";
import { usageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { durationValue, timeValue, wholeNumber } from "./options.ts";
import { type Interval, parseInterval, TIMES_HELP } from "./times.ts";

export type ContentOptions = {
  url?: string;
  method?: string;
  body?: string;
  header?: Record<string, string>;
  at?: number;
  every?: Interval;
  cron?: string;
  timeZone?: string;
  max?: number;
  retryLimit?: number;
  retryBase?: number;
  catchUp?: "skip" | "one" | "all";
  timeout?: number;
  keep?: number | "forever";
};

export function addContent(command: Command, now: () => number): Command {
  return command
    .option("--url <url>", "where it calls: absolute, http or https")
    .option(
      "--method <method>",
      "GET, POST, PUT, PATCH, DELETE, HEAD (default: GET, with --body POST)",
      upper,
    )
    .option("--body <json>", "JSON, @file to read it from a file, - from standard input")
    .option("--header <name: value>", "a request header (repeat)", addHeader)
    .option("--at <time>", `when it runs first: ${TIMES_HELP}`, timeValue(now))
    .option(
      "--every <interval>",
      'repeat: "30 seconds", 5m, 2 hours, day; without end unless --max',
      interval,
    )
    .option("--cron <expression>", "repeat by cron, 5 fields or 6 with seconds")
    .option("--time-zone <zone>", "time zone of --cron, such as Europe/Lisbon (default: UTC)")
    .option("--max <count>", "runs in all; 0 = without end", wholeNumber(0))
    .option("--retry-limit <count>", "attempts after the first one (default: 3)", wholeNumber(0, 100))
    .option(
      "--retry-base <duration>",
      "wait before the first retry, doubled each time (default: 1s)",
      durationValue,
    )
    .addOption(
      new Option("--catch-up <policy>", "runs missed while nothing worked: skip (default), one, all").choices(
        ["skip", "one", "all"],
      ),
    )
    .option("--timeout <duration>", "how long an attempt may take (default: 15s)", durationValue)
    .option(
      "--keep <duration>",
      'how long it is kept after it is DONE, or "forever" (default); FAILED: 90 days at least',
      keepValue,
    );
}

const keepValue = (text: string): number | "forever" => (text === "forever" ? text : durationValue(text));

const upper = (text: string): string => text.toUpperCase();

export function interval(text: string): Interval {
  const parsed = parseInterval(text);
  if (parsed === undefined)
    throw new InvalidArgumentError('An interval is expected: "30 seconds", 5m, 2 hours, day.');
  return parsed;
}

export function addHeader(text: string, before: Record<string, string> = {}): Record<string, string> {
  const colon = text.indexOf(":");
  if (colon < 1) throw new InvalidArgumentError('A header is written as "name: value".');
  return { ...before, [text.slice(0, colon).trim()]: text.slice(colon + 1).trim() };
}

/** JSON from the flag itself, a file or standard input. */
export async function readBody(source: string, io: Io, name = "--body"): Promise<unknown> {
  const from = source === "-" ? "standard input" : source.startsWith("@") ? source.slice(1) : name;
  const text =
    source === "-" ? await io.readInput() : source.startsWith("@") ? await readText(io, from) : source;
  const value = parseJson(text);
  if (value !== undefined) return value;
  throw usageError(
    name === "--body" || from !== name ? `the body from ${from} is not JSON` : `${name} is not JSON`,
    `a text is JSON when it is quoted: ${name === "--body" ? "--body " : ""}'"hello"'`,
  );
}

/** Undefined when it is no JSON, which JSON itself never is. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!losesDigits(text)) return value;
  throw usageError("the JSON has a whole number that would lose digits", "give it as a text, in quotes");
}

export async function readText(io: Io, path: string): Promise<string> {
  try {
    return path === "-" ? await io.readInput() : await io.readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`${path} cannot be read${code === undefined ? "" : ` (${code})`}`);
  }
}

type Content = Omit<RegisterInput, "namespace" | "id">;

/** What of a task the flags say; nothing about what they leave out. */
export async function contentOf(options: ContentOptions, io: Io): Promise<Content> {
  const { url, method, header, at, timeout, catchUp, keep } = options;
  const body = options.body === undefined ? undefined : await readBody(options.body, io);
  const request: Record<string, unknown> = {};
  if (url !== undefined) request["url"] = url;
  if (method !== undefined) request["method"] = method;
  if (header !== undefined) request["headers"] = header;
  if (body !== undefined) request["body"] = body;
  const repeat = repeatOf(options);
  const retry = retryOf(options);
  return {
    ...(Object.keys(request).length === 0 ? {} : { request: request as NonNullable<Content["request"]> }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(retry === undefined ? {} : { retry }),
    ...(at === undefined ? {} : { scheduledDate: new Date(at) }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(catchUp === undefined ? {} : { catchUp }),
    ...(keep === undefined ? {} : { keepSeconds: keep === "forever" ? null : Math.ceil(keep / 1_000) }),
  };
}

function repeatOf({ every, cron, timeZone, max }: ContentOptions): Content["repeat"] {
  if (every !== undefined && cron !== undefined) {
    throw usageError("--every and --cron exclude each other", "a task has one schedule");
  }
  const zone = timeZone === undefined ? {} : { timeZone };
  if (cron !== undefined) return { cron, ...zone, ...(max === undefined ? {} : { max }) };
  // Who says "every 30 seconds" means until further notice.
  if (every !== undefined) return { ...every, ...zone, max: max ?? 0 };
  if (timeZone !== undefined) throw usageError("--time-zone goes with --cron");
  if (max !== undefined) throw usageError("--max goes with --every or --cron");
  return undefined;
}

function retryOf({ retryLimit, retryBase }: ContentOptions): Content["retry"] {
  if (retryLimit === undefined && retryBase === undefined) return undefined;
  return {
    ...(retryLimit === undefined ? {} : { limit: retryLimit }),
    ...(retryBase === undefined ? {} : { baseMs: retryBase }),
  };
}
