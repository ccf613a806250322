// Names of metrics, as functions and AWS write them, in the form that alarms and the dashboard take.
import { METRIC_NAMESPACE, METRIC_SERVICE, type MetricName } from "../functions/lib/metric-names.ts";
import { named } from "./function.ts";

export type Metric = {
  namespace: string;
  metricName: string;
  dimensions: Record<string, $util.Input<string>>;
};
export type FunctionName = "trigger" | "react" | "wake" | "api";
export const FUNCTIONS: readonly FunctionName[] = ["trigger", "react", "wake", "api"];

/** What the functions themselves report. */
export const own = (metricName: MetricName): Metric => ({
  namespace: METRIC_NAMESPACE,
  metricName,
  dimensions: { service: METRIC_SERVICE, stage: $app.stage },
});

export const ofFunction = (metricName: string, name: FunctionName): Metric => ({
  namespace: "AWS/Lambda",
  metricName,
  dimensions: { FunctionName: named(name) },
});

export const ofTable = (metricName: string, table: sst.aws.Dynamo, index?: string): Metric => ({
  namespace: "AWS/DynamoDB",
  metricName,
  dimensions: {
    TableName: table.name,
    ...(index === undefined ? {} : { GlobalSecondaryIndexName: index }),
  },
});

export const ofQueue = (metricName: string, queue: sst.aws.Queue): Metric => ({
  namespace: "AWS/SQS",
  metricName,
  dimensions: { QueueName: queue.nodes.queue.name },
});

export const ofApi = (metricName: string, apiId: $util.Input<string>): Metric => ({
  namespace: "AWS/ApiGateway",
  metricName,
  dimensions: { ApiId: apiId },
});
