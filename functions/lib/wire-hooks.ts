// The library as the functions use it.
import { Hooks } from "hookclock";
import { makeListener } from "./engine-metrics.ts";
import type { LazyWebSub } from "./lazy-websub.ts";
import type { World } from "./ports.ts";
import { settings } from "./wiring.ts";

/**
 * A function that is cut off leaves its claims behind: a short claim lets its tasks run again soon. Attempts that last
 * longer renew it.
 */
const CLAIM_MS = 10_000;

/** Hooks on the tables of this stage, reporting into these metrics and this log. They run WebSub's tasks too. */
export function wireHooks(
  { metrics, log }: Pick<World, "metrics" | "log">,
  { handlers }: Pick<LazyWebSub, "handlers">,
): Hooks {
  const { tasksTable, logsTable, concurrency, signingSecrets, egressAllow } = settings(
    "tasksTable",
    "logsTable",
    "concurrency",
    "signingSecrets",
    "egressAllow",
  );
  return new Hooks({
    tasksTableName: tasksTable,
    logsTableName: logsTable,
    concurrency,
    claimMs: CLAIM_MS,
    egress: { allow: egressAllow },
    handlers,
    ...(signingSecrets.length === 0 ? {} : { signing: { secrets: signingSecrets } }),
    onEvent: makeListener(metrics, log),
    onCapacity: ({ units }) => metrics.count("capacityUnits", units),
  });
}
