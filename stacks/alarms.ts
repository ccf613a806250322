// When somebody should look. Each alarm says in its description what it means; docs/deploy.md says what to do.
import { INDEX } from "../packages/store-dynamodb/src/shapes.ts";
import { named } from "./function.ts";
import { FUNCTIONS, type Metric, ofApi, ofFunction, ofQueue, ofTable, own } from "./metrics.ts";
import type { Tables } from "./tables.ts";

export type Queues = {
  wakeQueue: sst.aws.Queue;
  wakeDeadLetters: sst.aws.Queue;
  reactDeadLetters: sst.aws.Queue;
};
type Needs = { tables: Tables; queues: Queues; apiId: $util.Input<string>; topic: aws.sns.Topic };
type Alarm = {
  description: string;
  /** Metrics by the name that the expression uses. */
  metrics: Record<string, Metric & { stat: "Sum" | "Maximum" }>;
  expression?: string;
  periodS: number;
  /** So many periods in a row, or out of the last `outOf`. */
  periods: number;
  outOf?: number;
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
const API_FAILURES_MAX = 4;
/**
 * Figures may come minutes late, and what is missing was filled with 0 until then: three minutes in a row would
 * never be seen, so three of the last five count.
 */
const LATE_MINUTES = { periodS: MINUTE_S, periods: 3, outOf: 5 } as const;

/** `m0`, `m1` … for a list of metrics that only their sum is asked of. */
const numbered = (metrics: readonly Metric[], stat: "Sum" | "Maximum") =>
  Object.fromEntries(metrics.map((metric, index) => [`m${index}`, { ...metric, stat }]));
/**
 * Filled, because most are only written when something happens, and alarms over figures of DynamoDB would stay as they are
 * when there are none. SUM of a list, unlike `+`, does without those that were never written at all.
 */
const sumOf = (metrics: Record<string, unknown>): string =>
  `SUM([${Object.keys(metrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(", ")}])`;

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
        "Lambda refused to start functions, in three of five minutes: the account's concurrency is used up.",
      metrics: throttles,
      expression: sumOf(throttles),
      ...LATE_MINUTES,
      comparison: "GreaterThanThreshold",
      threshold: 0,
    },
  };
}

/** What no function ends with an error for: it says so in a figure or an answer, and goes on. */
function faultAlarms({ apiId }: Pick<Needs, "apiId">): Record<string, Alarm> {
  return {
    faults: {
      description:
        "Functions met faults again and again for a quarter of an hour: the database or the queue fails them. Tasks become late.",
      metrics: { errors: { ...own("errors"), stat: "Sum" } },
      periodS: 5 * MINUTE_S,
      periods: 3,
      comparison: "GreaterThanThreshold",
      threshold: 0,
    },
    "api-failures": {
      description: "The API answered five requests or more with 5xx in five minutes.",
      metrics: { failed: { ...ofApi("5xx", apiId), stat: "Sum" } },
      periodS: 5 * MINUTE_S,
      periods: 1,
      comparison: "GreaterThanThreshold",
      threshold: API_FAILURES_MAX,
    },
  };
}

const THROTTLES = ["ReadThrottleEvents", "WriteThrottleEvents"];

function storeAlarms({ tables, queues }: Pick<Needs, "tables" | "queues">): Record<string, Alarm> {
  const { tasks, logs, api, state } = tables;
  // Two alarms, because one looks at ten metrics at most. An index has figures of its own, which its table's leave out.
  const throttles = numbered(
    [tasks, logs, api, state].flatMap((table) => THROTTLES.map((name) => ofTable(name, table))),
    "Sum",
  );
  const indexThrottles = numbered(
    Object.values(INDEX).flatMap((index) => THROTTLES.map((name) => ofTable(name, tasks, index))),
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
        "DynamoDB refused reads or writes of a table, in three of five minutes: a partition is too busy, or a limit is met.",
      metrics: throttles,
      expression: sumOf(throttles),
      ...LATE_MINUTES,
      comparison: "GreaterThanThreshold",
      threshold: 0,
    },
    "index-throttles": {
      description:
        "DynamoDB refused reads or writes of an index of tasks, in three of five minutes: more shards spread the due one.",
      metrics: indexThrottles,
      expression: sumOf(indexThrottles),
      ...LATE_MINUTES,
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
    evaluationPeriods: alarm.outOf ?? alarm.periods,
    datapointsToAlarm: alarm.periods,
    treatMissingData: alarm.missing ?? "notBreaching",
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}

export function alarms({ topic, ...needs }: Needs): aws.cloudwatch.MetricAlarm[] {
  const all = { ...workAlarms(), ...functionAlarms(), ...faultAlarms(needs), ...storeAlarms(needs) };
  return Object.entries(all).map(([name, alarm]) => makeAlarm(name, alarm, topic));
}
