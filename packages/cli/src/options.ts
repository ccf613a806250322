// Options that several commands share, and how their values are read.

import { type Command, InvalidArgumentError, Option } from "commander";
import { addApiOptions } from "./api-options.ts";
import { parseDuration, parseTime, TIMES_HELP } from "./times.ts";

export const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const bounds = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new InvalidArgumentError(`A whole number is expected, ${bounds}.`);
  };
}

/** Epoch ms. */
export const timeValue =
  (now: () => number) =>
  (text: string): number => {
    const at = parseTime(text, now());
    if (at === undefined) throw new InvalidArgumentError(`A time is expected: ${TIMES_HELP}.`);
    return at;
  };

/** Ms. */
export const durationValue = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new InvalidArgumentError("A length of time is expected: 500ms, 30s, 2 minutes, 1h30m.");
  return ms;
};

/** Values that start with a minus would be taken for options: `--from -1h` is written so all the same. */
export const joinNegativeTimes = (argv: readonly string[]): string[] => {
  const joined: string[] = [];
  for (const word of argv) {
    const previous = joined.at(-1);
    const takesTime = previous === "--from" || previous === "--to" || previous === "--at";
    if (takesTime && /^-\d/.test(word)) joined.splice(-1, 1, `${previous}=${word}`);
    else joined.push(word);
  }
  return joined;
};

/** `ownUrl`: the command's `--url` is another one, so that the API's stands before the command. */
export function addTarget(command: Command, { ownUrl = false }: { ownUrl?: boolean } = {}): Command {
  command.optionsGroup(
    ownUrl
      ? "API (its address before the command: hookclock --url https://... task ...):"
      : "API (also before the command; default: HOOKCLOCK_URL, HOOKCLOCK_KEY, or the login):",
  );
  return addApiOptions(command, { url: !ownUrl })
    .optionsGroup("Database (default: the hookclock dev that runs here):")
    .addOption(new Option("--endpoint <url>", "another DynamoDB, such as an emulator"))
    .addOption(new Option("--aws", "the tables of your AWS account, by the default credential chain"))
    .addOption(new Option("--region <name>", "AWS region; says --aws too"))
    .addOption(new Option("--data <dir>", "data folder of the local instance (default: .hookclock)"))
    .addOption(new Option("--tasks-table <name>", "default: hookclock-tasks"))
    .addOption(new Option("--logs-table <name>", "default: hookclock-logs"))
    .addOption(new Option("--api-table <name>", "keys of the API; default: hookclock-api"))
    .addOption(new Option("--state-table <name>", "subscriptions and consumers; default: hookclock-state"))
    .addOption(
      new Option(
        "--allow <host>",
        "open a private destination: address, CIDR block or host name (repeat)",
      ).argParser(collect),
    )
    .optionsGroup("Output:")
    .option("--json", "for programs: one JSON document");
}

/** For commands that work with WebSub, or run its tasks. */
export const addBaseUrl = (command: Command): Command =>
  command.option(
    "--base-url <url>",
    "on a database: where its hub and callbacks are reached from outside (default: the local instance's API)",
  );

export const addNamespace = (command: Command): Command =>
  command.option("-n, --namespace <name>", 'namespace (default: HOOKCLOCK_NAMESPACE or "default")');

export function addFilter(command: Command, now: () => number): Command {
  return command
    .addOption(
      new Option("--status <status>", "only tasks in this status")
        .choices(["ACTIVE", "PROCESSING", "DONE", "FAILED", "SUSPENDED"])
        .argParser(oneOf(["ACTIVE", "PROCESSING", "DONE", "FAILED", "SUSPENDED"])),
    )
    .option("--from <time>", `scheduled from then on: ${TIMES_HELP}`, timeValue(now))
    .option("--to <time>", "scheduled up to then", timeValue(now))
    .option("--id-prefix <prefix>", "only ids that start so");
}

/** Upper or lower case will do. */
export const oneOf =
  (choices: readonly string[]) =>
  (text: string): string => {
    const value = text.toUpperCase();
    if (choices.includes(value)) return value;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
  };

export type FilterOptions = { status?: string; from?: number; to?: number; idPrefix?: string };
