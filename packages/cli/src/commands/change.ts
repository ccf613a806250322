// Changes of one task, and the same for many by a filter.

import type { HooksLike } from "@hookclock/client";
import type { Command } from "commander";
import type { ManyInput, Task, TaskKey, UpdateInput } from "hookclock";
import { addContent, type ContentOptions, contentOf } from "../content.ts";
import { type Context, withHooks } from "../context.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { notFound } from "../not-found.ts";
import { addFilter, addNamespace, addTarget, type FilterOptions, timeValue } from "../options.ts";
import { startProgress } from "../progress.ts";
import { nextOf, shareable, taskFacts } from "../show-task.ts";
import { TIMES_HELP } from "../times.ts";
import { filterOf } from "./read.ts";

export function changeCommands(parent: Command, io: Io): void {
  updateCommand(parent, io);
  for (const move of MOVES) moveCommand(parent, io, move);
  rescheduleCommand(parent, io);
}

type Many = (hooks: HooksLike, input: ManyInput) => Promise<{ count: number; items: TaskKey[] }>;
type Move = {
  name: string;
  summary: string;
  done: string;
  one: (hooks: HooksLike, key: TaskKey) => Promise<Task | null>;
  many?: Many;
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
  },
  {
    name: "retry",
    summary: "bring a FAILED or DONE task back, due now",
    done: "retried",
    one: (hooks, key) => hooks.retry(key),
    many: (hooks, input) => hooks.retryMany(input),
  },
  {
    name: "delete",
    summary: "delete a task; its execution logs stay until their time is up",
    done: "deleted",
    one: (hooks, key) => hooks.delete(key),
    many: async (hooks, input) => {
      const { count, items } = await hooks.deleteMany(input);
      return { count, items: items.map(({ namespace, id }) => ({ namespace, id })) };
    },
    final: true,
  },
];

type MoveOptions = FilterOptions & { many?: boolean; dryRun?: boolean; yes?: boolean };

function moveCommand(parent: Command, io: Io, move: Move): void {
  const command = parent.command(move.name).summary(move.summary);
  command.description(`${move.name[0]?.toUpperCase()}${move.name.slice(1)}: ${move.summary}.`);
  if (move.many === undefined) command.argument("<id>", "id of the task");
  else {
    command
      .argument("[id]", "id of the task; many with --many instead")
      .option(
        "--many",
        "every task of the filter instead of one; those whose status does not allow it are left alone",
      )
      .option("--dry-run", "count only, change nothing");
    if (move.final) command.option("--yes", "really delete many");
    addFilter(command, io.now);
  }
  addTarget(addNamespace(command))
    .addHelpText("after", examplesOf(move))
    .action((id: string | undefined, options: MoveOptions) => {
      checkWhich(move, id, options);
      return withHooks(io, options, (context) =>
        id === undefined ? moveMany(context, move, options) : moveOne(context, move, id),
      );
    });
}

const examplesOf = ({ name, many, final }: Move): string =>
  `\nExamples:\n  hookclock task ${name} invoice-7\n${
    many === undefined
      ? ""
      : `  hookclock task ${name} --many --id-prefix invoice- --dry-run\n  hookclock task ${name} --many ${name === "retry" ? "--status FAILED " : ""}-n billing${final ? " --yes" : ""}\n`
  }`;

function checkWhich(move: Move, id: string | undefined, options: MoveOptions): void {
  if (move.many === undefined) return;
  const filters = [options.status, options.from, options.to, options.idPrefix];
  if (id !== undefined && (options.many || filters.some((one) => one !== undefined))) {
    throw usageError(
      `an id and a filter exclude each other`,
      `either \`${move.name} ID\` or \`${move.name} --many\``,
    );
  }
  if (id === undefined && !options.many) {
    throw usageError(
      "neither an id nor --many is given",
      `either \`${move.name} ID\` or \`${move.name} --many\``,
    );
  }
  if (id !== undefined && options.dryRun) throw usageError("--dry-run goes with --many");
  if (options.many && move.final && !options.yes && !options.dryRun) {
    throw usageError(`${move.name} --many needs --yes`, "see how many it would be with --dry-run");
  }
}

async function moveOne({ hooks, io, output, namespace }: Context, move: Move, id: string): Promise<void> {
  const task = await move.one(hooks, { namespace, id });
  if (task === null) throw notFound(namespace, id);
  output.result(shareable(task), () => {
    const next = nextOf(task, io.now());
    const state = move.final ? "" : `: ${task.status}${next === "" ? "" : `, ${next}`}`;
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
  const { count, items } = await (move.many as Many)(hooks, {
    ...filterOf(namespace, options),
    dryRun,
    onProgress: ({ seen, changed }) => progress.show(changed, seen),
  }).finally(() => progress.end());
  output.result({ count, dryRun, items }, () =>
    output.lines([dryRun ? `${count} would be ${move.done}; nothing was changed` : `${count} ${move.done}`]),
  );
}

function updateCommand(parent: Command, io: Io): void {
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

function rescheduleCommand(parent: Command, io: Io): void {
  const command = parent
    .command("reschedule")
    .argument("<id>", "id of the task")
    .summary("move the next run to another time")
    .description("Moves the next run of a task to another time.")
    .requiredOption("--at <time>", TIMES_HELP, timeValue(io.now));
  addTarget(addNamespace(command))
    .addHelpText("after", `\nExample:\n  hookclock task reschedule invoice-7 --at "in 2 hours"`)
    .action((id: string, options: { at: number }) =>
      withHooks(io, options, async ({ hooks, output, namespace }) => {
        const task = await hooks.reschedule({ namespace, id, scheduledDate: new Date(options.at) });
        if (task === null) throw notFound(namespace, id);
        const next = nextOf(task, io.now());
        output.result(shareable(task), () =>
          output.lines([
            `${namespace}/${id} scheduled for ${task.scheduledDate}${next === "" ? "" : `, ${next}`}`,
          ]),
        );
      }),
    );
}
