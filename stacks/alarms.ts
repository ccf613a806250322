// When somebody should look. Each alarm says in its description what it means; docs/deploy.md says what to do.
import { INDEX } from "../packages/store-dynamodb/src/shapes.ts";
import { named } from "./function.ts";
import { FUNCTIONS, type Metric, ofFunction, ofQueue, ofTable, own } from "./metrics.ts";
import type { Tables } from "./tables.ts";

export type Queues = {
  wakeQueue: sst.aws.Queue;
  wakeDeadLetters: sst.aws.Queue;
  reactDeadLetters: sst.aws.Queue;
};
type Needs = { tables: Tables; queues: Queues; topic: aws.sns.Topic };
type Alarm = {
  description: string;
  /** Metrics by the name that the expression uses. */
  metrics: Record<string, Metric & { stat: "Sum" | "Maximum" }>;
  expression?: string;
  periodS: number;
  periods: number;
  comparison: "GreaterThanThreshold" | "LessThanThreshold";
  threshold: number;
  /** What silence means. Most metrics are only written when something happens. */
  missing?: "notBreaching" | "breaching";
};

const MINUTE_S = 60;
const OVERDUE_MS_MAX = 2 * 60_000;
const FAILED_SHARE_MAX = 0.5;
/** Fewer occurrences than this say nothing about a share. */
const EXECUTED_MIN = 20;
const FUNCTION_ERRORS_MAX = 2;

/** `m0`, `m1` … for a list of metrics that only their sum is asked of. */
const numbered = (metrics: readonly Metric[], stat: "Sum" | "Maximum") =>
  Object.fromEntries(metrics.map((metric, index) => [`m${index}`, { ...metric, stat }]));
const sumOf = (metrics: Record<string, unknown>): string =>
  Object.keys(metrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(" + ");

function workAlarms(): Record<string, Alarm> {
  return {
    overdue: {
      description: "A task has been due for more than two minutes, three minutes in a row.",
      metrics: { oldest: { ...own("oldestOverdueMs"), stat: "Maximum" } },
      periodS: MINUTE_S,
      periods: 3,
      comparison: "GreaterThanThreshold",
      threshold: OVERDUE_MS_MAX,
    },
    failures: {
      description:
        "More than half of at least 20 occurrences failed in five minutes: receivers, or the way to them.",
      metrics: {
        failed: { ...own("failed"), stat: "Sum" },
        executed: { ...own("executed"), stat: "Sum" },
      },
      expression: `IF(FILL(executed, 0) >= ${EXECUTED_MIN}, FILL(failed, 0) / executed, 0)`,
      periodS: 5 * MINUTE_S,
      periods: 1,
      comparison: "GreaterThanThreshold",
      threshold: FAILED_SHARE_MAX,
    },
  };
}

function functionAlarms(): Record<string, Alarm> {
  const errors = numbered(
    FUNCTIONS.map((name) => ofFunction("Errors", name)),
    "Sum",
  );
  const throttles = numbered(
    FUNCTIONS.map((name) => ofFunction("Throttles", name)),
    "Sum",
  );
  return {
    "tick-missing": {
      description:
        "The trigger was not started for three minutes: tasks run only when something else wakes them.",
      metrics: { ticks: { ...ofFunction("Invocations", "trigger"), stat: "Sum" } },
      periodS: MINUTE_S,
      periods: 3,
      comparison: "LessThanThreshold",
      threshold: 1,
      missing: "breaching",
    },
    "function-errors": {
      description: "Functions ended with an error three times or more in five minutes.",
      metrics: errors,
      expression: sumOf(errors),
      periodS: 5 * MINUTE_S,
      periods: 1,
      comparison: "GreaterThanThreshold",
      threshold: FUNCTION_ERRORS_MAX,
    },
    "function-throttles": {
      description:
        "Lambda refused to start functions, three minutes in a row: the account's concurrency is used up.",
      metrics: throttles,
      expression: sumOf(throttles),
      periodS: MINUTE_S,
      periods: 3,
      comparison: "GreaterThanThreshold",
      threshold: 0,
    },
  };
}

function storeAlarms({ tables, queues }: Omit<Needs, "topic">): Record<string, Alarm> {
  const { tasks, logs, api, state } = tables;
  const indexes = Object.values(INDEX).map((index) => ofTable("WriteThrottleEvents", tasks, index));
  const reads = [tasks, logs, api].map((table) => ofTable("ReadThrottleEvents", table));
  const writes = [tasks, logs, api].map((table) => ofTable("WriteThrottleEvents", table));
  const throttles = numbered([...reads, ...writes, ...indexes], "Sum");
  // An alarm looks at ten metrics at most.
  const stateThrottles = numbered(
    ["ReadThrottleEvents", "WriteThrottleEvents"].map((name) => ofTable(name, state)),
    "Sum",
  );
  const letters = numbered(
    [queues.wakeDeadLetters, queues.reactDeadLetters].map((queue) =>
      ofQueue("ApproximateNumberOfMessagesVisible", queue),
    ),
    "Maximum",
  );
  return {
    "table-throttles": {
      description:
        "DynamoDB refused reads or writes, three minutes in a row: a partition is too busy, or a table's limit is met.",
      metrics: throttles,
      expression: sumOf(throttles),
      periodS: MINUTE_S,
      periods: 3,
      comparison: "GreaterThanThreshold",
      threshold: 0,
    },
    "state-throttles": {
      description:
        "DynamoDB refused reads or writes of the state table, three minutes in a row: a topic or a subscription is too busy.",
      metrics: stateThrottles,
      expression: sumOf(stateThrottles),
      periodS: MINUTE_S,
      periods: 3,
      comparison: "GreaterThanThreshold",
      threshold: 0,
    },
    "dead-letters": {
      description:
        "A wake-up or a stream record was given up. The ticks run its task all the same; something is broken.",
      metrics: letters,
      expression: sumOf(letters),
      periodS: 5 * MINUTE_S,
      periods: 1,
      comparison: "GreaterThanThreshold",
      threshold: 0,
    },
  };
}

function makeAlarm(name: string, alarm: Alarm, topic: aws.sns.Topic): aws.cloudwatch.MetricAlarm {
  const { metrics, expression, periodS } = alarm;
  const inputs = Object.entries(metrics).map(([id, { stat, ...metric }]) => ({
    id,
    returnData: expression === undefined,
    metric: { ...metric, stat, period: periodS },
  }));
  const result = { id: "result", expression: expression ?? "", label: name, returnData: true };
  return new aws.cloudwatch.MetricAlarm(`Alarm-${name}`, {
    name: named(name),
    alarmDescription: alarm.description,
    metricQueries: expression === undefined ? inputs : [...inputs, result],
    comparisonOperator: alarm.comparison,
    threshold: alarm.threshold,
    evaluationPeriods: alarm.periods,
    datapointsToAlarm: alarm.periods,
    treatMissingData: alarm.missing ?? "notBreaching",
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}

export function alarms({ topic, ...needs }: Needs): aws.cloudwatch.MetricAlarm[] {
  const all = { ...workAlarms(), ...functionAlarms(), ...storeAlarms(needs) };
  return Object.entries(all).map(([name, alarm]) => makeAlarm(name, alarm, topic));
}
