// Settings of WebSub on the command line of dev and in the environment: each option has the name of its variable.
import {
  HookclockError,
  readWebSubSettings,
  WEBSUB_VARIABLES,
  type WebSubSettings,
  type WebSubTexts,
  type WebSubVariable,
  webSubTextsOf,
} from "@hookclock/core";
import type { Command } from "commander";
import { usageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { collect } from "./options.ts";

const LISTED = "(repeat): example.com, *.example.com, or https://example.com/feeds/";
const OPTIONS: Readonly<Record<WebSubVariable, readonly [value: string, says: string]>> = {
  topics: ["<address>", `what may be subscribed to at the hub ${LISTED}`],
  callbacks: ["<address>", "whom the hub calls (repeat)"],
  publishers: ["<address>", "topics that the hub takes pings for (repeat)"],
  publicPages: [
    "<yes|no>",
    "whether topics published here can be read (default: unless callbacks are listed)",
  ],
  signature: ["<method>", "sha1, sha256, sha384 or sha512 (default: sha256)"],
  verifyEvents: [
    "<yes|no>",
    "whether subscribers of dotted topics are asked for their intent (default: yes)",
  ],
  openEvents: [
    "<yes|no>",
    "whether dotted topics may be subscribed to without a key (default: yes, with --public-url no)",
  ],
  leaseSeconds: ["<count>", "lease to ask for, and to give by default (default: 864000)"],
  leaseSecondsMin: ["<count>", "shortest lease that the hub gives (default: 5)"],
  leaseSecondsMax: ["<count>", "longest lease that the hub gives (default: 2592000)"],
  contentBytesMax: ["<count>", "content of a topic, a push or an event at most (default: 4194304)"],
};
const NAMES = Object.keys(OPTIONS) as WebSubVariable[];

/** `HOOKCLOCK_HUB_TOPICS` → `--hub-topics`. */
const flagOf = (name: WebSubVariable): string =>
  `--${WEBSUB_VARIABLES[name].replace("HOOKCLOCK_", "").toLowerCase().replaceAll("_", "-")}`;
/** As commander keeps it: `hubTopics`. */
const keyOf = (name: WebSubVariable): string =>
  flagOf(name)
    .slice(2)
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

export function addWebSubOptions(command: Command): Command {
  command.optionsGroup("WebSub (in the environment: HOOKCLOCK_ and the name, as HOOKCLOCK_HUB_TOPICS):");
  for (const name of NAMES) {
    const [value, says] = OPTIONS[name];
    command.option(`${flagOf(name)} ${value}`, says, collect);
  }
  return command.optionsGroup("Options:");
}

/**
 * What options say, and the environment where they say nothing.
 *
 * @throws CliError of usage, naming what is wrong as it was written.
 */
export function webSubSettingsOf(env: Io["env"], options: object = {}): WebSubSettings {
  const given = options as Readonly<Record<string, readonly string[] | undefined>>;
  const said: WebSubTexts = Object.fromEntries(
    NAMES.flatMap((name) => {
      const values = given[keyOf(name)];
      return values === undefined ? [] : [[name, values.join(",")]];
    }),
  );
  const nameOf = (name: WebSubVariable) => (said[name] === undefined ? WEBSUB_VARIABLES[name] : flagOf(name));
  try {
    return readWebSubSettings({ ...webSubTextsOf(env), ...said }, { nameOf });
  } catch (error) {
    if (error instanceof HookclockError) throw usageError(error.message);
    throw error;
  }
}
