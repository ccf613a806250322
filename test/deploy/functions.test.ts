import { existsSync } from "node:fs";
import { join } from "node:path";
import { loudSkip } from "@hookclock/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { SECRET_MARK } from "./graph/graph.ts";
import { Resources, type Statement } from "./graph/resources.ts";
import { graphOf, missingPlatform, ROOT } from "./platform.ts";

const FILES = ["api", "react", "trigger", "wake"];
const LIMITS: Record<string, { timeout: number; memorySize: number }> = {
  api: { timeout: 900, memorySize: 1024 },
  react: { timeout: 30, memorySize: 512 },
  trigger: { timeout: 900, memorySize: 512 },
  wake: { timeout: 900, memorySize: 512 },
};
/** What each is told, beside what SST adds for itself. */
const ENVIRONMENT: Record<string, string[]> = {
  api: ["API_TABLE", "BASE_URL", "LOGS_TABLE", "SIGNING_SECRETS", "STAGE", "STATE_TABLE", "TASKS_TABLE"],
  react: ["STAGE", "WAKE_QUEUE_URL"],
  trigger: [
    "BASE_URL",
    "LOGS_TABLE",
    "SIGNING_SECRETS",
    "STAGE",
    "STATE_TABLE",
    "TASKS_TABLE",
    "TRIGGER_FUNCTION",
    "WAKE_QUEUE_URL",
  ],
  wake: ["BASE_URL", "LOGS_TABLE", "SIGNING_SECRETS", "STAGE", "STATE_TABLE", "TASKS_TABLE"],
};

const AWS = "eu-central-1:123456789012";
const dynamodb = (...actions: string[]): string[] => actions.map((action) => `dynamodb:${action}`);
const table = (name: string): string => `arn:aws:dynamodb:${AWS}:table/{${name}Table}`;
const queue = (name: string): string => `arn:aws:sqs:${AWS}:{${name}Queue}`;
const logs = (file: string): Statement => ({
  actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
  resources: [`arn:aws:logs:${AWS}:log-group:/aws/lambda/hookclock-dev-${file}:*`],
});
const send = (name: string): Statement => ({ actions: ["sqs:SendMessage"], resources: [queue(name)] });
const INDEXES: Statement = { actions: dynamodb("Query"), resources: [`${table("Tasks")}/index/*`] };
/** Tasks of WebSub make further ones, and take themselves away. */
const RUN_TASKS: Statement[] = [
  {
    actions: dynamodb(
      ...["BatchGetItem", "DeleteItem", "DescribeTable", "GetItem", "PartiQLInsert", "PartiQLUpdate"],
      ...["PutItem", "Query", "UpdateItem"],
    ),
    resources: [table("Tasks")],
  },
  INDEXES,
];
const WRITE_LOGS: Statement = {
  actions: dynamodb("BatchWriteItem", "DescribeTable"),
  resources: [table("Logs")],
};
const KEEP_STATE: Statement = {
  actions: dynamodb(
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "DescribeTable",
    "GetItem",
    "PutItem",
    "Query",
    "UpdateItem",
  ),
  resources: [table("State")],
};
/** All that each function may do. A change here is a change of what a stolen role could do. */
const STATEMENTS: Record<string, Statement[]> = {
  trigger: [
    ...RUN_TASKS,
    WRITE_LOGS,
    KEEP_STATE,
    send("WakeUps"),
    {
      actions: ["lambda:InvokeFunction"],
      resources: [`arn:aws:lambda:${AWS}:function:hookclock-dev-trigger`],
    },
    logs("trigger"),
  ],
  wake: [
    {
      actions: [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
      ],
      resources: [queue("WakeUps")],
    },
    ...RUN_TASKS,
    WRITE_LOGS,
    KEEP_STATE,
    logs("wake"),
  ],
  react: [
    {
      actions: dynamodb("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"),
      resources: [`${table("Tasks")}/stream/2026-01-01T00:00:00.000`],
    },
    send("WakeUps"),
    send("ReactDeadLetters"),
    logs("react"),
  ],
  api: [
    {
      actions: dynamodb(
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "DescribeTable",
        "GetItem",
        "PartiQLInsert",
        "PartiQLUpdate",
        "PutItem",
        "Query",
        "UpdateItem",
      ),
      resources: [table("Tasks")],
    },
    INDEXES,
    {
      actions: dynamodb("BatchGetItem", "BatchWriteItem", "DescribeTable", "Query"),
      resources: [table("Logs")],
    },
    {
      actions: dynamodb("DeleteItem", "DescribeTable", "GetItem", "Query", "UpdateItem"),
      resources: [table("Api")],
    },
    KEEP_STATE,
    logs("api"),
  ],
};

const describeHere = loudSkip(describe, await missingPlatform());

