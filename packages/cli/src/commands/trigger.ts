import type { Command } from "commander";
import { type Context, withHooks, withWorker } from "../context.ts";
import type { Io } from "../io.ts";
import { addBaseUrl, addTarget, durationValue, wholeNumber } from "../options.ts";
import { startProgress } from "../progress.ts";

type Options = {
  namespace?: string;
  budget?: number;
  limit?: number;
  dryRun?: boolean;
  concurrency?: number;
};

const DRY_RUN_LIMIT = 100;

export function triggerCommand(program: Command, io: Io): void {
  const command = program
    .command("trigger")
    .summary("run what is due, once")
    .description("Claims the tasks that are due and runs them, in all namespaces unless one is said.")
    .option("-n, --namespace <name>", "only tasks of this namespace")
    .option("--budget <duration>", "start nothing more after this long", durationValue)
    .option("--limit <count>", "start so many attempts at most", wholeNumber(1))
    .option("--concurrency <count>", "attempts in flight at most (default: 25)", wholeNumber(1, 1_000))
    .option("--dry-run", "show what would run, run nothing");
  addTarget(addBaseUrl(command))
    .addHelpText(
      "after",
      `
Examples:
  hookclock trigger --budget 50s
  hookclock trigger --dry-run -n billing`,
    )
    .action((options: Options) => {
      if (options.dryRun) return withHooks(io, options, (context) => dryRun(context, options));
      const { concurrency } = options;
      const more = concurrency === undefined ? {} : { concurrency };
      return withWorker(io, options, more, (context) => run(context, options));
    });
}

type Here = Omit<Context, "remote">;

async function dryRun({ hooks, output }: Here, { namespace, limit = DRY_RUN_LIMIT }: Options): Promise<void> {
  const result = await hooks.triggerDryrun({ limit, ...(namespace === undefined ? {} : { namespace }) });
  output.result(result, () => {
    if (result.count === 0) return output.lines(["nothing is due"]);
    output.table(result.items, [
      { title: "SCHEDULED", cell: (task) => task.scheduledDate },
      { title: "TASK", min: 12, cell: (task) => ({ text: `${task.namespace}/${task.id}`, tone: "strong" }) },
    ]);
    if (result.count >= limit) output.remark(`the oldest ${limit}; --limit N shows more`);
  });
}

async function run(
  { hooks, io, output, target, baseUrl }: Here,
  { namespace, budget, limit }: Options,
): Promise<void> {
  const progress = startProgress(io, "running");
  const signal = io.stopSignal();
  const result = await hooks
    .trigger({
      signal,
      onProgress: ({ processed }) => progress.show(processed),
      ...(namespace === undefined ? {} : { namespace }),
      ...(budget === undefined ? {} : { budgetMs: budget }),
      ...(limit === undefined ? {} : { limit }),
    })
    .finally(() => progress.end());
  output.result(result, () => {
    const { processed, succeeded, failed, errors, lost, remaining } = result;
    output.lines([
      `${processed} run: ${succeeded} ok, ${failed} failed${errors > 0 ? `, ${errors} faults of ours` : ""}${lost > 0 ? `, ${lost} lost to another worker` : ""}${remaining ? "; more is due" : ""}`,
    ]);
    if (errors > 0 && target.kind === "database" && baseUrl === undefined) {
      output.remark("tasks of subscriptions, consumers and the hub need --base-url URL");
    }
    if (remaining && target.kind === "database" && target.instance !== null) {
      output.remark("what is left is in the hands of the hookclock dev that runs here");
    }
  });
}
