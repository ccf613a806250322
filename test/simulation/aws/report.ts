// What the simulated minutes came to.
import { attemptKey } from "./receiver.ts";
import type { Minutes } from "./world.ts";

export type Distribution = {
  what: string;
  count: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
};

/** Registered, or made known otherwise, at least so long before its time: then it is to be punctual. */
const KNOWN_MS = 1_000;

const distribution = (what: string, values: readonly number[]): Distribution => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { what, count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? 0 };
};

/** Lateness of what was known in time, of everything, and by kind of task; ms of simulated time. */
export function latenessOf({ arrivals, planned }: Minutes): [Distribution, ...Distribution[]] {
  const kindOf = new Map(planned.map(({ id, kind }) => [id, kind]));
  const late = (of: readonly { lateMs: number }[]) => of.map(({ lateMs }) => lateMs);
  const known = arrivals.filter(({ knownMs }) => knownMs >= KNOWN_MS);
  const kinds = [...new Set(kindOf.values())].map((kind) =>
    distribution(kind, late(arrivals.filter(({ id }) => kindOf.get(id) === kind))),
  );
  return [distribution("known a second before", late(known)), distribution("all", late(arrivals)), ...kinds];
}

/** Attempts that arrived more than once. */
export function repeated({ arrivals }: Minutes): string[] {
  const seen = new Set<string>();
  return arrivals.flatMap((arrival) => {
    const key = attemptKey(arrival, arrival.attempt);
    if (seen.has(key)) return [key];
    seen.add(key);
    return [];
  });
}

export function printed(minutes: Minutes): string {
  const { trigger, react, wake, queue } = minutes.counts;
  const rows = latenessOf(minutes).map(
    ({ what, count, p50, p90, p99, max }) =>
      `${what.padEnd(22)}${[count, p50, p90, p99, max].map((value) => String(value).padStart(8)).join("")}`,
  );
  return [
    `${"lateness, ms".padEnd(22)}${["count", "p50", "p90", "p99", "max"].map((name) => name.padStart(8)).join("")}`,
    ...rows,
    `invocations: trigger ${trigger.invocations}, react ${react.invocations}, wake ${wake.invocations}; ` +
      `cold starts ${trigger.coldStarts + react.coldStarts + wake.coldStarts}; ` +
      `cut off ${trigger.cutOff + react.cutOff + wake.cutOff}; wake-ups ${queue.sent}`,
    `seconds run: trigger ${seconds(trigger.ranMs)}, react ${seconds(react.ranMs)}, wake ${seconds(wake.ranMs)}`,
  ].join("\n");
}

const seconds = (ms: number): number => Math.round(ms / 1_000);