describeHere("the functions", () => {
  let resources: Resources;
  beforeAll(async () => {
    resources = new Resources(await graphOf("dev"));
  });
  const rawEnvironmentOf = (file: string): unknown =>
    (resources.fn(file).inputs["environment"] as { variables: unknown }).variables;
  const environmentOf = (file: string): Record<string, string> => {
    const raw = rawEnvironmentOf(file);
    const open = typeof raw === "string" ? (JSON.parse(raw.slice(SECRET_MARK.length)) as unknown) : raw;
    return open as Record<string, string>;
  };

  test("are those of the folder", () => {
    const names = resources.ofType("aws:lambda/function:Function").map(({ inputs }) => inputs["name"]);
    expect(names.sort()).toEqual(FILES.map((file) => `hookclock-dev-${file}`));
  });

  test.each(FILES)("%s comes from its own bundle, whose source is there", (file) => {
    const build = resources.graph.builds.find(({ bundle }) => bundle.endsWith(`/functions/dist/${file}`));
    expect(build).toMatchObject({ handler: "index.handler", runtime: "nodejs24.x", links: {} });
    expect(resources.fn(file).inputs["handler"]).toBe("index.handler");
    expect(existsSync(join(ROOT, `functions/${file}.ts`))).toBe(true);
  });

  test.each(FILES)("%s runs on Node 24 and arm64, within its limits", (file) => {
    expect(resources.fn(file).inputs).toMatchObject({
      ...LIMITS[file],
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      packageType: "Zip",
    });
    // An account starts with as few as ten at once, of which none may be set aside.
    expect(resources.fn(file).inputs["reservedConcurrentExecutions"]).toBeUndefined();
  });

  test.each(FILES)("%s is told what it reads, and nothing else", (file) => {
    const told = Object.keys(environmentOf(file)).filter((name) => !name.startsWith("SST_"));
    expect(told.sort()).toEqual(ENVIRONMENT[file]?.map((name) => `HOOKCLOCK_${name}`));
  });

  test("environment holds names of what is there", () => {
    const readable = Object.fromEntries(
      Object.entries(environmentOf("trigger")).map(([name, value]) => [name, resources.readable(value)]),
    );
    expect(readable).toMatchObject({
      HOOKCLOCK_STAGE: "dev",
      HOOKCLOCK_TASKS_TABLE: "{TasksTable}",
      HOOKCLOCK_LOGS_TABLE: "{LogsTable}",
      HOOKCLOCK_STATE_TABLE: "{StateTable}",
      HOOKCLOCK_WAKE_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/123456789012/{WakeUpsQueue}",
      HOOKCLOCK_TRIGGER_FUNCTION: "hookclock-dev-trigger",
    });
    expect(resources.readable(environmentOf("api")["HOOKCLOCK_API_TABLE"] ?? "")).toBe("{ApiTable}");
  });

  test.each(["api", "trigger", "wake"])("%s knows where the world reaches the API", (file) => {
    const { outputs } = resources.graph;
    expect(environmentOf(file)["HOOKCLOCK_BASE_URL"]).toBe(outputs["url"]);
    expect(outputs["url"]).toMatch(/^https:\/\/[^/]+$/);
  });

  test.each(["api", "trigger", "wake"])("%s is told what the deployment says about WebSub", async (file) => {
    const { variables } = new Resources(await graphOf("production")).fn(file).inputs["environment"] as {
      variables: string;
    };
    const told = JSON.parse(variables.slice(SECRET_MARK.length)) as Record<string, string>;
    expect(told["HOOKCLOCK_HUB_TOPICS"]).toBe("*.example.com");
    expect(told).not.toHaveProperty("HOOKCLOCK_OTHER");
    expect(told).not.toHaveProperty("HOOKCLOCK_HUB_CALLBACKS");
  });

  test.each(["api", "trigger", "wake"])(
    "%s gets the signing secret, which stays one in the state",
    (file) => {
      expect(environmentOf(file)["HOOKCLOCK_SIGNING_SECRETS"]).toMatch(/^whsec_/);
      expect(rawEnvironmentOf(file)).toMatch(SECRET_MARK);
    },
  );

  test.each(FILES)("%s may do what it has to, and no more", (file) => {
    expect(resources.statementsOf(file)).toEqual(STATEMENTS[file]);
  });

  test("no role holds a wildcard for actions or for all resources, nor a policy of AWS's", () => {
    const roles = resources.ofType("aws:iam/role:Role");
    expect(roles).toHaveLength(FILES.length + 1);
    for (const role of roles) {
      expect(role.inputs["managedPolicyArns"] ?? []).toEqual([]);
      for (const { actions, resources: arns } of resources.policyOf(role)) {
        expect(actions.filter((action) => action.includes("*"))).toEqual([]);
        expect(arns.filter((arn) => !/^arn:aws:[a-z]+:[a-z0-9-]*:\d{12}:./.test(arn))).toEqual([]);
      }
    }
  });

  test("only the service that a role is for may take it", () => {
    const trusted = resources.ofType("aws:iam/role:Role").map(({ name, inputs }) => {
      const raw = inputs["assumeRolePolicy"];
      const { Statement } = (typeof raw === "string" ? JSON.parse(raw) : raw) as {
        Statement: { Principal: unknown; Action: unknown }[];
      };
      return [name.includes("Tick"), Statement.map(({ Action, Principal }) => [Action, Principal])];
    });
    const byService = (service: string) => [["sts:AssumeRole", { Service: `${service}.amazonaws.com` }]];
    expect(trusted.filter(([isTick]) => !isTick)).toEqual(FILES.map(() => [false, byService("lambda")]));
    expect(trusted.filter(([isTick]) => isTick)).toEqual([[true, byService("scheduler")]]);
  });

  test.each(FILES)("the log of %s is kept for a month, as text lines that are JSON already", (file) => {
    const name = `/aws/lambda/hookclock-dev-${file}`;
    const group = resources
      .ofType("aws:cloudwatch/logGroup:LogGroup")
      .find(({ inputs }) => inputs["name"] === name);
    expect(group?.inputs["retentionInDays"]).toBe(30);
    expect(resources.fn(file).inputs["loggingConfig"]).toEqual({ logFormat: "Text", logGroup: name });
  });

  test("an asynchronous call of the trigger is neither repeated nor kept past a minute", () => {
    const configs = resources.ofType("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig");
    expect(configs.map(({ inputs }) => inputs)).toEqual([
      { functionName: "hookclock-dev-trigger", maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    ]);
  });
});
