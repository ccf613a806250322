import {
  type LocalDatabase,
  loudSkip,
  missingForDynamoDbLocal,
  startDynamoDbLocal,
} from "@hookclock/testkit";
import type { RegisterInput } from "hookclock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Resources } from "./graph/resources.ts";
import { type BundledFunction, makeBundles } from "./handlers/bundled.ts";
import { tourOfApi } from "./handlers/call-api.ts";
import type { Need } from "./handlers/recording-proxy.ts";
import { openStage, type Stage } from "./handlers/stage.ts";
import { graphOf, missingPlatform } from "./platform.ts";

// The bundled functions run as Lambda would run them, with events as AWS sends them, against the service's own emulator.
// What they ask of AWS meanwhile has to be allowed by their roles, and what roles allow has to be asked for.

const TOUR_TIMEOUT_MS = 120_000;
const SHARDS = Array.from({ length: 8 }, (_, shard) => shard);
const CALLS_MAX = 12;
/** More than one invocation is to do by itself. */
const BACKLOG = 2_500;
/** Granted for what this tour does not bring about, with the reason. */
const RARE: Record<string, string> = {
  "sqs:SendMessage {ReactDeadLettersQueue}":
    "Lambda puts records there that were given up, in the function's name",
  "dynamodb:DeleteItem {ApiTable}":
    "the API takes back the record of an idempotent request that failed by our own fault",
  "dynamodb:DeleteItem {TasksTable}": "a poll or a replay that is over takes its own task away",
  "dynamodb:GetItem {TasksTable}": "a worker reads its row again when the answer to a write was lost",
};
/** Asked for by Lambda itself, in the function's name. */
const OF_LAMBDA =
  /^(logs:|sqs:(ChangeMessageVisibility|DeleteMessage|GetQueueAttributes|ReceiveMessage)|dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams))/;

const AWS = "arn:aws:";
const ACCOUNT = "eu-central-1:123456789012:";

/** A need as the ARN that a statement has to name. */
function arnOf({ action, on }: Need): string {
  const [service = ""] = action.split(":");
  if (service === "dynamodb") return `${AWS}dynamodb:${ACCOUNT}table/${on}`;
  return service === "lambda" ? `${AWS}lambda:${ACCOUNT}function:${on}` : `${AWS}sqs:${ACCOUNT}${on}`;
}

/** `*` at the end of a resource stands for anything. */
const covers = (granted: string, wanted: string): boolean =>
  granted.endsWith("*") ? wanted.startsWith(granted.slice(0, -1)) : granted === wanted;

const missing = (await missingPlatform()) ?? (await missingForDynamoDbLocal());
const describeHere = loudSkip(describe, missing);

