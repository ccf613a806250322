// Metrics by CloudWatch's embedded metric format: a line of the log that CloudWatch turns into figures.
import { Metrics as Emf } from "@aws-lambda-powertools/metrics";
import { METRIC_NAMESPACE, METRIC_SERVICE, METRICS, type MetricName } from "./metric-names.ts";
import type { Metrics } from "./ports.ts";

/** Dimensions are service and stage: each further one would multiply what CloudWatch bills. */
export function makeEmfMetrics(stage: string): Metrics {
  const emf = new Emf({
    namespace: METRIC_NAMESPACE,
    serviceName: METRIC_SERVICE,
    defaultDimensions: { stage },
  });
  const sums = new Map<MetricName, number>();
  return {
    count(name, by = 1) {
      sums.set(name, (sums.get(name) ?? 0) + by);
    },
    sample(name, value) {
      emf.addMetric(name, METRICS[name], value);
    },
    flush() {
      for (const [name, sum] of sums) emf.addMetric(name, METRICS[name], sum);
      sums.clear();
      if (emf.hasStoredMetrics()) emf.publishStoredMetrics();
    },
  };
}
