import type { HooksLike, RemoteHooks } from "@hookclock/client";
import { answerText, durationText, printable, timeOfDay, toneOfAnswer } from "@hookclock/local";
import type { Command } from "commander";
import type { ExecutionLog, LogStartKey, LogsInput, LogsResult } from "hookclock";
import { type Context, withHooks } from "../context.ts";
import { Follower } from "../follow.ts";
import type { Io } from "../io.ts";
import { addNamespace, addTarget, oneOf, timeValue, wholeNumber } from "../options.ts";
import type { Output } from "../output.ts";
import type { Column } from "../table.ts";
import { TIMES_HELP } from "../times.ts";

type Options = {
  task?: string;
  status?: string;
  from?: number;
  to?: number;
  limit?: number;
  follow?: boolean;
};

const LIMIT = 50;
const FOLLOW_FIRST = 10;
const FOLLOW_EVERY_MS = 500;
const PAGE = 1_000;

export function logsCommand(program: Command, io: Io): void {
  const command = program
    .command("logs")
    .summary("show execution logs, or follow them")
    .description("Shows the latest execution logs of a namespace, oldest first: one row per attempt.")
    .option("--task <id>", "only logs of this task")
    .option("--status <status>", "SUCCESS or FAIL", oneOf(["SUCCESS", "FAIL"]))
    .option("--from <time>", `written from then on: ${TIMES_HELP}`, timeValue(io.now))
    .option("--to <time>", "written up to then", timeValue(io.now))
    .option(
      "--limit <count>",
      `the latest so many (default: ${LIMIT}, with --follow ${FOLLOW_FIRST})`,
      wholeNumber(0),
    )
    .option("-f, --follow", "go on as they are written, until Ctrl-C; with --json one object a line");
  addTarget(addNamespace(command))
    .addHelpText(
      "after",
      `
Examples:
  hookclock logs --from -1h --status FAIL
  hookclock logs --task invoice-7 --limit 5 --json
  hookclock logs -n demo --follow`,
    )
    .action((options: Options) =>
      withHooks(io, options, (context) =>
        options.follow ? follow(context, options) : show(context, options),
      ),
    );
}

async function show(context: Context, options: Options): Promise<void> {
  const { output } = context;
  const { items, lastEvaluatedKey } = await latest(context, options, options.limit ?? LIMIT);
  output.result({ items, count: items.length, lastEvaluatedKey }, () => {
    if (items.length === 0)
      return output.lines([`no execution logs in namespace "${context.namespace}" that fit`]);
    output.table(items, columns);
    if (lastEvaluatedKey !== null)
      output.remark(`there are older ones: --limit N or --to ${items[0]?.__createdAt}`);
  });
}

const columns: Column<ExecutionLog>[] = [
  { title: "STARTED", cell: (log) => ({ text: log.startedDate, tone: "quiet" }) },
  { title: "TASK", min: 10, cell: (log) => ({ text: log.taskId, tone: "strong" }) },
  { title: "RUN", cell: (log) => String(log.occurrence + 1) },
  { title: "TRY", cell: (log) => `${log.attempt}/${log.retry.limit + 1}` },
  {
    title: "ANSWER",
    cell: (log) => ({
      text: answerText(log.response.status, log.error),
      tone: toneOfAnswer(log.response.status, log.error),
    }),
  },
  { title: "TOOK", cell: (log) => durationText(log.timings.totalMs) },
  { title: "LATE", cell: (log) => durationText(log.latenessMs) },
  { title: "REQUEST", min: 12, cell: (log) => `${log.request.method} ${log.request.url}`.trim() },
];

function queryOf({ namespace }: Context, { task, status, from, to }: Options): LogsInput {
  return {
    namespace,
    ...(task === undefined ? {} : { taskId: task }),
    ...(status === undefined ? {} : { status: status as ExecutionLog["status"] }),
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
  };
}

/** The latest `limit` rows that fit, oldest first. A filter may leave pages short, so it asks until it has enough. */
async function latest(context: Context, options: Options, limit: number) {
  const items: ExecutionLog[] = [];
  let startKey: LogStartKey | null = null;
  while (items.length < limit) {
    const page = await context.hooks.fetchLogs({
      ...queryOf(context, options),
      desc: true,
      limit: Math.min(limit - items.length, PAGE),
      startKey,
    });
    items.push(...page.items);
    startKey = page.lastEvaluatedKey;
    if (startKey === null) break;
  }
  return { items: items.reverse(), lastEvaluatedKey: startKey };
}

async function follow(context: Context, options: Options): Promise<void> {
  const { io, hooks, output, remote } = context;
  const stop = io.stopSignal();
  const fromMs = options.from ?? io.now();
  const follower = new Follower(fromMs);
  if (options.from === undefined) {
    // What was written before is shown for orientation; the follower knows it, so it does not come twice.
    const { items } = await latest(context, options, options.limit ?? FOLLOW_FIRST);
    print(output, io, follower.fresh(items));
  }
  if (remote !== null) return followStream(context, remote, { options, follower, stop });
  while (!stop.aborted && (options.to === undefined || io.now() <= options.to + FOLLOW_EVERY_MS)) {
    for await (const rows of written(hooks, {
      ...queryOf(context, options),
      from: new Date(follower.readFromMs),
    })) {
      print(output, io, follower.fresh(rows));
      if (stop.aborted) return;
    }
    follower.settle();
    await io.sleep(FOLLOW_EVERY_MS, stop);
  }
}

/** Over an API the rows come by themselves; those that were shown already are left out here too. */
async function followStream(
  { io, output, namespace }: Context,
  remote: RemoteHooks,
  { options, follower, stop }: { options: Options; follower: Follower; stop: AbortSignal },
): Promise<void> {
  const { task, status, to } = options;
  const over = new AbortController();
  if (to !== undefined) void io.sleep(to - io.now() + FOLLOW_EVERY_MS, stop).then(() => over.abort());
  const logs = remote.logStream({
    namespace,
    ...(task === undefined ? {} : { taskId: task }),
    ...(status === undefined ? {} : { status: status as ExecutionLog["status"] }),
    from: new Date(follower.readFromMs),
    signal: AbortSignal.any([stop, over.signal]),
  });
  for await (const { log } of logs) {
    if (to === undefined || Date.parse(log.__createdAt) <= to) print(output, io, follower.fresh([log]));
    follower.settle();
  }
}

/** Everything the query fits, oldest first, a page at a time. */
async function* written(hooks: HooksLike, query: LogsInput): AsyncGenerator<ExecutionLog[]> {
  let startKey: LogStartKey | null = null;
  do {
    const page: LogsResult = await hooks.fetchLogs({
      ...query,
      limit: PAGE,
      startKey,
    });
    yield page.items;
    startKey = page.lastEvaluatedKey;
  } while (startKey !== null);
}

function print(output: Output, io: Io, rows: readonly ExecutionLog[]): void {
  for (const row of rows) io.out(`${output.json ? JSON.stringify(row) : lineOf(row, output)}\n`);
}

function lineOf(log: ExecutionLog, { paint }: Output): string {
  const answer = answerText(log.response.status, log.error);
  return [
    paint("quiet", timeOfDay(Date.parse(log.startedDate))),
    paint("strong", printable(log.taskId)),
    `run ${log.occurrence + 1} try ${log.attempt}/${log.retry.limit + 1}`,
    paint(toneOfAnswer(log.response.status, log.error), answer),
    `in ${durationText(log.timings.totalMs)}, late ${durationText(log.latenessMs)}`,
  ].join("  ");
}