describeHere("what functions ask of AWS", () => {
  let database: LocalDatabase | undefined;
  let resources: Resources;
  let stage: Stage;
  const needs = new Map<string, Need[]>();

  const isAllowed = (file: string, need: Need): boolean =>
    resources.statementsOf(file).some(({ actions, resources: arns }) => {
      return actions.includes(need.action) && arns.some((arn) => covers(arn, arnOf(need)));
    });

  beforeAll(async () => {
    database = await startDynamoDbLocal();
    await makeBundles();
    resources = new Resources(await graphOf("dev"));
    stage = await openStage(database.endpoint);
  }, TOUR_TIMEOUT_MS);
  afterAll(async () => {
    await (stage as Stage | undefined)?.[Symbol.asyncDispose]();
    await database?.stop();
  });

  /** Runs one function from its bundle and notes what it needed. */
  async function run(file: string, work: (fn: BundledFunction) => Promise<void>): Promise<Need[]> {
    await using fn = await stage.start(file);
    stage.takeNeeds();
    await work(fn);
    const found = stage.takeNeeds();
    needs.set(file, [...(needs.get(file) ?? []), ...found]);
    return found;
  }
  /** A namespace each, so that what one test leaves behind does not stand in the way of another's. */
  const dueNow = (count: number, namespace: string): RegisterInput[] =>
    Array.from({ length: count }, (_, index) => ({
      namespace,
      id: `order-${index}`,
      request: { url: stage.receiverUrl, method: "POST", body: { index } },
      scheduledDate: new Date(Date.now() - 1_000),
    }));
  /** Gives WebSub something to do: a subscription at a hub, one of our own, an update, a message. */
  async function webSubIn(namespace: string): Promise<void> {
    const { webSub, receiverUrl } = stage;
    const topic = `${receiverUrl}/feed`;
    const contentType = "application/x-www-form-urlencoded";
    for (const callback of ["one", "two", "three"].map((name) => `${receiverUrl}/${name}`)) {
      const form = { "hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callback };
      const body = Buffer.from(new URLSearchParams(form).toString());
      await webSub.hub.request({ namespace, contentType, body });
    }
    for (const [name, path] of [
      ["mine", "/"],
      ["broken", "/broken"],
    ] as const) {
      // A failure that is final is counted.
      const retry = { limit: 0 };
      await webSub.consumers.put({ namespace, name, type: "http", url: `${receiverUrl}${path}`, retry });
      await webSub.consumers.link({ namespace, source: { event: "orders" }, consumer: name });
    }
    await webSub.subscriptions.add({ namespace, id: "news", url: topic, hub: `${receiverUrl}/hub` });
    await webSub.consumers.tell({ namespace, consumer: "mine", message: "hello" });
    await webSub.events.publish({ namespace, predicate: "orders.paid", payload: { order: 1 } });
  }
  /** What follows once the subscribers are verified and the first message has arrived. */
  async function moreWebSubIn(namespace: string): Promise<void> {
    const { webSub, receiverUrl } = stage;
    const update = { topic: `${receiverUrl}/feed`, contentType: "text/plain", bytes: Buffer.from("news") };
    await webSub.hub.publishContent({ namespace, ...update });
    await webSub.consumers.replay({ namespace, consumer: "broken", from: new Date(0), to: new Date() });
  }
  /** Calls a function until nothing of a namespace is due soon. */
  async function runDue(fn: BundledFunction, namespace: string, event: () => unknown): Promise<void> {
    for (let call = 0; call < CALLS_MAX; call += 1) {
      await fn.call(event());
      const { items } = await stage.hooks.fetch({ namespace, limit: 100 });
      const soon = new Date(Date.now() + 2_000).toISOString();
      if (!items.some(({ nextAttemptDate }) => nextAttemptDate !== null && nextAttemptDate < soon)) return;
    }
  }
  const deliveredIn = async (namespace: string): Promise<number> => {
    const { items } = await stage.hooks.fetch({ namespace });
    return items.filter(({ status }) => status === "DONE").length;
  };

  // What nobody uses is to cost next to nothing: docs/deploy.md computes the bill from these reads.
  test(
    "a tick with nothing to do asks each shard twice, and nothing else",
    async () => {
      await using trigger = await stage.start("trigger");
      await trigger.call({});
      stage.takeOperations();
      await trigger.call({});
      expect(stage.takeOperations()).toEqual(Array.from({ length: 2 * SHARDS.length }, () => "Query"));
    },
    TOUR_TIMEOUT_MS,
  );

  test(
    "the API answers all that it can be asked, and its role allows what that takes",
    async () => {
      let statuses: string[] = [];
      const found = await run("api", async (api) => {
        statuses = await tourOfApi(api, stage);
      });
      const failed = statuses.filter((status) => !/^20[0124] |^404 POST .*none/.test(status));
      expect(failed).toEqual([]);
      expect(found.filter((need) => !isAllowed("api", need))).toEqual([]);
    },
    TOUR_TIMEOUT_MS,
  );

  test.each<[string, () => unknown]>([
    ["trigger", () => ({ shards: SHARDS, depth: 1 })],
    ["wake", () => ({ Records: [wakeUp(Date.now() + 2_000)] })],
  ])(
    "%s brings WebSub forward: asks, is asked, distributes, delivers, replays; its role allows that",
    async (file, event) => {
      const namespace = `feeds-of-${file}`;
      await webSubIn(namespace);
      const found = await run(file, async (fn) => {
        await runDue(fn, namespace, event);
        await moreWebSubIn(namespace);
        await runDue(fn, namespace, event);
      });
      const { items } = await stage.hooks.fetch({ namespace, status: "FAILED", limit: 100 });
      expect(items.filter(({ id }) => !id.startsWith("deliver/broken/"))).toEqual([]);
      expect(found.filter((need) => !isAllowed(file, need))).toEqual([]);
    },
    TOUR_TIMEOUT_MS,
  );

  test(
    "a tick delivers what is due, asks for wake-ups and for help, and its role allows that",
    async () => {
      await stage.hooks.registerMany([...dueNow(60, "tick"), ...aheadOf(60_000, 5)]);
      const found = await run("trigger", async (trigger) => {
        await trigger.call({});
        await trigger.call({ shards: SHARDS, depth: 1 });
        expect(await deliveredIn("tick")).toBe(60);
        await stage.hooks.registerMany(dueNow(BACKLOG, "backlog"));
        await trigger.call({});
      });
      expect(found.filter((need) => !isAllowed("trigger", need))).toEqual([]);
      expect(found.map(({ action }) => action)).toEqual(
        expect.arrayContaining(["sqs:SendMessage", "lambda:InvokeFunction"]),
      );
    },
    TOUR_TIMEOUT_MS,
  );

  test(
    "stream records ask for wake-ups and for nothing else, and wake-ups deliver what is due; both roles allow it",
    async () => {
      await stage.hooks.registerMany([...dueNow(60, "wake"), ...dueNow(1, "alone")]);
      stage.takeMessages();
      const records = SHARDS.map((shard) => streamRecord(shard));
      const asked = await run("react", async (react) => {
        expect(await react.call({ Records: records })).toEqual({ batchItemFailures: [] });
      });
      expect(asked).toEqual([{ action: "sqs:SendMessage", on: "{WakeUpsQueue}" }]);
      expect(asked.filter((need) => !isAllowed("react", need))).toEqual([]);

      const messages = stage.takeMessages().map((body, index) => ({ messageId: `message-${index}`, body }));
      const found = await run("wake", async (wake) => {
        expect(await wake.call({ Records: messages })).toEqual({ batchItemFailures: [] });
      });
      expect(await deliveredIn("wake")).toBe(60);
      expect(found.filter((need) => !isAllowed("wake", need))).toEqual([]);
    },
    TOUR_TIMEOUT_MS,
  );

  test("nothing is allowed that nobody asked for", () => {
    const idle = [...needs].flatMap(([file, found]) =>
      resources.statementsOf(file).flatMap(({ actions, resources: arns }) =>
        actions
          .filter((action) => !OF_LAMBDA.test(action))
          .filter(
            (action) =>
              !found.some((need) => need.action === action && arns.some((arn) => covers(arn, arnOf(need)))),
          )
          .map(
            (action) => `${file}: ${action} ${arns.map((arn) => arn.replace(/^.*[:/](?=\{)/, "")).join()}`,
          ),
      ),
    );
    expect([...needs.keys()].sort()).toEqual(["api", "react", "trigger", "wake"]);
    expect(idle.filter((one) => !(one.replace(/^\w+: /, "") in RARE))).toEqual([]);
  });
});

const wakeUp = (until: number) => ({
  messageId: "message",
  body: JSON.stringify({ shards: SHARDS, until }),
});

const aheadOf = (ms: number, count: number): RegisterInput[] =>
  Array.from({ length: count }, (_, index) => ({
    namespace: "later",
    id: `later-${index}`,
    request: { url: "https://receiver.example/" },
    scheduledDate: new Date(Date.now() + ms),
  }));

const streamRecord = (shard: number) => ({
  eventName: "INSERT",
  dynamodb: {
    SequenceNumber: String(shard),
    NewImage: {
      namespace: { S: "shop" },
      id: { S: `order-${shard}` },
      dueShard: { S: String(shard) },
      dueAt: { N: String(Date.now()) },
    },
  },
});
