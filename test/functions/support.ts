// A stage on this machine for the handlers: a database, a receiver of webhooks, and AWS as far as they ask it.
import { createHash, randomUUID } from "node:crypto";
import {
  type AnswerWith,
  type Receiver,
  type Script,
  startDynalite,
  startReceiver,
} from "@hookclock/testkit";
import Hooks, { type ApiState, createApiState, createState } from "hookclock";
import { vi } from "vitest";
import type { LambdaContext, Share, WakeCall } from "../../functions/lib/ports.ts";

export type Handler = (event: unknown, context: LambdaContext) => Promise<unknown>;

export type Stage = AsyncDisposable & {
  receiver: Receiver;
  hooks: Hooks;
  state: ApiState;
  /** Calls that were put on the queue, and shares that were handed on. */
  calls: WakeCall[];
  shares: Share[];
  /** The handler of a file in functions/, from a cold start, with this environment beside the stage's. */
  load(name: string, environment?: Record<string, string>): Promise<Handler>;
};

export const context = (remainingMs = 900_000): LambdaContext => ({
  awsRequestId: randomUUID(),
  getRemainingTimeInMillis: () => remainingMs,
});

const TABLES = { tasksTableName: "tasks", logsTableName: "logs" };
const EGRESS = ["127.0.0.1"];

/** With `tables: false` the database is there and the tables are not. */
export async function openStage(script: Script = 200, { tables = true } = {}): Promise<Stage> {
  const receiver = await startReceiver(script);
  const calls: WakeCall[] = [];
  const shares: Share[] = [];
  const aws = await startReceiver(awsAnswers(calls, shares));
  const database = await startDynalite();
  const connection = { endpoint: database.endpoint, createTable: true };
  const hooks = new Hooks({ ...connection, ...TABLES, egress: { allow: EGRESS } });
  const state = createApiState({ ...connection, apiTableName: "api" });
  const webSub = createState({ ...connection, stateTableName: "state" });
  if (tables) await Promise.all([hooks.ready(), state.ready(), webSub.ready()]);
  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
    AWS_ENDPOINT_URL_SQS: aws.url,
    AWS_ENDPOINT_URL_LAMBDA: aws.url,
    HOOKCLOCK_STAGE: "test",
    HOOKCLOCK_LOG_LEVEL: "silent",
    HOOKCLOCK_TASKS_TABLE: TABLES.tasksTableName,
    HOOKCLOCK_LOGS_TABLE: TABLES.logsTableName,
    HOOKCLOCK_API_TABLE: "api",
    HOOKCLOCK_STATE_TABLE: "state",
    HOOKCLOCK_BASE_URL: "https://hooks.example.com",
    HOOKCLOCK_WAKE_QUEUE_URL: `${aws.url}/123456789012/wakes`,
    HOOKCLOCK_TRIGGER_FUNCTION: "hookclock-test-trigger",
    HOOKCLOCK_EGRESS_ALLOW: EGRESS.join(),
    POWERTOOLS_METRICS_DISABLED: "true",
  };
  return {
    ...{ receiver, hooks, state, calls, shares },
    async load(name, more = {}) {
      vi.unstubAllEnvs();
      for (const [variable, value] of Object.entries({ ...environment, ...more }))
        vi.stubEnv(variable, value);
      vi.resetModules();
      const module = (await import(`../../functions/${name}.ts`)) as { handler: Handler };
      return module.handler;
    },
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      await Promise.all([hooks.close(), state.close(), webSub.close()]);
      await Promise.all([receiver.close(), aws.close(), database.stop()]);
    },
  };
}

type Batch = { Entries: { Id: string; MessageBody: string; DelaySeconds: number }[] };

/** SQS and Lambda, as far as the functions ask them. */
function awsAnswers(calls: WakeCall[], shares: Share[]): AnswerWith {
  return ({ url, body }) => {
    if (url.startsWith("/2015-03-31/functions/")) {
      shares.push(JSON.parse(body.toString()) as Share);
      return 202;
    }
    const { Entries } = JSON.parse(body.toString()) as Batch;
    for (const { MessageBody, DelaySeconds } of Entries) {
      calls.push({ ...(JSON.parse(MessageBody) as WakeCall), delaySeconds: DelaySeconds });
    }
    const Successful = Entries.map(({ Id, MessageBody }) => ({
      ...{ Id, MessageId: randomUUID() },
      MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
    }));
    return {
      headers: { "content-type": "application/x-amz-json-1.0" },
      body: JSON.stringify({ Successful }),
    };
  };
}
