// What a tick of the clock leads to: run what is due, ask for help where that is too much, and for wake-ups ahead.
import { type DueMoment, planFanOut, type ShardBacklog } from "@hookclock/core";
import type { Hooks } from "hookclock";
import { type Asking, askWakes } from "./ask-wakes.ts";
import { errorFields } from "./log.ts";
import { bucketEndOf, budgetOf, FAN_OUT, HORIZON_MS, TICK_WINDOW_MS, WAKE_PLAN } from "./plan.ts";
import type { Invoker, Share } from "./ports.ts";

/** The part of the library that runs tasks. */
export type TriggerHooks = Pick<Hooks, "trigger">;
/** The part of the library that a tick needs. */
export type TickHooks = Pick<Hooks, "trigger" | "ahead" | "backlog">;

export type Ticking = Asking & { hooks: TickHooks; invoker: Invoker; remainingMs: () => number };

type Outlook = { backlog: ShardBacklog[]; moments: DueMoment[] };
/** What the pass of a tick sees to; null: every shard. */
type Pass = { shards: number[] | null; until: number };

/**
 * One tick. Reads what is due and what will be, asks for further invocations of itself and for wake-ups, and runs what
 * is due now and in the next seconds. Rejects only when the pass itself failed; the next tick then finds the same rows.
 */
export async function tick(ticking: Ticking): Promise<void> {
  const startedAt = ticking.now();
  // To the end of a bucket: of each bucket only the first moment is known, and the rest of it must be somebody's too.
  const until = bucketEndOf(startedAt + TICK_WINDOW_MS, startedAt);
  const outlook = await lookOut(ticking);
  const asking = outlook === null ? null : askForHelp(ticking, outlook, until);
  try {
    const shards = outlook === null ? null : shardsToRun(outlook, until);
    if (shards?.length === 0) ticking.log.info({}, "nothing is due");
    else await run(ticking, { shards, until });
  } finally {
    await asking;
  }
}

/**
 * The share of a tick that was handed to a further invocation. To the end of its budget, because the tick looks at all
 * shards, and what it holds just now is soon given back: who left at once would leave most of the work to the tick.
 */
export async function runShare(ticking: Ticking, { shards }: Share): Promise<void> {
  const budgetMs = budgetOf(ticking.remainingMs());
  const result = await ticking.hooks.trigger({ shards, budgetMs, lookAheadMs: budgetMs });
  ticking.log.info({ shards, ...result }, "share run");
}

/** Null when the index could not be asked: then the pass looks at every shard by itself. */
async function lookOut({ hooks, metrics, log, now }: Ticking): Promise<Outlook | null> {
  try {
    const at = now();
    const window = { from: new Date(at), to: new Date(at + HORIZON_MS), bucketMs: WAKE_PLAN.bucketMs };
    const [backlog, ahead] = await Promise.all([hooks.backlog(), hooks.ahead(window)]);
    const oldestAt = backlog.oldestDueAt === null ? at : Date.parse(backlog.oldestDueAt);
    metrics.sample("oldestOverdueMs", Math.max(0, at - oldestAt));
    // Now, not at the end of the pass: where receivers are slow that is many minutes away, and an alarm waits for this figure.
    metrics.flush();
    return { backlog: backlog.shards, moments: ahead.items };
  } catch (error) {
    metrics.count("errors");
    log.error(errorFields(error), "the due index could not be asked what is ahead");
    return null;
  }
}

function shardsToRun({ backlog, moments }: Outlook, until: number): number[] {
  const loaded = backlog.filter(({ due }) => due > 0).map(({ shard }) => shard);
  const soon = moments.filter(({ at }) => at < until).map(({ shard }) => shard);
  return [...new Set([...loaded, ...soon])].sort((a, b) => a - b);
}

async function run({ hooks, log, now, remainingMs }: Ticking, { shards, until }: Pass): Promise<void> {
  const result = await hooks.trigger({
    ...(shards === null ? {} : { shards }),
    lookAheadMs: Math.max(0, until - now()),
    budgetMs: budgetOf(remainingMs()),
  });
  log.info({ shards, ...result }, "tick run");
}

/** Never rejects: what was not asked for now is asked for by the next tick. */
async function askForHelp(ticking: Ticking, { backlog, moments }: Outlook, until: number): Promise<void> {
  const later = moments.filter(({ at }) => at >= until);
  await Promise.all([fanOut(ticking, backlog), askWakes(ticking, later)]);
}

async function fanOut({ invoker, metrics, log }: Ticking, backlog: ShardBacklog[]): Promise<void> {
  const groups = planFanOut(backlog, FAN_OUT);
  await Promise.all(
    groups.map(async (shards) => {
      try {
        await invoker.invoke({ shards, depth: 1 });
        metrics.count("fanOuts");
      } catch (error) {
        metrics.count("errors");
        log.error({ shards, ...errorFields(error) }, "a further invocation could not be started");
      }
    }),
  );
}
