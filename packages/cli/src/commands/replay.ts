// Bringing deliveries back: counted first, then so many a second, watched until it is done.
import { type Command, Option } from "commander";
import type { Replay } from "hookclock";
import { type WebSubContext, withWebSub } from "../context.ts";
import { CliError, usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { nothingCalled } from "../not-found.ts";
import { timeValue, wholeNumber } from "../options.ts";
import { startProgress } from "../progress.ts";
import { TIMES_HELP } from "../times.ts";
import { addCommon } from "./subscription.ts";

type Options = {
  from?: number;
  to?: number;
  rate?: number;
  include?: "failed" | "all";
  dryRun?: boolean;
  wait: boolean;
  follow?: string;
};

const LOOK_EVERY_MS = 500;
/** Nothing came back for so long: most likely nobody runs the tasks. */
const SILENCE_MS = 15_000;

export function replayCommand(parent: Command, io: Io): void {
  const command = parent
    .command("replay")
    .argument("<name>", "name of the consumer")
    .summary("deliver again what failed")
    .description(
      "Brings back the deliveries of messages that were received between two instants, so many a second, and waits until\nthat is done. Ctrl-C ends the waiting, not the replay.",
    )
    .option("--from <time>", `received from then on: ${TIMES_HELP}`, timeValue(io.now))
    .option("--to <time>", "received up to then (default: now)", timeValue(io.now))
    .option("--rate <count>", "deliveries brought back in each second (default: 10)", wholeNumber(1, 1_000))
    .addOption(
      new Option("--include <which>", "what failed for good (default), or what was delivered too").choices([
        ...["failed", "all"],
      ]),
    )
    .option("--dry-run", "count only, bring nothing back")
    .option("--no-wait", "do not wait until it is done")
    .option("--follow <id>", "wait for a replay that was started before");
  addCommon(command)
    .addHelpText(
      "after",
      `
Examples:
  hookclock consumer replay my-app --from -1d --dry-run
  hookclock consumer replay my-app --from 2030-01-31T10:00:00Z --to 2030-01-31T12:00:00Z --rate 50
  hookclock consumer replay my-app --from -1h --include all --no-wait`,
    )
    .action((name: string, options: Options) =>
      withWebSub(io, options, (context) =>
        options.follow === undefined ? replay(context, name, options) : watch(context, options.follow),
      ),
    );
}

async function replay(context: WebSubContext, consumer: string, options: Options): Promise<void> {
  const { output, namespace, webSub } = context;
  const { from, to, rate, include, wait } = options;
  if (from === undefined) throw usageError("--from is missing", "say from when on: --from -1h");
  const dryRun = options.dryRun ?? false;
  const { id, count } = await webSub.consumers.replay({
    ...{ namespace, consumer, dryRun, from: new Date(from) },
    ...(to === undefined ? {} : { to: new Date(to) }),
    ...(rate === undefined ? {} : { ratePerSecond: rate }),
    ...(include === undefined ? {} : { include }),
  });
  if (id !== null && wait) return watch(context, id);
  output.result({ id, count, dryRun }, () => {
    if (dryRun) return output.lines([`${count} would be brought back; nothing was changed`]);
    if (id === null) return output.lines(["there is nothing to bring back"]);
    output.lines([`${count} are being brought back: replay ${id}`]);
    output.remark(goesOn(consumer, id));
  });
}

const goesOn = (consumer: string, id: string): string =>
  `it goes on; wait for it with \`hookclock consumer replay ${consumer} --follow ${id}\``;

/** Until it is done, or Ctrl-C. */
async function watch(context: WebSubContext, id: string): Promise<void> {
  const { io, output, namespace } = context;
  const progress = startProgress(io, "replaying");
  const signal = io.stopSignal();
  let said = false;
  let changedAt = io.now();
  let last = await look(context, id);
  if (last.state === "running")
    output.remark(`bringing ${last.total} back, ${last.ratePerSecond} a second: replay ${id}`);
  try {
    while (last.state === "running" && !signal.aborted) {
      progress.show(last.retried, last.total);
      await io.sleep(LOOK_EVERY_MS, signal);
      const next = await look(context, id);
      if (next.retried !== last.retried) changedAt = io.now();
      last = next;
      if (!said && io.now() - changedAt > SILENCE_MS) {
        said = true;
        output.remark(
          "nothing moves: does a worker run? The replay waits for one; Ctrl-C ends the waiting only",
        );
      }
    }
  } finally {
    progress.end();
  }
  const { state, retried, total, consumer } = last;
  output.result(last, () => output.lines([`${retried} of ${total} brought back: ${state}`]));
  if (state === "running") output.remark(goesOn(consumer, id));
  if (state !== "stopped") return;
  throw new CliError("replay-stopped", `consumer "${consumer}" was disabled or removed before the end`, {
    exitCode: EXIT.conflict,
    hint: `see why with \`hookclock consumer show ${consumer} -n ${namespace}\`, enable it, and replay again`,
  });
}

async function look({ namespace, webSub }: WebSubContext, id: string): Promise<Replay> {
  const found = await webSub.consumers.getReplay({ namespace, id });
  if (found !== null) return found;
  throw nothingCalled("replay", id, namespace, "consumer list");
}
