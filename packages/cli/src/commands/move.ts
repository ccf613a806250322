// Moves of one task, and the same for many by a filter.
import type { HooksLike } from "@hookclock/client";
import type { Command } from "commander";
import type { ManyInput, ManyResult, Task, TaskKey } from "hookclock";
import { type Context, withHooks } from "../context.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { notFound } from "../not-found.ts";
import { addFilter, addNamespace, addTarget, type FilterOptions, timeValue } from "../options.ts";
import { startProgress } from "../progress.ts";
import { nextOf, shareable } from "../show-task.ts";
import { TIMES_HELP } from "../times.ts";
import { filterOf } from "./read.ts";

type Move = {
  name: string;
  summary: string;
  done: string;
  /** `at`: what --at says, for the move that takes one. */
  one(hooks: HooksLike, key: TaskKey, at: Date): Promise<Task | null>;
  many(hooks: HooksLike, input: ManyInput, at: Date): Promise<ManyResult<TaskKey>>;
  takesTime?: boolean;
  /** Cannot be undone: many of them only with --yes. */
  final?: boolean;
};

const MOVES: readonly Move[] = [
  {
    name: "suspend",
    summary: "take a task out of the schedule",
    done: "suspended",
    one: (hooks, key) => hooks.suspend(key),
    many: (hooks, input) => hooks.suspendMany(input),
  },
  {
    name: "unsuspend",
    summary: "bring a suspended task back on its schedule",
    done: "unsuspended",
    one: (hooks, key) => hooks.unsuspend(key),
    many: (hooks, input) => hooks.unsuspendMany(input),
  },
  {
    name: "run",
    summary: "make an ACTIVE task due now; a recurring one keeps its next time",
    done: "due now",
    one: (hooks, key) => hooks.runNow(key),
    many: (hooks, input) => hooks.runNowMany(input),
  },
  {
    name: "retry",
    summary: "bring a FAILED or DONE task back, due now",
    done: "retried",
    one: (hooks, key) => hooks.retry(key),
    many: (hooks, input) => hooks.retryMany(input),
  },
  {
    name: "reschedule",
    summary: "move the next run to another time",
    done: "rescheduled",
    one: (hooks, key, scheduledDate) => hooks.reschedule({ ...key, scheduledDate }),
    many: (hooks, input, scheduledDate) => hooks.rescheduleMany({ ...input, scheduledDate }),
    takesTime: true,
  },
  {
    name: "delete",
    summary: "delete a task; its execution logs stay until their time is up",
    done: "deleted",
    one: (hooks, key) => hooks.delete(key),
    many: async (hooks, input) => {
      const { items, ...rest } = await hooks.deleteMany(input);
      return { ...rest, items: items.map(({ namespace, id }) => ({ namespace, id })) };
    },
    final: true,
  },
];

type MoveOptions = FilterOptions & { many?: boolean; dryRun?: boolean; yes?: boolean; at?: number };

export function moveCommands(parent: Command, io: Io): void {
  for (const move of MOVES) moveCommand(parent, io, move);
}

function moveCommand(parent: Command, io: Io, move: Move): void {
  const command = parent
    .command(move.name)
    .argument("[id]", "id of the task; many with --many instead")
    .summary(move.summary)
    .description(`${move.name[0]?.toUpperCase()}${move.name.slice(1)}: ${move.summary}.`);
  if (move.takesTime) command.requiredOption("--at <time>", TIMES_HELP, timeValue(io.now));
  command
    .option(
      "--many",
      "every task of the filter instead of one; those whose status does not allow it are left alone",
    )
    .option("--dry-run", "count only, change nothing");
  if (move.final) command.option("--yes", "really delete many");
  addTarget(addNamespace(addFilter(command, io.now)))
    .addHelpText("after", examplesOf(move))
    .action((id: string | undefined, options: MoveOptions) => {
      checkWhich(move, id, options);
      return withHooks(io, options, (context) =>
        id === undefined ? moveMany(context, move, options) : moveOne(context, move, id, options),
      );
    });
}

function examplesOf({ name, takesTime, final }: Move): string {
  const at = takesTime ? ' --at "in 2 hours"' : "";
  const status = name === "retry" ? " --status FAILED" : "";
  return `
Examples:
  hookclock task ${name} invoice-7${at}
  hookclock task ${name} --many --id-prefix invoice-${at} --dry-run
  hookclock task ${name} --many${status} -n billing${at}${final ? " --yes" : ""}`;
}

function checkWhich({ name, final }: Move, id: string | undefined, options: MoveOptions): void {
  const filters = [options.status, options.from, options.to, options.idPrefix];
  const hint = `either \`${name} ID\` or \`${name} --many\``;
  if (id !== undefined && (options.many || filters.some((one) => one !== undefined))) {
    throw usageError("an id and a filter exclude each other", hint);
  }
  if (id === undefined && !options.many) throw usageError("neither an id nor --many is given", hint);
  if (id !== undefined && options.dryRun) throw usageError("--dry-run goes with --many");
  if (options.many && final && !options.yes && !options.dryRun) {
    throw usageError(`${name} --many needs --yes`, "see how many it would be with --dry-run");
  }
}

const timeOf = ({ at = 0 }: MoveOptions): Date => new Date(at);

async function moveOne(
  { hooks, io, output, namespace }: Context,
  move: Move,
  id: string,
  options: MoveOptions,
): Promise<void> {
  const task = await move.one(hooks, { namespace, id }, timeOf(options));
  if (task === null) throw notFound(namespace, id);
  output.result(shareable(task), () => {
    const next = nextOf(task, io.now());
    const when = move.takesTime ? ` for ${task.scheduledDate}` : "";
    const state = move.final ? "" : `${when}: ${task.status}${next === "" ? "" : `, ${next}`}`;
    output.lines([`${namespace}/${id} ${move.done}${state}`]);
  });
}

async function moveMany(
  { hooks, io, output, namespace }: Context,
  move: Move,
  options: MoveOptions,
): Promise<void> {
  const progress = startProgress(io, move.name);
  const dryRun = options.dryRun ?? false;
  const input: ManyInput = {
    ...filterOf(namespace, options),
    dryRun,
    onProgress: ({ seen, changed }) => progress.show(changed, seen),
  };
  const { count, items } = await move.many(hooks, input, timeOf(options)).finally(() => progress.end());
  output.result({ count, dryRun, items }, () =>
    output.lines([dryRun ? `${count} would be ${move.done}; nothing was changed` : `${count} ${move.done}`]),
  );
}
