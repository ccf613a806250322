// A trigger over the API: one request does a bounded part of the work, so it is asked until nothing is left.
import { check } from "@hookclock/core";
import type { TriggerOptions, TriggerResult } from "hookclock";
import { answers, read } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { schemas } from "./inputs.ts";
import { inNamespace } from "./lists.ts";
import type { Room } from "./room.ts";

/** So long a request may start attempts: short enough to be heard when it shall stop. */
const SLICE_MS = 10_000;
/** What was started in time is finished, however slow its receiver. */
const EXTRA_MS = 120_000;

/** As the library's `trigger`: until nothing is due, the budget or the limit ends, or the signal aborts. */
export async function trigger(
  connection: Connection,
  room: Room,
  options: TriggerOptions,
): Promise<TriggerResult> {
  const {
    budgetMs = Number.POSITIVE_INFINITY,
    limit,
    namespace,
    signal,
    onProgress,
  } = check(schemas.trigger, options, "trigger");
  const endsAt = room.now() + budgetMs;
  const total: TriggerResult = { processed: 0, succeeded: 0, failed: 0, errors: 0, lost: 0, remaining: true };
  while (!signal?.aborted) {
    const sliceMs = Math.max(0, Math.min(SLICE_MS, endsAt - room.now()));
    const part = await slice(connection, {
      namespace,
      budgetMs: sliceMs,
      limit: limit === undefined ? undefined : limit - total.processed,
    });
    for (const name of ["processed", "succeeded", "failed", "errors", "lost"] as const)
      total[name] += part[name];
    total.remaining = part.remaining;
    onProgress?.(total);
    // Due, yet nothing ran: it is in another worker's hands.
    const isStuck = part.processed === 0;
    const isOver = room.now() >= endsAt || (limit !== undefined && total.processed >= limit);
    if (!part.remaining || isStuck || isOver) break;
  }
  return total;
}

async function slice(
  connection: Connection,
  { namespace, ...body }: { namespace: string | undefined; budgetMs: number; limit: number | undefined },
): Promise<TriggerResult> {
  const path = namespace === undefined ? ["v1", "trigger"] : [...inNamespace(namespace), "trigger"];
  const { document } = await connection.call({ method: "POST", path, body, extraMs: EXTRA_MS });
  return read(answers.triggered, document, "trigger");
}
