// The three functions that run tasks, with the events that AWS sends them.
import { afterAll, beforeAll, expect, test } from "vitest";
import { queueRecord } from "./fixtures/queue.ts";
import { otherTicks, schedulerTick } from "./fixtures/scheduler.ts";
import { dueImage, everyType, streamRecord } from "./fixtures/stream.ts";
import { context, openStage, type Stage } from "./support.ts";

const ALL = [0, 1, 2, 3, 4, 5, 6, 7];
const DAY_MS = 86_400_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const aTask = (id: string, dueInMs = 0) => ({
  ...{ namespace: "app", id, method: "POST" as const, scheduledDate: inMs(dueInMs) },
  url: `${stage.receiver.url}/${id}`,
});
const arrivals = (prefix: string) =>
  stage.receiver.requests.filter(({ url }) => url.startsWith(`/${prefix}`));
const statusOf = async (id: string) => (await stage.hooks.get({ namespace: "app", id }))?.status;

test("a tick of the scheduler delivers what is due and calls for what comes later", async () => {
  const handler = await stage.load("trigger");
  await stage.hooks.register(aTask("tick-now"));
  await stage.hooks.register(aTask("tick-soon", 400));
  await stage.hooks.register(aTask("tick-later", 60_000));
  await stage.hooks.register(aTask("tick-far", DAY_MS));
  await handler(schedulerTick, context());
  expect(
    arrivals("tick")
      .map(({ url }) => url)
      .sort(),
  ).toEqual(["/tick-now", "/tick-soon"]);
  expect(await statusOf("tick-now")).toBe("DONE");
  expect(stage.calls.splice(0)).toMatchObject([{ shards: ALL, delaySeconds: expect.closeTo(58, -1) }]);
  expect(stage.shares).toEqual([]);
  await stage.hooks.clear("app");
});

test("whatever else a schedule sends is a tick too", async () => {
  const handler = await stage.load("trigger");
  for (const event of otherTicks) await handler(event, context());
  expect([stage.calls, stage.shares]).toEqual([[], []]);
});

test("a share is run, with nothing asked for", async () => {
  const handler = await stage.load("trigger");
  await stage.hooks.register(aTask("share-now"));
  await stage.hooks.register(aTask("share-later", 60_000));
  await handler({ shards: ALL, depth: 1 }, context());
  expect(arrivals("share")).toHaveLength(1);
  expect(stage.calls).toEqual([]);
  await stage.hooks.clear("app");
});

test.each([
  { shards: [] },
  { shards: [0] },
  { shards: [0], depth: 2 },
  { shards: ["0"], depth: 1 },
  { shards: [-1], depth: 1 },
])("%j is no share: it is refused, and nothing runs", async (event) => {
  const handler = await stage.load("trigger");
  await stage.hooks.register(aTask("refused"));
  await expect(handler(event, context())).rejects.toMatchObject({ code: "invalid-input", field: "shards" });
  expect(arrivals("refused")).toEqual([]);
  await stage.hooks.clear("app");
});

test("a backlog beyond one invocation is handed on", async () => {
  const handler = await stage.load("trigger");
  const many = Array.from({ length: 2_400 }, (_, n) => aTask(`many-${n}`, -1_000 - n));
  await stage.hooks.registerMany(many);
  // Too little time to start much: what is asked of others is what matters here.
  await handler(schedulerTick, context(250));
  expect(stage.shares.length).toBeGreaterThanOrEqual(2);
  expect(stage.shares.flatMap(({ shards }) => shards).sort()).toEqual(ALL);
  expect(new Set(stage.shares.map(({ depth }) => depth))).toEqual(new Set([1]));
  await stage.hooks.clear("app");
});

