// Metrics and log of the simulation: the functions' own listener, counted in memory.
import { makeListener } from "../../../functions/lib/engine-metrics.ts";
import type { MetricName } from "../../../functions/lib/metric-names.ts";
import type { Log, Metrics } from "../../../functions/lib/ports.ts";

export type Tally = ReturnType<typeof makeTally>;

export function makeTally() {
  const sums: Partial<Record<MetricName, number>> = {};
  const add = (name: MetricName, by = 1): void => {
    sums[name] = (sums[name] ?? 0) + by;
  };
  const metrics: Metrics = { count: add, sample: () => {}, flush: () => {} };
  const log: Log = { info: () => {}, warn: () => {}, error: () => {} };
  return { sums, metrics, log, listener: makeListener(metrics, log) };
}
