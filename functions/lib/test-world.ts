// What the use cases of the functions are handed in tests: time that stands still, and ports that write everything down.
import type { TriggerResult } from "hookclock";
import type { MetricName } from "./metric-names.ts";
import type { Share, WakeCall } from "./ports.ts";
import type { TickHooks } from "./tick.ts";

/** A multiple of five seconds, so that a bucket begins there. */
export const NOW = Date.UTC(2030, 0, 1);

export const nothingDone: TriggerResult = {
  ...{ processed: 0, succeeded: 0, failed: 0, lost: 0, errors: 0 },
  remaining: false,
};

export type TestWorld = ReturnType<typeof testWorld>;

export function testWorld() {
  const sums: Partial<Record<MetricName, number>> = {};
  const samples: [MetricName, number][] = [];
  const reported: [MetricName, number][] = [];
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const sent: WakeCall[] = [];
  const shares: Share[] = [];
  const passes: unknown[] = [];
  const write = (level: string) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, message, fields });
  };
  const hooks: TickHooks = {
    trigger: async (options) => {
      passes.push(options);
      return nothingDone;
    },
    ahead: async () => ({ items: [] }),
    backlog: async () => ({ shards: [], oldestDueAt: null }),
  };
  const world = {
    ...{ sums, samples, reported, lines, sent, shares, passes },
    at: NOW,
    now: (): number => world.at,
    metrics: {
      count: (name: MetricName, by = 1) => {
        sums[name] = (sums[name] ?? 0) + by;
      },
      sample: (name: MetricName, value: number) => void samples.push([name, value]),
      flush: () => void reported.push(...samples.slice(reported.length)),
    },
    log: { info: write("info"), warn: write("warn"), error: write("error") },
    asked: new Map<string, number>(),
    refused: (_call: WakeCall): boolean => false,
    queue: {
      send: async (calls: readonly WakeCall[]) => {
        sent.push(...calls.filter((call) => !world.refused(call)));
        return calls.filter((call) => world.refused(call));
      },
    },
    invoker: { invoke: async (share: Share) => void shares.push(share) },
    hooks,
    remainingMs: () => 900_000,
  };
  return world;
}
