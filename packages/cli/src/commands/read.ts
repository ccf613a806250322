import type { Command } from "commander";
import type { FetchInput, Status, Task } from "hookclock";
import { withHooks } from "../context.ts";
import type { Io } from "../io.ts";
import { notFound } from "../not-found.ts";
import { addFilter, addNamespace, addTarget, type FilterOptions, wholeNumber } from "../options.ts";
import { shareable, taskColumns, taskFacts } from "../show-task.ts";

export function readCommands(parent: Command, io: Io): void {
  const get = parent
    .command("get")
    .argument("<id>", "id of the task")
    .summary("show one task")
    .description("Shows one task.")
    .option("--show-secrets", "headers that may hold a secret too");
  addTarget(addNamespace(get))
    .addHelpText("after", "\nExample:\n  hookclock task get invoice-7 -n billing --json")
    .action((id: string, options: { showSecrets?: boolean }) =>
      withHooks(io, options, async ({ hooks, output, namespace }) => {
        const found = await hooks.get({ namespace, id });
        if (found === null) throw notFound(namespace, id);
        const task = shareable(found, options.showSecrets);
        output.result(task, () => output.facts(taskFacts(task, io.now())));
      }),
    );
  listCommand(parent, io);
}

type ListOptions = FilterOptions & { limit: number; desc?: boolean; showSecrets?: boolean; all?: boolean };

function listCommand(parent: Command, io: Io): void {
  const list = parent
    .command("list")
    .alias("ls")
    .summary("show the tasks of a namespace")
    .description("Shows the tasks of a namespace by scheduled date, or by id with --id-prefix.");
  addFilter(list, io.now)
    .option("--desc", "latest first")
    .option("--limit <count>", "tasks at most", wholeNumber(1), 100)
    .option("--all", "all of them, however many")
    .option("--show-secrets", "headers that may hold a secret too (with --json)");
  addTarget(addNamespace(list))
    .addHelpText(
      "after",
      `
Examples:
  hookclock task list --status FAILED
  hookclock task list -n billing --from now --to "in 1 hour"
  hookclock task list --id-prefix invoice- --json`,
    )
    .action((options: ListOptions) =>
      withHooks(io, options, async ({ hooks, output, namespace }) => {
        const limit = options.all ? Number.MAX_SAFE_INTEGER : options.limit;
        const items: Task[] = [];
        const { lastEvaluatedKey } = await hooks.fetch({
          ...filterOf(namespace, options),
          desc: options.desc ?? false,
          limit,
          chunkLimit: Math.min(limit, 500),
          onChunk: (chunk) => void items.push(...chunk.items),
        });
        const shown = items.map((task) => shareable(task, options.showSecrets));
        output.result({ items: shown, count: shown.length, lastEvaluatedKey }, () => {
          if (shown.length === 0) return output.lines([`no tasks in namespace "${namespace}" that fit`]);
          output.table(shown, taskColumns(io.now()));
          if (lastEvaluatedKey !== null)
            output.remark(`there are more than ${limit}: --limit N or --all shows them`);
        });
      }),
    );
}

export function filterOf(namespace: string, options: FilterOptions): FetchInput {
  const { status, from, to, idPrefix } = options;
  return {
    namespace,
    ...(status === undefined ? {} : { status: status as Status }),
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
    ...(idPrefix === undefined ? {} : { id: idPrefix }),
  };
}
