// The whole command line, put together from its groups.
import { Command, CommanderError } from "commander";
import { addApiOptions, inheritApiOptions } from "./api-options.ts";
import { consumerCommand } from "./commands/consumer.ts";
import { devCommand } from "./commands/dev.ts";
import { handlerCommand } from "./commands/handler.ts";
import { hubCommand } from "./commands/hub.ts";
import { keyCommand } from "./commands/key.ts";
import { loginCommands } from "./commands/login.ts";
import { logsCommand } from "./commands/logs.ts";
import { moveCommands } from "./commands/move.ts";
import { plainNames } from "./commands/plain-names.ts";
import { publishCommands } from "./commands/publish.ts";
import { readCommands } from "./commands/read.ts";
import { registerCommand } from "./commands/register.ts";
import { statsCommand } from "./commands/stats.ts";
import { subscriptionCommand } from "./commands/subscription.ts";
import { tablesCommand } from "./commands/tables.ts";
import { triggerCommand } from "./commands/trigger.ts";
import { updateCommand } from "./commands/update.ts";
import { ENV_HELP } from "./env.ts";
import { describeError, errorLines } from "./errors.ts";
import { EXIT, EXIT_CODES_HELP } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { joinNegativeTimes } from "./options.ts";

const HELP_COLUMNS_MAX = 110;

const TARGETS_HELP = `Where a command works, the first that is there:
  1. what is said: --url, --endpoint, --aws, --region, --data
  2. the environment: HOOKCLOCK_URL, HOOKCLOCK_AWS, HOOKCLOCK_ENDPOINT
  3. the hookclock dev that runs on the data folder
  4. the API of \`hookclock login\``;

/** Runs one command line and resolves with its exit code. Never rejects. `argv` is without node and script. */
export async function runCli(argv: readonly string[], io: Io, version: string): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(io, version, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(joinNegativeTimes(argv), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const described = describeError(error);
    io.err(errorLines(described));
    if ((io.env["HOOKCLOCK_DEBUG"] ?? "") !== "") io.err(`${stackOf(error)}\n`);
    return described.exitCode;
  }
}

function createProgram(io: Io, version: string, setExitCode: (code: number) => void): Command {
  const program = new Command("hookclock")
    .description("Scheduled webhooks on DynamoDB.")
    .version(version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .showSuggestionAfterError(true)
    // What stands before the command is the program's: `task register` has a --url of its own.
    .enablePositionalOptions();
  inheritApiOptions(program);
  addApiOptions(program.optionsGroup("API instead of a database (also after the command):")).addHelpText(
    "after",
    `
Examples:
  hookclock dev --demo
  hookclock dev
  hookclock task register --url http://127.0.0.1:3000/hook --every "30 seconds"
  hookclock logs --follow
  hookclock login --url https://hooks.example.com
  hookclock --url https://hooks.example.com task list

${TARGETS_HELP}

${ENV_HELP}

${EXIT_CODES_HELP}`,
  );
  quiet(program, io);
  devCommand(program, io, setExitCode);
  const task = program
    .command("task")
    .summary("register, show and change tasks")
    .description("Register, show and change tasks.");
  registerCommand(task, io);
  readCommands(task, io);
  updateCommand(task, io);
  moveCommands(task, io);
  logsCommand(program, io);
  triggerCommand(program, io);
  statsCommand(program, io);
  tablesCommand(program, io);
  keyCommand(program, io);
  loginCommands(program, io);
  program.commandsGroup("WebSub:");
  subscriptionCommand(program, io);
  consumerCommand(program, io);
  handlerCommand(program, io);
  publishCommands(program, io);
  hubCommand(program, io);
  plainNames(program, io);
  for (const command of everyCommand(program)) quiet(command, io);
  return program;
}

/** Errors and help go through `io`, and nothing ends the process from below. */
function quiet(command: Command, io: Io): void {
  command
    .exitOverride()
    .configureHelp({ helpWidth: Math.min(io.size().columns, HELP_COLUMNS_MAX) })
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (text, write) =>
        write(
          text.replace(/^error: /, "error[bad-usage]: ").replace(/\n\(Did you mean/, "\nhint: (did you mean"),
        ),
    });
}

function* everyCommand(command: Command): Generator<Command> {
  for (const child of command.commands) {
    yield child;
    yield* everyCommand(child);
  }
}

const stackOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
};
