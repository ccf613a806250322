// A consumer as flags or a file say it. Checked further by the library.
import { type Command, Option } from "commander";
import type { ConsumerInput } from "hookclock";
import { addHeader, parseJson, readText } from "./content.ts";
import { usageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { durationValue, wholeNumber } from "./options.ts";

export type ConsumerOptions = {
  name?: string;
  type?: "http" | "slack" | "log";
  url?: string;
  format?: "envelope" | "raw";
  header?: Record<string, string>;
  secretFile?: string;
  unsigned?: boolean;
  disableAfter?: number;
  retryLimit?: number;
  retryBase?: number;
  retryMax?: number;
  timeout?: number;
};

export const addConsumerOptions = (command: Command): Command =>
  command
    .option("--name <name>", "its name: letters, digits, dots, dashes and underscores")
    .addOption(
      new Option("--type <type>", "what it is (default: http)").choices([...["http", "slack", "log"]]),
    )
    .option("--url <url>", "where it listens; for slack the address of an incoming webhook")
    .addOption(
      new Option("--format <format>", "http: the message as JSON, or what came as it came").choices([
        ...["envelope", "raw"],
      ]),
    )
    .option("--header <name: value>", "http: a request header (repeat)", addHeader)
    .option("--secret-file <path>", "http: a file with the secret that signs (default: one is made)")
    .option("--unsigned", "http: sign nothing")
    .option("--disable-after <count>", "failed deliveries in a row; 0 = never (default: 20)", wholeNumber(0))
    .option("--retry-limit <count>", "attempts after the first one (default: 12)", wholeNumber(0))
    .option("--retry-base <duration>", "wait before the first retry (default: 5s)", durationValue)
    .option("--retry-max <duration>", "longest wait between two (default: 3h)", durationValue)
    .option("--timeout <duration>", "how long an attempt may take (default: 15s)", durationValue);

/** The consumers of a file: one JSON object, or a list of them. */
export async function consumersIn(path: string, namespace: string, io: Io): Promise<ConsumerInput[]> {
  const value = parseJson(await readText(io, path));
  const where = path === "-" ? "standard input" : path;
  if (value === undefined) throw usageError(`${where} is not JSON`);
  const all: unknown[] = Array.isArray(value) ? value : [value];
  const isObject = (one: unknown): one is object =>
    typeof one === "object" && one !== null && !Array.isArray(one);
  if (all.length === 0 || !all.every(isObject)) {
    throw usageError(
      `${where} holds no consumer`,
      'such as {"name": "my-app", "type": "http", "url": "https://…"}',
    );
  }
  return all.map((one) => ({ namespace, ...one }) as ConsumerInput);
}

/** The consumer that the flags say; nothing about what they leave out. */
export async function consumerOf(
  options: ConsumerOptions,
  namespace: string,
  io: Io,
): Promise<ConsumerInput> {
  const { name, type = "http", url, format, header, disableAfter, timeout } = options;
  if (name === undefined) throw usageError("--name is missing", "name the consumer, or give a FILE of them");
  const secrets = await secretsOf(options, io);
  const retry = retryOf(options);
  const input = {
    ...{ namespace, name, type },
    ...(url === undefined ? {} : { url }),
    ...(format === undefined ? {} : { format }),
    ...(header === undefined ? {} : { headers: header }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(disableAfter === undefined ? {} : { disableAfter }),
    ...(retry === undefined ? {} : { retry }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  };
  // The library says by name what goes with which type.
  return input as ConsumerInput;
}

async function secretsOf({ secretFile, unsigned }: ConsumerOptions, io: Io): Promise<string[] | undefined> {
  if (secretFile !== undefined && unsigned)
    throw usageError("--secret-file and --unsigned exclude each other");
  if (unsigned) return [];
  return secretFile === undefined ? undefined : [(await readText(io, secretFile)).trim()];
}

function retryOf({ retryLimit, retryBase, retryMax }: ConsumerOptions): ConsumerInput["retry"] | undefined {
  if (retryLimit === undefined && retryBase === undefined && retryMax === undefined) return undefined;
  return {
    ...(retryLimit === undefined ? {} : { limit: retryLimit }),
    ...(retryBase === undefined ? {} : { baseMs: retryBase }),
    ...(retryMax === undefined ? {} : { maxMs: retryMax }),
  };
}
