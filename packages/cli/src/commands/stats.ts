import { nextText } from "@hookclock/local";
import type { Command } from "commander";
import { withHooks } from "../context.ts";
import type { Io } from "../io.ts";
import { addNamespace, addTarget } from "../options.ts";

export function statsCommand(program: Command, io: Io): void {
  const command = program
    .command("stats")
    .summary("count the tasks of a namespace")
    .description("Counts the tasks of a namespace by status, and what is overdue.");
  addTarget(addNamespace(command))
    .addHelpText("after", "\nExample:\n  hookclock stats -n billing --json")
    .action((options: object) =>
      withHooks(io, options, async ({ hooks, output, namespace }) => {
        const stats = await hooks.stats({ namespace });
        output.result(stats, () => {
          const next = stats.nextDueDate;
          output.facts([
            ["namespace", { text: stats.namespace, tone: "strong" }],
            ...Object.entries(stats.tasks).map(([status, count]): [string, string] => [
              status,
              String(count),
            ]),
            ["total", `${stats.total}${stats.complete ? "" : " counted, and more"}`],
            ["overdue", { text: String(stats.overdue), tone: stats.overdue > 0 ? "wait" : "plain" }],
            [
              "next due",
              next === null ? "nothing" : `${next} (${nextText(Date.parse(next), io.now(), false)})`,
            ],
          ]);
        });
      }),
    );
}
