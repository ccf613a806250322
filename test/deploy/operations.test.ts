import { loudSkip } from "@hookclock/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { METRIC_NAMESPACE, METRIC_SERVICE, METRICS } from "../../functions/lib/metric-names.ts";
import { Resources } from "./graph/resources.ts";
import { graphOf, missingPlatform } from "./platform.ts";

type Query = {
  id: string;
  expression?: string;
  returnData: boolean;
  metric?: {
    namespace: string;
    metricName: string;
    dimensions: Record<string, string>;
    stat: string;
    period: number;
  };
};
type Alarm = { metricQueries: Query[]; [setting: string]: unknown };

/** Each alarm: which metrics of whom, over how long, beyond what. */
const ALARMS: Record<
  string,
  [metrics: string[], periodS: number, periods: number, beyond: string, missing: string]
> = {
  overdue: [["Hookclock oldestOverdueMs"], 60, 3, "> 120000", "notBreaching"],
  failures: [["Hookclock failed", "Hookclock executed"], 300, 1, "> 0.5", "notBreaching"],
  "tick-missing": [["AWS/Lambda Invocations trigger"], 60, 3, "< 1", "breaching"],
  "function-errors": [
    ["trigger", "react", "wake", "api"].map((name) => `AWS/Lambda Errors ${name}`),
    300,
    1,
    "> 2",
    "notBreaching",
  ],
  "function-throttles": [
    ["trigger", "react", "wake", "api"].map((name) => `AWS/Lambda Throttles ${name}`),
    60,
    3,
    "> 0",
    "notBreaching",
  ],
  "table-throttles": [
    [
      ...["TasksTable", "LogsTable", "ApiTable"].map((name) => `AWS/DynamoDB ReadThrottleEvents {${name}}`),
      ...["TasksTable", "LogsTable", "ApiTable"].map((name) => `AWS/DynamoDB WriteThrottleEvents {${name}}`),
      ...["due", "by-time", "by-status"].map(
        (index) => `AWS/DynamoDB WriteThrottleEvents ${index} {TasksTable}`,
      ),
    ],
    60,
    3,
    "> 0",
    "notBreaching",
  ],
  "state-throttles": [
    ["Read", "Write"].map((what) => `AWS/DynamoDB ${what}ThrottleEvents {StateTable}`),
    60,
    3,
    "> 0",
    "notBreaching",
  ],
  "dead-letters": [
    ["WakeDeadLettersQueue", "ReactDeadLettersQueue"].map(
      (name) => `AWS/SQS ApproximateNumberOfMessagesVisible {${name}}`,
    ),
    300,
    1,
    "> 0",
    "notBreaching",
  ],
};
const SIGNS: Record<string, string> = { GreaterThanThreshold: ">", LessThanThreshold: "<" };

const describeHere = loudSkip(describe, await missingPlatform());

