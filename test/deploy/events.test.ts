import { loudSkip } from "@hookclock/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { BOOKKEEPING } from "../../packages/store-dynamodb/src/keys.ts";
import { Resources } from "./graph/resources.ts";
import { graphOf, missingPlatform } from "./platform.ts";

const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const QUEUE = "aws:sqs/queue:Queue";
const AWS = "eu-central-1:123456789012";
const functionArn = (file: string): string => `arn:aws:lambda:${AWS}:function:hookclock-dev-${file}`;

const describeHere = loudSkip(describe, await missingPlatform());

describeHere("what starts functions", () => {
  let resources: Resources;
  beforeAll(async () => {
    resources = new Resources(await graphOf("dev"));
  });
  const inputsOf = (type: string, name: string) => resources.one(type, name).inputs;

  test("one schedule: each minute, dropped when a minute late", () => {
    const [schedule, ...others] = resources.ofType("aws:scheduler/schedule:Schedule");
    expect(others).toEqual([]);
    expect(schedule?.inputs).toMatchObject({
      scheduleExpression: "cron(* * * * ? *)",
      flexibleTimeWindow: { mode: "OFF" },
      state: "ENABLED",
      target: {
        arn: functionArn("trigger"),
        retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60 },
      },
    });
    const role = resources.one("aws:iam/role:Role", "TickRole");
    expect(resources.policyOf(role)).toEqual([
      { actions: ["lambda:InvokeFunction"], resources: [functionArn("trigger")] },
    ]);
  });

  test("the stream of tasks: only rows that wait for their time, in batches, at once", () => {
    const { eventSourceArn, functionName, filterCriteria, destinationConfig, ...settings } = inputsOf(
      MAPPING,
      "TasksSubscriberReact",
    );
    expect(resources.readable(String(eventSourceArn))).toMatch(/:table\/\{TasksTable\}\/stream\//);
    expect(functionName).toBe(functionArn("react"));
    expect(settings).toEqual({
      startingPosition: "LATEST",
      batchSize: 500,
      maximumBatchingWindowInSeconds: 0,
      parallelizationFactor: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 3,
      maximumRecordAgeInSeconds: 120,
    });
    const { filters } = filterCriteria as { filters: { pattern: string }[] };
    expect(filters.map(({ pattern }) => JSON.parse(pattern) as unknown)).toEqual([
      {
        dynamodb: {
          NewImage: {
            dueAt: { N: [{ exists: true }] },
            namespace: { S: [{ "anything-but": [BOOKKEEPING] }] },
          },
        },
      },
    ]);
    expect(resources.readable(JSON.stringify(destinationConfig))).toBe(
      JSON.stringify({ onFailure: { destinationArn: `arn:aws:sqs:${AWS}:{ReactDeadLettersQueue}` } }),
    );
  });

  test("the queue of wake-ups: partial answers, bounded concurrency", () => {
    const { eventSourceArn, functionName, ...settings } = inputsOf(MAPPING, "WakeUpsSubscriber");
    expect(resources.readable(String(eventSourceArn))).toBe(`arn:aws:sqs:${AWS}:{WakeUpsQueue}`);
    expect(functionName).toBe(functionArn("wake"));
    expect(settings).toEqual({
      batchSize: 10,
      maximumBatchingWindowInSeconds: 0,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 50 },
    });
  });

  test("there are no other event sources", () => {
    expect(resources.ofType(MAPPING)).toHaveLength(2);
  });

  // SQS takes a shorter one and then shows messages again while they are being worked on; neither types nor mocks notice.
  test("a message stays hidden for six times the function's time-out, and lives through all its tries", () => {
    const { visibilityTimeoutSeconds, messageRetentionSeconds, redrivePolicy, fifoQueue } = inputsOf(
      QUEUE,
      "WakeUpsQueue",
    );
    const timeoutS = Number(resources.fn("wake").inputs["timeout"]);
    expect(visibilityTimeoutSeconds).toBe(6 * timeoutS);
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(String(redrivePolicy)) as Record<
      string,
      unknown
    >;
    expect(resources.readable(String(deadLetterTargetArn))).toBe(`arn:aws:sqs:${AWS}:{WakeDeadLettersQueue}`);
    // Fewer would send there what Lambda could not start a function for: the alarm would tell of the wrong thing.
    expect(maxReceiveCount).toBe(5);
    expect(messageRetentionSeconds).toBeGreaterThan(
      Number(maxReceiveCount) * Number(visibilityTimeoutSeconds),
    );
    // A FIFO queue would need a dead-letter queue of its kind, and takes no delay for single messages.
    expect(fifoQueue).toBe(false);
  });

  test.each(["WakeDeadLettersQueue", "ReactDeadLettersQueue"])(
    "%s keeps what failed for two weeks",
    (name) => {
      expect(inputsOf(QUEUE, name)).toMatchObject({ messageRetentionSeconds: 1_209_600, fifoQueue: false });
    },
  );

  test("there are three queues", () => {
    expect(resources.ofType(QUEUE)).toHaveLength(3);
  });
});

