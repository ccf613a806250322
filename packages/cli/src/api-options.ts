// --url, --key and their like: options of the program and of its commands at once.
import { type Command, Option } from "commander";

/** `--url` of a target, beside a task's `--url`: the one is where a command works, the other what a task calls. */
class ApiUrlOption extends Option {
  override attributeName(): string {
    return "apiUrl";
  }
}

const NAMES = ["apiUrl", "key", "keyFile", "insecureHttp"] as const;

/** Adds them. Without `url` where a task's own `--url` has the name: there it stands before the command. */
export function addApiOptions(command: Command, { url = true }: { url?: boolean } = {}): Command {
  if (url)
    command.addOption(new ApiUrlOption("--url <url>", "the API of a deployment: https://hooks.example.com"));
  return command
    .option(
      "--key <token>",
      "its key; every user of this machine can see it, rather set HOOKCLOCK_KEY or log in",
    )
    .option("--key-file <path>", "a file that holds the key; - for standard input")
    .option("--insecure-http", "send the key over plain http too, where others can read it");
}

/** What was said before the command counts for the command, unless it says it itself. */
export function inheritApiOptions(program: Command): void {
  program.hook("preAction", (_program, command) => {
    for (const name of NAMES) {
      if (command.getOptionValue(name) === undefined)
        command.setOptionValue(name, program.getOptionValue(name));
    }
  });
}