describeHere("operations", () => {
  let resources: Resources;
  const alarmOf = (name: string): Alarm =>
    resources.one("aws:cloudwatch/metricAlarm:MetricAlarm", `Alarm-${name}`).inputs as Alarm;
  beforeAll(async () => {
    resources = new Resources(await graphOf("dev"));
  });

  const metricText = ({ metric }: Query): string[] => {
    if (metric === undefined) return [];
    const { namespace, metricName, dimensions } = metric;
    const isOwn = namespace === METRIC_NAMESPACE;
    if (isOwn) expect(dimensions).toEqual({ service: METRIC_SERVICE, stage: "dev" });
    const of = Object.values(dimensions).map((value) =>
      resources.readable(value).replace("hookclock-dev-", ""),
    );
    return [[namespace, metricName, ...(isOwn ? [] : of)].join(" ")];
  };

  test("alarms are those of the list", () => {
    const names = resources
      .ofType("aws:cloudwatch/metricAlarm:MetricAlarm")
      .map(({ inputs }) => inputs["name"]);
    expect(names.sort()).toEqual(
      Object.keys(ALARMS)
        .map((name) => `hookclock-dev-${name}`)
        .sort(),
    );
  });

  test.each(Object.entries(ALARMS))(
    "%s watches what it says",
    (name, [metrics, periodS, periods, beyond, missing]) => {
      const alarm = alarmOf(name);
      expect(alarm.metricQueries.flatMap(metricText)).toEqual(metrics);
      // CloudWatch refuses an alarm over more.
      expect(metrics.length).toBeLessThanOrEqual(10);
      const ofMetrics = alarm.metricQueries.flatMap(({ metric }) => metric ?? []);
      expect(new Set(ofMetrics.map(({ period }) => period))).toEqual(new Set([periodS]));
      expect(alarm).toMatchObject({
        evaluationPeriods: periods,
        datapointsToAlarm: periods,
        treatMissingData: missing,
      });
      expect(`${SIGNS[String(alarm["comparisonOperator"])]} ${String(alarm["threshold"])}`).toBe(beyond);
    },
  );

  // CloudWatch refuses an alarm with none or two results, or one that asks for a metric that is not there.
  test.each(Object.keys(ALARMS))("%s has one result, made of its own metrics", (name) => {
    const { metricQueries } = alarmOf(name);
    expect(metricQueries.filter(({ returnData }) => returnData)).toHaveLength(1);
    const ids = metricQueries.flatMap(({ id, metric }) => (metric === undefined ? [] : [id]));
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9_]*$/);
    for (const { expression, metric } of metricQueries) {
      if (metric !== undefined) continue;
      const used = [...(expression ?? "").matchAll(/\b[a-z][a-z0-9]*\b/g)].map(([id]) => id);
      expect(new Set(used)).toEqual(new Set(ids));
    }
  });

  test("each tells the topic when it starts and when it is over, and says what it means", () => {
    const topic = resources.one("aws:sns/topic:Topic", "Alarms").inputs["name"];
    const arn = `arn:aws:sns:eu-central-1:123456789012:${String(topic)}`;
    for (const name of Object.keys(ALARMS)) {
      expect(alarmOf(name)).toMatchObject({ alarmActions: [arn], okActions: [arn] });
      expect(String(alarmOf(name)["alarmDescription"]).length).toBeGreaterThan(30);
    }
  });

  test("an address gets mail about them", () => {
    const subscriptions = resources.ofType("aws:sns/topicSubscription:TopicSubscription");
    expect(subscriptions.map(({ inputs }) => [inputs["protocol"], inputs["endpoint"]])).toEqual([
      ["email", "someone@example.com"],
    ]);
  });

  test("one dashboard shows every figure that functions report, and every table, queue and function", () => {
    const boards = resources.ofType("aws:cloudwatch/dashboard:Dashboard");
    expect(boards.map(({ inputs }) => inputs["dashboardName"])).toEqual(["hookclock-dev-overview"]);
    const body = JSON.parse(String(boards[0]?.inputs["dashboardBody"])) as {
      widgets: {
        x: number;
        y: number;
        width: number;
        properties: { metrics: unknown[][]; region: string };
      }[];
    };
    const lines = body.widgets.flatMap(({ properties }) => properties.metrics);
    const own = lines.filter(([namespace]) => namespace === METRIC_NAMESPACE).map(([, name]) => name);
    expect(new Set(own)).toEqual(new Set(Object.keys(METRICS)));
    const text = resources.readable(JSON.stringify(body));
    for (const name of ["api", "react", "trigger", "wake"]) expect(text).toContain(`hookclock-dev-${name}`);
    for (const name of ["TasksTable", "LogsTable", "ApiTable", "StateTable", "WakeUpsQueue"])
      expect(text).toContain(`{${name}}`);
    const places = body.widgets.map(({ x, y }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(places.length);
    for (const { x, width, properties } of body.widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      expect(properties.region).toBe("eu-central-1");
    }
  });

  test("a personal stage without an address has neither alarms nor a dashboard, and all the rest", async () => {
    const personal = new Resources(await graphOf("personal"));
    const types = (of: Resources) => new Set(of.graph.resources.map(({ type }) => type));
    const missing = [...types(resources)].filter((type) => !types(personal).has(type));
    expect(missing.sort()).toEqual([
      "aws:cloudwatch/dashboard:Dashboard",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      "aws:sns/topic:Topic",
      "aws:sns/topicSubscription:TopicSubscription",
    ]);
  });

  test("the secret is asked for by name", () => {
    expect(resources.ofType("sst:sst:Secret").map(({ name }) => name)).toEqual(["SigningSecret"]);
  });
});
