import type { WebSubLike } from "@hookclock/client";
import { nextText } from "@hookclock/local";
import type { Command } from "commander";
import { type ConsumerStats, isHookclockError, type Stats } from "hookclock";
import { type WebSubContext, withWebSub } from "../context.ts";
import type { Io } from "../io.ts";
import { addBaseUrl, addNamespace, addTarget } from "../options.ts";
import type { Column } from "../table.ts";

export function statsCommand(program: Command, io: Io): void {
  const command = program
    .command("stats")
    .summary("count the tasks of a namespace, its subscriptions and deliveries")
    .description(
      "Counts the tasks of a namespace by status, and what is overdue; its subscriptions by state, and deliveries by\nconsumer, where there are any.",
    );
  addTarget(addNamespace(addBaseUrl(command)))
    .addHelpText("after", "\nExample:\n  hookclock stats -n billing --json")
    .action((options: object) => withWebSub(io, options, showStats));
}

async function showStats(context: WebSubContext): Promise<void> {
  const { io, hooks, output, namespace, webSub } = context;
  const stats = await hooks.stats({ namespace });
  const [subscriptions, deliveries] = await Promise.all([
    whereThere(countByState(webSub, namespace)),
    whereThere(webSub.consumers.stats({ namespace })),
  ]);
  const hasSubscriptions = subscriptions !== null && Object.keys(subscriptions).length > 0;
  const hasConsumers = deliveries !== null && deliveries.consumers.length > 0;
  const document = {
    ...stats,
    ...(hasSubscriptions ? { subscriptions } : {}),
    ...(hasConsumers ? { consumers: deliveries.consumers, consumersComplete: deliveries.complete } : {}),
  };
  output.result(document, () => {
    output.facts([...taskFacts(stats, io.now()), ...(hasSubscriptions ? countFacts(subscriptions) : [])]);
    if (!hasConsumers) return;
    output.lines([""]);
    output.table(deliveries.consumers, CONSUMER_COLUMNS);
    if (!deliveries.complete) output.remark("there are more deliveries than were counted");
  });
}

function taskFacts(stats: Stats, now: number) {
  const next = stats.nextDueDate;
  return [
    ["namespace", { text: stats.namespace, tone: "strong" }],
    ...Object.entries(stats.tasks).map(([status, count]): [string, string] => [status, String(count)]),
    ["total", `${stats.total}${stats.complete ? "" : " counted, and more"}`],
    ["overdue", { text: String(stats.overdue), tone: stats.overdue > 0 ? "wait" : "plain" }],
    ["next due", next === null ? "nothing" : `${next} (${nextText(Date.parse(next), now, false)})`],
  ] as const;
}

const countFacts = (counts: Readonly<Record<string, number>>): [string, string][] => [
  ["subscriptions", String(Object.values(counts).reduce((sum, count) => sum + count, 0))],
  ...Object.entries(counts).map(([state, count]): [string, string] => [`  ${state}`, String(count)]),
];

const PAGE = 1_000;

/** Only the states that there are. */
async function countByState(webSub: WebSubLike, namespace: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let startKey: string | null = null;
  do {
    const asked: { namespace: string; limit: number } = { namespace, limit: PAGE };
    const page: Awaited<ReturnType<WebSubLike["subscriptions"]["list"]>> = await webSub.subscriptions.list(
      startKey === null ? asked : { ...asked, startKey },
    );
    for (const { state } of page.items) counts[state] = (counts[state] ?? 0) + 1;
    startKey = page.nextKey;
  } while (startKey !== null);
  return counts;
}

/** Null where there is no WebSub: no table for it, or an API without it. */
async function whereThere<Result>(asked: Promise<Result>): Promise<Result | null> {
  try {
    return await asked;
  } catch (error) {
    if (isHookclockError(error, "table-missing") || isHookclockError(error, "not-found")) return null;
    throw error;
  }
}

const CONSUMER_COLUMNS: Column<ConsumerStats>[] = [
  { title: "CONSUMER", min: 8, cell: ({ name }) => ({ text: name, tone: "strong" }) },
  {
    title: "STATE",
    cell: ({ type, enabled }) => {
      if (type === null || type === "unreadable") return { text: type ?? "missing", tone: "bad" };
      return enabled ? { text: "enabled", tone: "good" } : { text: "disabled", tone: "bad" };
    },
  },
  { title: "HANDLERS", cell: ({ handlers }) => String(handlers) },
  { title: "WAITING", cell: ({ deliveries }) => String(deliveries.waiting) },
  { title: "DELIVERED", cell: ({ deliveries }) => String(deliveries.delivered) },
  {
    title: "FAILED",
    cell: ({ deliveries }) => ({
      text: String(deliveries.failed),
      tone: deliveries.failed > 0 ? "bad" : "plain",
    }),
  },
  { title: "SUSPENDED", cell: ({ deliveries }) => String(deliveries.suspended) },
  { title: "FAILURES IN A ROW", cell: ({ failuresInARow }) => String(failuresInARow) },
];
