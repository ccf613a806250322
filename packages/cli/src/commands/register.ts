import { losesDigits } from "@hookclock/core";
import type { Command } from "commander";
import type { RegisterInput } from "hookclock";
import { addContent, type ContentOptions, contentOf, parseJson, readText } from "../content.ts";
import { type Context, withHooks } from "../context.ts";
import { CliError, describeError, usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addNamespace, addTarget } from "../options.ts";
import { startProgress } from "../progress.ts";
import { shareable, taskFacts } from "../show-task.ts";

type Options = ContentOptions & {
  id?: string;
  idPrefix?: string;
  kind?: string;
  payload?: string;
  file?: string;
};

const EXAMPLES = `
Examples:
  hookclock task register --url http://127.0.0.1:3000/hook --every "30 seconds"
  hookclock task register --id invoice-7 --url https://example.com/pay --body '{"amount": 7}' --at "in 5 minutes"
  hookclock task register --url https://example.com/report --cron "0 8 * * 1-5" --time-zone Europe/Lisbon
  hookclock task register --file tasks.jsonl          one task a line, as the library's register takes it`;

export function registerCommand(parent: Command, io: Io): void {
  const command = parent
    .command("register")
    .summary("register a task, or many from a file")
    .description(
      "Registers a task. With --id it is idempotent: the same content and the same --at again change nothing.",
    )
    .option("--id <id>", "your own id (default: a random one)")
    .option("--id-prefix <prefix>", "start of the random id");
  addContent(command, io.now).option("--file <path>", "JSON Lines, one task a line; - for standard input");
  addTarget(addNamespace(command), { ownUrl: true })
    .addHelpText("after", EXAMPLES)
    .action((options: Options) =>
      withHooks(io, options, (context) =>
        options.file === undefined ? registerOne(context, options) : registerFile(context, options.file),
      ),
    );
}

async function registerOne({ hooks, io, output, namespace }: Context, options: Options): Promise<void> {
  if (options.url === undefined)
    throw usageError("--url is missing", "say where it calls, or give a --file of tasks");
  const { id, idPrefix } = options;
  const content = await contentOf(options, io);
  const method = content.request?.method ?? (content.request?.body === undefined ? "GET" : "POST");
  const startsNow = content.scheduledDate === undefined && content.repeat?.cron === undefined;
  const task = await hooks.register({
    namespace,
    ...(id === undefined ? {} : { id }),
    ...(idPrefix === undefined ? {} : { idPrefix }),
    ...content,
    request: { ...content.request, method },
    ...(startsNow ? { scheduledDate: new Date(io.now()) } : {}),
  });
  output.result(shareable(task), () => output.facts(taskFacts(shareable(task), io.now())));
}

type Line = { line: number; input: RegisterInput };

async function registerFile({ hooks, io, output, namespace }: Context, path: string): Promise<void> {
  const lines = parseLines(await readText(io, path), namespace);
  const progress = startProgress(io, "registering");
  const results = await hooks
    .registerMany(
      lines.map(({ input }) => input),
      { onProgress: ({ done, total }) => progress.show(done, total) },
    )
    .finally(() => progress.end());
  const failed = results.flatMap((result, index) => {
    if (result.ok) return [];
    const { code, message } = describeError(result.error);
    return [{ line: lines[index]?.line ?? 0, code, message }];
  });
  const created = results.filter((result) => result.ok && result.created).length;
  const known = results.length - failed.length - created;
  const ids = results.map((result) => (result.ok ? result.task.id : null));
  output.result({ created, known, failed, ids }, () => {
    output.lines([`${created} registered, ${known} were there already, ${failed.length} failed`]);
    for (const { line, code, message } of failed.slice(0, 20))
      io.err(`line ${line}: error[${code}]: ${message}\n`);
  });
  if (failed.length === 0) return;
  const conflicts = failed.every(({ code }) => code === "id-conflict");
  throw new CliError("some-failed", `${failed.length} of ${results.length} tasks were not registered`, {
    exitCode: conflicts ? EXIT.conflict : EXIT.usage,
    hint: "mend these lines and give the whole file again: what is there already stays as it is, if its tasks have ids",
  });
}

function parseLines(text: string, namespace: string): Line[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    return [{ line: index + 1, input: { namespace, ...objectOf(line, index + 1) } as RegisterInput }];
  });
}

function objectOf(line: string, number: number): object {
  if (losesDigits(line))
    throw usageError(`line ${number} has a whole number that would lose digits; nothing was registered`);
  const value = parseJson(line);
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  const problem = value === undefined ? "is not JSON" : "is not a JSON object";
  throw usageError(`line ${number} ${problem}; nothing was registered`);
}
