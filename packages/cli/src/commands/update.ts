import type { Command } from "commander";
import type { UpdateInput } from "hookclock";
import { addContent, type ContentOptions, contentOf } from "../content.ts";
import { withHooks } from "../context.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { notFound } from "../not-found.ts";
import { addNamespace, addTarget } from "../options.ts";
import { shareable, taskFacts } from "../show-task.ts";

export function updateCommand(parent: Command, io: Io): void {
  const command = parent
    .command("update")
    .argument("<id>", "id of the task")
    .summary("change what a task does, and when")
    .description("Changes a task; what is not mentioned stays as it is. --header replaces all headers.");
  addContent(command, io.now);
  addTarget(addNamespace(command), { ownUrl: true })
    .addHelpText(
      "after",
      `\nExample:\n  hookclock task update invoice-7 --url https://example.com/v2 --retry-limit 5`,
    )
    .action((id: string, options: ContentOptions) =>
      withHooks(io, options, async ({ hooks, output, namespace }) => {
        const changes = await contentOf(options, io);
        if (Object.keys(changes).length === 0)
          throw usageError("nothing to change is given", "see --help for what can be");
        const task = await hooks.update({ namespace, id, ...changes } as UpdateInput);
        if (task === null) throw notFound(namespace, id);
        output.result(shareable(task), () => output.facts(taskFacts(shareable(task), io.now())));
      }),
    );
}
