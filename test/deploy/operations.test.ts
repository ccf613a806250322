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

const TABLES = ["TasksTable", "LogsTable", "ApiTable", "StateTable"];
const INDEXES = ["due", "by-time", "by-status"];
const THROTTLES = ["ReadThrottleEvents", "WriteThrottleEvents"];
const FUNCTIONS = ["trigger", "react", "wake", "api"];

/** Each alarm: which metrics of whom, how many periods (of how many), beyond what. */
const ALARMS: Record<
  string,
  [metrics: string[], periodS: number, periods: [number, number], beyond: string, missing: string]
> = {
  overdue: [["Hookclock oldestOverdueMs"], 60, [3, 3], "> 120000", "notBreaching"],
  failures: [["Hookclock failed", "Hookclock executed"], 300, [1, 1], "> 0.5", "notBreaching"],
  "tick-missing": [["AWS/Lambda Invocations trigger"], 60, [3, 3], "< 1", "breaching"],
  "function-errors": [
    FUNCTIONS.map((name) => `AWS/Lambda Errors ${name}`),
    300,
    [1, 1],
    "> 2",
    "notBreaching",
  ],
  "function-throttles": [
    FUNCTIONS.map((name) => `AWS/Lambda Throttles ${name}`),
    60,
    [3, 5],
    "> 0",
    "notBreaching",
  ],
  faults: [["Hookclock errors"], 300, [3, 3], "> 0", "notBreaching"],
  "api-failures": [["AWS/ApiGateway 5xx HttpApi-id"], 300, [1, 1], "> 4", "notBreaching"],
  "table-throttles": [
    TABLES.flatMap((name) => THROTTLES.map((metric) => `AWS/DynamoDB ${metric} {${name}}`)),
    60,
    [3, 5],
    "> 0",
    "notBreaching",
  ],
  "index-throttles": [
    INDEXES.flatMap((index) => THROTTLES.map((metric) => `AWS/DynamoDB ${metric} ${index} {TasksTable}`)),
    60,
    [3, 5],
    "> 0",
    "notBreaching",
  ],
  "dead-letters": [
    ["WakeDeadLettersQueue", "ReactDeadLettersQueue"].map(
      (name) => `AWS/SQS ApproximateNumberOfMessagesVisible {${name}}`,
    ),
    300,
    [1, 1],
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
        datapointsToAlarm: periods[0],
        evaluationPeriods: periods[1],
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

  // CloudWatch's own advice: a figure that is late and filled with 0 meanwhile keeps an alarm over every minute quiet for ever.
  test("alarms over minutes that are filled up allow for late ones, and a figure that was never written is no hindrance", () => {
    for (const name of Object.keys(ALARMS)) {
      const { metricQueries, ...alarm } = alarmOf(name);
      const expression = metricQueries.find(({ metric }) => metric === undefined)?.expression ?? "";
      const isByMinutes = metricQueries.some(({ metric }) => metric?.period === 60);
      if (!expression.includes("FILL") || !isByMinutes) continue;
      expect(expression).toMatch(/^SUM\(\[FILL\(m0, 0\)(, FILL\(m\d, 0\))*\]\)$/);
      expect(Number(alarm["evaluationPeriods"])).toBeGreaterThan(Number(alarm["datapointsToAlarm"]));
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
    // More would be billed, and docs/deploy.md says what watching costs.
    expect(new Set(lines.map((line) => JSON.stringify(line.slice(0, -1)))).size).toBeLessThanOrEqual(50);
    const own = lines.filter(([namespace]) => namespace === METRIC_NAMESPACE).map(([, name]) => name);
    expect(new Set(own)).toEqual(new Set(Object.keys(METRICS)));
    const text = resources.readable(JSON.stringify(body));
    // Which index is throttled decides what is to be done.
    for (const index of INDEXES) {
      const named = lines.filter((line) => line[1] === "WriteThrottleEvents" && line.includes(index));
      expect(named).toHaveLength(1);
    }
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
