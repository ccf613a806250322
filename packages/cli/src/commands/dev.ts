import { DEFAULT_DATA_DIR, DEFAULT_PORT, type DevOptions, runDev, type Style } from "@hookclock/local";
import type { Command } from "commander";
import { type Env, readEnv } from "../env.ts";
import { usageError } from "../errors.ts";
import { type Io, wantsColour } from "../io.ts";
import { durationValue, wholeNumber } from "../options.ts";
import { DEFAULT_TABLES, tableNames } from "../target.ts";
import { readTargetOptions } from "../target-options.ts";
import { addWebSubOptions, webSubSettingsOf } from "../websub-settings.ts";

type Options = {
  data?: string;
  memory?: boolean;
  port?: number;
  apiPort?: number;
  publicUrl?: string;
  apiTable?: string;
  stateTable?: string;
  demo?: boolean;
  for?: number;
  concurrency?: number;
  json?: boolean;
  plain?: boolean;
};

const DEFAULT_API_PORT = 8_766;
const DEMO_MS = 15_000;
const DEMO_MS_MIN = 10_000;

export function devCommand(program: Command, io: Io, setExitCode: (code: number) => void): void {
  const version = () => program.version() ?? "";
  const command = program
    .command("dev")
    .summary("everything on this machine: database, worker, one screen")
    .description(
      "Runs everything on this machine: an embedded DynamoDB, the HTTP API with a WebSub hub, the worker, and\none screen of what happens. All listen on 127.0.0.1 only; the key of the API is in the data folder. Deliveries to this\nmachine (127.0.0.1, ::1, localhost) are open in dev only. Ctrl-C drains and ends.\nWith --public-url, requests for that host are answered too, and the hub calls no address of this machine.",
    )
    .option("--data <dir>", `where data is kept (default: ${DEFAULT_DATA_DIR})`)
    .option("--memory", "keep nothing")
    .option(
      "--port <number>",
      `port of the database (default: ${DEFAULT_PORT}; 0 = any free one)`,
      wholeNumber(0, 65_535),
    )
    .option(
      "--api-port <number>",
      `port of the HTTP API (default: ${DEFAULT_API_PORT}, or any free one with --port 0)`,
      wholeNumber(0, 65_535),
    )
    .option(
      "--public-url <url>",
      "where a tunnel of yours reaches the API: callbacks and hub are named so (default: this machine)",
    )
    .option("--demo", "a receiver and some tasks that show what there is; in memory unless --data is said")
    .option(
      "--for <duration>",
      `end by itself after this long (--demo without a terminal: ${DEMO_MS / 1_000}s)`,
      durationValue,
    )
    .option("--concurrency <count>", "attempts in flight at most (default: 25)", wholeNumber(1, 1_000))
    .option("--tasks-table <name>", "default: hookclock-tasks")
    .option("--logs-table <name>", "default: hookclock-logs")
    .option("--api-table <name>", `default: ${DEFAULT_TABLES.api}`)
    .option("--state-table <name>", `default: ${DEFAULT_TABLES.state}`)
    .option("--plain", "one line an event, also on a terminal")
    .option("--json", "one JSON object an event");
  addWebSubOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  hookclock dev                          keeps its data in ${DEFAULT_DATA_DIR}/
  hookclock dev --demo                   a tour of the product
  hookclock dev --memory --port 0        for a test: any port, nothing kept (see ${DEFAULT_DATA_DIR}/dev.json)
  hookclock dev --public-url https://abc.example   behind a tunnel: real hubs can call back
  hookclock dev --demo --for 20s         exit code 1 if the demo did not show what it promises`,
    )
    .action(async (options: Options) => {
      refuseApi(options);
      const devOptions = { ...devOptionsOf(options, readEnv(io.env), io), version: version() };
      setExitCode(
        await runDev(devOptions, {
          terminal: { write: io.out, size: io.size, colour: wantsColour(io) },
          style: styleOf(options, io),
          pid: io.pid,
          now: io.now,
          sleep: io.sleep,
          stop: io.stopSignal(),
          onExit: io.onExit,
        }),
      );
    });
}

function styleOf({ json, plain }: Options, io: Io): Style {
  if (json) return "json";
  return io.outIsTerminal && !plain && io.env["TERM"] !== "dumb" ? "live" : "plain";
}

/** Said before the command they would else be passed over in silence. */
function refuseApi(options: object): void {
  const { apiUrl, key, keyFile } = readTargetOptions({ ...options, data: undefined });
  if (apiUrl === undefined && key === undefined && keyFile === undefined) return;
  throw usageError("--url and --key are for commands that ask an API; dev serves its own", "see --api-port");
}

/** A tunnel leads to the API as a whole, so its address has no path. */
function publicUrlOf({ publicUrl }: Options, { HOOKCLOCK_PUBLIC_URL }: Env): string | null {
  const said = publicUrl ?? HOOKCLOCK_PUBLIC_URL;
  if (said === undefined) return null;
  const url = URL.canParse(said) ? new URL(said) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  const name = publicUrl === undefined ? "HOOKCLOCK_PUBLIC_URL of the environment" : "--public-url";
  throw usageError(
    `${name} cannot be used; allowed: an http or https URL without a path, such as https://abc.example`,
  );
}

function devOptionsOf(options: Options, env: Env, io: Io): Omit<DevOptions, "version"> {
  const demo = options.demo ?? false;
  const publicUrl = publicUrlOf(options, env);
  if (demo && publicUrl !== null) {
    throw usageError("the demo stays on this machine", "leave out --public-url and HOOKCLOCK_PUBLIC_URL");
  }
  const forMs = options.for ?? (demo && !io.outIsTerminal ? DEMO_MS : null);
  if (demo && forMs !== null && forMs < DEMO_MS_MIN) {
    throw usageError(`--for is ${forMs / 1_000} s; the demo needs at least ${DEMO_MS_MIN / 1_000} s`);
  }
  return {
    dataDir: options.data ?? env.HOOKCLOCK_DATA,
    memory: options.memory ?? (demo && options.data === undefined),
    port: options.port ?? DEFAULT_PORT,
    // A tour should not fail because of a port nobody asked for.
    anyPortWill: demo && options.port === undefined,
    // The same of the API; and who takes any port for the one means no port of his own for the other.
    apiPort: options.apiPort ?? (options.port === 0 ? 0 : DEFAULT_API_PORT),
    anyApiPortWill: demo && options.apiPort === undefined,
    ...{ publicUrl, demo, forMs, webSub: webSubSettingsOf(io.env, options) },
    ...tableNames(readTargetOptions({ ...options, data: undefined }), env, null),
    concurrency: options.concurrency ?? null,
    signingSecrets: env.HOOKCLOCK_SIGNING_SECRETS,
  };
}