test("near its time-out an invocation starts nothing more, hands back what waits and ends", async () => {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  await using slow = await openStage(async () => {
    setTimeout(resolve, 700);
    await late;
    return 200;
  });
  const handler = await slow.load("trigger", { HOOKCLOCK_CONCURRENCY: "2" });
  const rows = Array.from({ length: 40 }, (_, n) => ({
    ...aTask(`slow-${n}`),
    url: `${slow.receiver.url}/${n}`,
  }));
  await slow.hooks.registerMany(rows);
  await handler(schedulerTick, context(500));
  const { tasks: counts } = await slow.hooks.stats({ namespace: "app" });
  expect(slow.receiver.requests.length).toBeLessThan(40);
  expect(counts).toMatchObject({ DONE: slow.receiver.requests.length });
  // No lease was left behind: another worker gets everything else at once.
  expect(await slow.hooks.trigger()).toMatchObject({ succeeded: 40 - counts.DONE, remaining: false });
  expect(slow.receiver.requests).toHaveLength(40);
});

test("a batch of wake-ups delivers what is due and waits for what is due in a moment", async () => {
  const handler = await stage.load("wake");
  await stage.hooks.register(aTask("wake-now"));
  await stage.hooks.register(aTask("wake-soon", 600));
  const until = Date.now() + 1_000;
  const Records = [queueRecord("m1", { shards: ALL, until }), queueRecord("m2", "{ not JSON")];
  expect(await handler({ Records }, context())).toEqual({ batchItemFailures: [] });
  expect(arrivals("wake")).toHaveLength(2);
  await stage.hooks.clear("app");
});

test("wake-ups come again when the tables cannot be reached", async () => {
  await using bare = await openStage(200, { tables: false });
  const handler = await bare.load("wake");
  const Records = [
    queueRecord("m1", { shards: [0], until: 0 }),
    queueRecord("m2", "?"),
    queueRecord("m3", { shards: [1], until: 0 }),
  ];
  expect(await handler({ Records }, context())).toEqual({
    batchItemFailures: [{ itemIdentifier: "m1" }, { itemIdentifier: "m3" }],
  });
});

test("stream records of rows that are due soon are calls on the queue, whatever else the rows hold", async () => {
  const handler = await stage.load("react");
  const now = Date.now();
  const Records = [
    streamRecord(dueImage(now, 3)),
    streamRecord(dueImage(now + 60_000, 9)),
    streamRecord(dueImage(now + DAY_MS, 1)),
    streamRecord(
      { namespace: { S: "app" }, id: { S: "done" }, dueShard: { S: "1" }, ...everyType },
      "MODIFY",
    ),
    streamRecord({ ...everyType, dueAt: { L: [] } }),
    streamRecord(),
  ];
  expect(await handler({ Records }, context())).toEqual({ batchItemFailures: [] });
  expect(stage.calls.splice(0)).toMatchObject([
    { shards: ALL, until: now, delaySeconds: 0 },
    { shards: ALL.map((shard) => shard + 8), delaySeconds: expect.closeTo(58, -1) },
  ]);
});

test("stream records whose call the queue does not take come again", async () => {
  const nobody = "http://127.0.0.1:1";
  const handler = await stage.load("react", {
    AWS_ENDPOINT_URL_SQS: nobody,
    HOOKCLOCK_WAKE_QUEUE_URL: `${nobody}/123456789012/wakes`,
    AWS_MAX_ATTEMPTS: "1",
  });
  const failing = streamRecord(dueImage(Date.now(), 3));
  const Records = [streamRecord(), failing, streamRecord(dueImage(Date.now() + DAY_MS, 3))];
  expect(await handler({ Records }, context())).toEqual({
    batchItemFailures: [{ itemIdentifier: failing.dynamodb.SequenceNumber }],
  });
});

test("a function whose environment is not complete says what is missing, before any event", async () => {
  await expect(
    stage.load("trigger", { HOOKCLOCK_TASKS_TABLE: "", HOOKCLOCK_CONCURRENCY: "-1" }),
  ).rejects.toThrow(/HOOKCLOCK_TASKS_TABLE is not set.*HOOKCLOCK_CONCURRENCY/);
  await expect(stage.load("react", { HOOKCLOCK_WAKE_QUEUE_URL: "" })).rejects.toThrow(
    /HOOKCLOCK_WAKE_QUEUE_URL/,
  );
});
