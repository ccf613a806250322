// What consumers are at: counts of their deliveries, taken from the tasks themselves.
import { check, HookclockError, namespaceField, type Status } from "@hookclock/core";
import * as z from "zod";
import type { TaskPosition, World } from "../ports.ts";
import type { ConsumerType } from "./consumer.ts";
import type { ConsumerRepository } from "./consumer-repository.ts";
import type { HandlerRepository } from "./handler-repository.ts";

export type ConsumerStats = {
  name: string;
  /** Null when messages wait for a consumer that is not there. Of one that cannot be read only counts are known. */
  type: ConsumerType | "unreadable" | null;
  enabled: boolean;
  handlers: number;
  failuresInARow: number;
  /**
   * Deliveries under way or to come, delivered, failed for good, held back by a user. Of those that are over, the ones
   * that are still kept: delivered in the last 30 days, failed in the last 90.
   */
  deliveries: { waiting: number; delivered: number; failed: number; suspended: number };
};
/** `complete` is false when there are more deliveries than were counted. */
export type ConsumersStats = { namespace: string; consumers: ConsumerStats[]; complete: boolean };

const PAGE = 1_000;
const COUNTED_MAX = 100_000;
const schema = z.strictObject({ namespace: namespaceField });
const COLUMNS: Record<Status, keyof ConsumerStats["deliveries"]> = {
  ACTIVE: "waiting",
  PROCESSING: "waiting",
  DONE: "delivered",
  FAILED: "failed",
  SUSPENDED: "suspended",
};

export async function statsOf(
  { tasks }: Pick<World, "tasks">,
  { consumers, handlers }: { consumers: ConsumerRepository; handlers: HandlerRepository },
  input: { namespace: string },
): Promise<ConsumersStats> {
  const { namespace } = check(schema, input, "stats");
  const found = new Map<string, ConsumerStats>();
  const ofName = (name: string): ConsumerStats => {
    const there = found.get(name) ?? {
      ...{ name, type: null, enabled: false, handlers: 0, failuresInARow: 0 },
      deliveries: { waiting: 0, delivered: 0, failed: 0, suspended: 0 },
    };
    found.set(name, there);
    return there;
  };
  for (let after: string | null = null; ; ) {
    const page = await consumers.page(namespace, PAGE, after);
    const failures = await consumers.failuresOf(
      namespace,
      page.found.map(({ name }) => name),
    );
    for (const [at, { name, row }] of page.found.entries()) {
      const isBroken = row instanceof HookclockError;
      Object.assign(ofName(name), {
        type: isBroken ? "unreadable" : row.type,
        enabled: !isBroken && row.disabled === undefined,
        failuresInARow: failures[at] ?? 0,
      });
    }
    after = page.after;
    if (after === null) break;
  }
  for (let after: string | null = null; ; ) {
    const page = await handlers.page({ namespace, limit: PAGE, after });
    for (const { consumer } of page.found) ofName(consumer).handlers += 1;
    after = page.after;
    if (after === null) break;
  }
  const complete = await countDeliveries(tasks, namespace, ofName);
  const sorted = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { namespace, consumers: sorted, complete };
}

/** False when there are more than are counted. */
async function countDeliveries(
  tasks: World["tasks"],
  namespace: string,
  ofName: (name: string) => ConsumerStats,
): Promise<boolean> {
  let startKey: TaskPosition | null = null;
  let counted = 0;
  do {
    const page = await tasks.fetch({ namespace, id: "deliver/", limit: PAGE, startKey });
    for (const { id, status } of page.items) {
      const [, name = ""] = id.split("/");
      ofName(name).deliveries[COLUMNS[status]] += 1;
    }
    counted += page.items.length;
    startKey = page.lastEvaluatedKey;
  } while (startKey !== null && counted < COUNTED_MAX);
  return startKey === null;
}