describeHere("the HTTP API", () => {
  let resources: Resources;
  beforeAll(async () => {
    resources = new Resources(await graphOf("dev"));
  });

  test("one route for everything, in payload format 2.0, without an authorizer of AWS's", () => {
    const routes = resources.ofType("aws:apigatewayv2/route:Route");
    expect(routes.map(({ inputs }) => [inputs["routeKey"], inputs["authorizationType"]])).toEqual([
      ["$default", "NONE"],
    ]);
    const integrations = resources.ofType("aws:apigatewayv2/integration:Integration");
    expect(integrations.map(({ inputs }) => inputs)).toEqual([
      expect.objectContaining({
        integrationType: "AWS_PROXY",
        integrationUri: functionArn("api"),
        payloadFormatVersion: "2.0",
      }),
    ]);
    expect(resources.one("aws:apigatewayv2/api:Api", "Http").inputs).toMatchObject({
      protocolType: "HTTP",
      corsConfiguration: {},
    });
  });

  test("only this gateway may call the function", () => {
    const permissions = resources.ofType("aws:lambda/permission:Permission");
    expect(permissions).toHaveLength(1);
    expect(permissions[0]?.inputs).toMatchObject({
      action: "lambda:InvokeFunction",
      function: functionArn("api"),
      principal: "apigateway.amazonaws.com",
    });
    expect(resources.readable(String(permissions[0]?.inputs["sourceArn"]))).toMatch(
      /^arn:aws:execute-api:eu-central-1:123456789012:\{HttpApi\}\/\*$/,
    );
  });

  test("requests are throttled before they cost anything", () => {
    const { defaultRouteSettings } = resources.one("aws:apigatewayv2/stage:Stage", "Http").inputs;
    expect(defaultRouteSettings).toEqual({ throttlingRateLimit: 200, throttlingBurstLimit: 400 });
  });

  test("access logs hold neither paths, for there are tokens in callbacks, nor query strings, headers and bodies, and are kept for a month", () => {
    const { accessLogSettings } = resources.one("aws:apigatewayv2/stage:Stage", "Http").inputs;
    const { format } = accessLogSettings as { format: string };
    const variables = [...format.matchAll(/\$context\.([A-Za-z.]+)/g)].map(([, name]) => name);
    expect(variables.sort()).toEqual([
      "httpMethod",
      "identity.sourceIp",
      "identity.userAgent",
      "integration.integrationStatus",
      "integration.latency",
      "integration.requestId",
      "integration.status",
      "requestId",
      "requestTime",
      "responseLatency",
      "routeKey",
      "status",
    ]);
    expect(resources.one("aws:cloudwatch/logGroup:LogGroup", "HttpAccessLog").inputs["retentionInDays"]).toBe(
      30,
    );
  });
});
