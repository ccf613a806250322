import { INDEX } from "../packages/store-dynamodb/src/shapes.ts";
import type { Queues } from "./alarms.ts";
import { named } from "./function.ts";
import { FUNCTIONS, type Metric, ofApi, ofFunction, ofQueue, ofTable, own } from "./metrics.ts";
import type { Tables } from "./tables.ts";

type Needs = { tables: Tables; queues: Queues; apiId: $util.Input<string>; region: $util.Input<string> };
type Line = { metric: Metric; stat: string; label: string };
type Widget = { title: string; lines: Line[] };

const COLUMNS = 3;
const WIDTH = 8;
const HEIGHT = 6;
const MINUTE_S = 60;

const line = (metric: Metric, stat: string, label = metric.metricName): Line => ({ metric, stat, label });

/** Fifty metrics are free of charge on a dashboard: those of all indexes and functions would be more. */
function widgets({ tables, queues, apiId }: Needs): Widget[] {
  const { tasks, logs, api, state } = tables;
  return [
    {
      title: "Occurrences a minute",
      lines: (["executed", "succeeded", "failed"] as const).map((name) => line(own(name), "Sum")),
    },
    {
      title: "Lateness, ms",
      lines: ["p50", "p99", "Maximum"].map((stat) => line(own("latenessMs"), stat, stat)),
    },
    { title: "Oldest task that is overdue, ms", lines: [line(own("oldestOverdueMs"), "Maximum")] },
    {
      title: "Occurrences ended, attempts made, claims lost to other workers",
      lines: (["executed", "attempts", "claimsLost"] as const).map((name) => line(own(name), "Sum")),
    },
    {
      title: "Wake-ups sent, invocations of itself, what made no sense, faults of our own",
      lines: (["wakesSent", "fanOuts", "poisonRecords", "errors"] as const).map((name) =>
        line(own(name), "Sum"),
      ),
    },
    {
      title: "Capacity units a minute: what functions count, what the table of tasks is charged",
      lines: [
        line(own("capacityUnits"), "Sum"),
        line(ofTable("ConsumedWriteCapacityUnits", tasks), "Sum", "tasks, written"),
        line(ofTable("ConsumedReadCapacityUnits", tasks), "Sum", "tasks, read"),
      ],
    },
    {
      title: "Throttled by DynamoDB",
      lines: [
        ...Object.entries({ tasks, logs, api, state }).flatMap(([what, table]) => [
          line(ofTable("ReadThrottleEvents", table), "Sum", `${what}, reads`),
          line(ofTable("WriteThrottleEvents", table), "Sum", `${what}, writes`),
        ]),
        ...Object.values(INDEX).map((index) =>
          line(ofTable("WriteThrottleEvents", tasks, index), "Sum", `index ${index}, writes`),
        ),
        line(ofTable("ReadThrottleEvents", tasks, INDEX.due), "Sum", `index ${INDEX.due}, reads`),
      ],
    },
    {
      title: "Functions: started, errors, throttles",
      lines: ["Invocations", "Errors", "Throttles"].flatMap((metric) =>
        FUNCTIONS.map((name) => line(ofFunction(metric, name), "Sum", `${name} ${metric}`)),
      ),
    },
    {
      title: "Functions that deliver: how long, how many at once",
      lines: (["trigger", "wake"] as const).flatMap((name) => [
        line(ofFunction("Duration", name), "p99", `${name} ms`),
        line(ofFunction("ConcurrentExecutions", name), "Maximum", `${name} at once`),
      ]),
    },
    {
      title: "Queues, and how far behind the stream is",
      lines: [
        line(ofQueue("ApproximateNumberOfMessagesVisible", queues.wakeQueue), "Maximum", "wake-ups waiting"),
        line(
          ofQueue("ApproximateNumberOfMessagesVisible", queues.wakeDeadLetters),
          "Maximum",
          "wake-ups given up",
        ),
        line(
          ofQueue("ApproximateNumberOfMessagesVisible", queues.reactDeadLetters),
          "Maximum",
          "records given up",
        ),
        line(ofFunction("IteratorAge", "react"), "Maximum", "stream, ms behind"),
      ],
    },
    {
      title: "API: requests, refused, failed",
      lines: ["Count", "4xx", "5xx"].map((name) => line(ofApi(name, apiId), "Sum")),
    },
    {
      title: "API: latency, ms",
      lines: ["p50", "p99"].map((stat) => line(ofApi("Latency", apiId), stat, stat)),
    },
  ];
}

const drawn = ({ title, lines }: Widget, index: number, region: $util.Input<string>) => ({
  type: "metric",
  x: (index % COLUMNS) * WIDTH,
  y: Math.floor(index / COLUMNS) * HEIGHT,
  width: WIDTH,
  height: HEIGHT,
  properties: {
    title,
    region,
    period: MINUTE_S,
    metrics: lines.map(({ metric, stat, label }) => [
      metric.namespace,
      metric.metricName,
      ...Object.entries(metric.dimensions).flat(),
      { stat, label },
    ]),
  },
});

/** One page: is it delivering, is it on time, is anything refused, what does it cost. */
export function dashboard(needs: Needs): aws.cloudwatch.Dashboard {
  const body = { widgets: widgets(needs).map((widget, index) => drawn(widget, index, needs.region)) };
  return new aws.cloudwatch.Dashboard("Dashboard", {
    dashboardName: named("overview"),
    dashboardBody: $jsonStringify(body),
  });
}
