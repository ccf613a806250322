// A database that is throttled, down, slow, or did what it was told and could not say so; rows and handlers gone bad.
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  type FaultProxy,
  type LocalDatabase,
  startDynalite,
  startFaultProxy,
  startReceiver,
} from "@hookclock/testkit";
import type { EngineEvent, Handler } from "hookclock";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dueTask, openHooks, taskOf, travelClock } from "./support.ts";

const URL = "https://example.com/hook";
let database: LocalDatabase;
let proxy: FaultProxy;
beforeAll(async () => {
  database = await startDynalite();
  proxy = await startFaultProxy(database.endpoint);
});
beforeEach(() => proxy.heal());
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await database.stop();
});

/** What the AWS client itself gives up after. */
const MORE_THAN_RETRIED = 12;

describe.each(["throttle", "fail", "refuse", "loseAnswer"] as const)(
  "the database answers with %s",
  (fault) => {
    // The client waits ten times as long after a throttled request as after a lost one.
    const times = fault === "throttle" ? 1 : 2;

    test("register: a passing one is not noticed, a lasting one is a clear error", async () => {
      await using hooks = openHooks(proxy.endpoint);
      await hooks.ready();
      await hooks.register(dueTask(URL, { namespace: "warm" }));
      proxy.next("PutItem", fault, times);
      const task = await hooks.register(dueTask(URL, { id: "a" }));
      expect(await hooks.get(task)).toEqual(task);
      expect((await hooks.fetch({ namespace: "app" })).count).toBe(1);
      proxy.next("PutItem", fault, MORE_THAN_RETRIED);
      await expect(hooks.register(dueTask(URL, { id: "b" }))).rejects.toMatchObject({
        code: fault === "throttle" ? "throttled" : "store-unavailable",
      });
    });

    test.each(["Query", "BatchGetItem", "UpdateItem", "BatchWriteItem"])(
      "trigger, at each %s for a moment: every task is delivered once and recorded",
      async (operation) => {
        await using receiver = await startReceiver(200);
        await using hooks = openHooks(proxy.endpoint);
        await hooks.registerMany(Array.from({ length: 30 }, (_, n) => dueTask(`${receiver.url}/${n}`)));
        proxy.next(operation, fault, times);
        const result = await hooks.trigger();
        expect(result).toMatchObject({ processed: 30, errors: 0, lost: 0, remaining: false });
        expect(receiver.requests).toHaveLength(30);
        expect((await hooks.stats({ namespace: "app" })).tasks.DONE).toBe(30);
        expect((await hooks.fetchLogs({ namespace: "app" })).count).toBe(30);
      },
    );
  },
);

test("a database that stays away ends the pass with its error; when it is back nothing is lost or stuck", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(proxy.endpoint);
  await hooks.registerMany(Array.from({ length: 10 }, (_, n) => dueTask(`${receiver.url}/${n}`)));
  proxy.next("Query", "refuse", 500);
  await expect(hooks.trigger()).rejects.toMatchObject({ code: "store-unavailable" });
  proxy.heal();
  expect(await hooks.trigger()).toMatchObject({ processed: 10, remaining: false });
  expect(receiver.requests).toHaveLength(10);
});

test("a slow database only makes it slow", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(proxy.endpoint);
  await hooks.registerMany(Array.from({ length: 10 }, (_, n) => dueTask(`${receiver.url}/${n}`)));
  proxy.next("*", 100, 20);
  expect(await hooks.trigger()).toMatchObject({ processed: 10, errors: 0, remaining: false });
  expect(receiver.requests).toHaveLength(10);
});

test("the table is away for long while an attempt ends: its result waits and is recorded, not sent again", async () => {
  const answer = Promise.withResolvers<void>();
  await using receiver = await startReceiver({ status: 200, after: answer.promise });
  await using hooks = openHooks(proxy.endpoint);
  const task = await hooks.register(dueTask(receiver.url));
  const pass = hooks.trigger();
  await receiver.received(1);
  // The client gives up on a write after five tries: this is longer.
  proxy.next("BatchWriteItem", "fail", 7);
  answer.resolve();
  expect(await pass).toMatchObject({ processed: 1, succeeded: 1, errors: 0 });
  expect(receiver.requests).toHaveLength(1);
  expect(await taskOf(hooks, task)).toMatchObject({ status: "DONE" });
});

test("one corrupted row among 50: the others run, it is set aside as FAILED, and can be deleted", async () => {
  await using receiver = await startReceiver(200);
  const events: EngineEvent[] = [];
  await using hooks = openHooks(database.endpoint, { onEvent: (event) => events.push(event) });
  await hooks.registerMany(
    Array.from({ length: 50 }, (_, n) => dueTask(`${receiver.url}/${n}`, { id: `t${n}` })),
  );
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: database.endpoint, region: "us-east-1", credentials });
  await client.send(
    new UpdateItemCommand({
      TableName: hooks.tables.tasksTableName,
      Key: { namespace: { S: "app" }, id: { S: "t7" } },
      UpdateExpression: "SET #repeat = :nonsense",
      ExpressionAttributeNames: { "#repeat": "repeat" },
      ExpressionAttributeValues: { ":nonsense": { S: '{"interval": ' } },
    }),
  );
  client.destroy();
  expect(await hooks.trigger()).toMatchObject({ processed: 49, errors: 1, remaining: false });
  expect(receiver.requests).toHaveLength(49);
  expect(await taskOf(hooks, { namespace: "app", id: "t7" })).toMatchObject({
    status: "FAILED",
    reason: "unreadable",
  });
  expect(events.filter(({ type }) => type === "error")).toEqual([
    expect.objectContaining({ code: "row-unreadable", message: expect.stringContaining('"t7"') }),
  ]);
  expect(await hooks.trigger()).toMatchObject({ processed: 0, errors: 0 });
  await hooks.delete({ namespace: "app", id: "t7" });
  expect(await hooks.get({ namespace: "app", id: "t7" })).toBeNull();
});

test("a row whose schedule is no schedule any more is delivered once, logged, and ends FAILED", async () => {
  await using receiver = await startReceiver(200);
  await using hooks = openHooks(database.endpoint);
  const task = await hooks.register(dueTask(receiver.url, { repeat: { cron: "0 0 * * *" } }));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: database.endpoint, region: "us-east-1", credentials });
  await client.send(
    new UpdateItemCommand({
      TableName: hooks.tables.tasksTableName,
      Key: { namespace: { S: "app" }, id: { S: task.id } },
      UpdateExpression: "SET #repeat = :dead, dueAt = :due",
      ExpressionAttributeNames: { "#repeat": "repeat" },
      ExpressionAttributeValues: {
        ":dead": { S: '{"interval":1,"unit":"minutes","max":0,"cron":"0 0 * * *","timeZone":"Gone/Zone"}' },
        ":due": { N: String(Date.now() - 1_000) },
      },
    }),
  );
  client.destroy();
  for (let pass = 0; pass < 3; pass += 1) await hooks.trigger();
  expect(receiver.requests).toHaveLength(1);
  const ended = await taskOf(hooks, task);
  expect(ended).toMatchObject({ status: "FAILED", reason: "unreadable", execution: { successful: 1 } });
  expect(ended.errors.lastError).toMatch(/repeat/);
  expect((await hooks.fetchLogs({ namespace: "app", taskId: task.id })).count).toBe(1);
});

describe("handlers of one's own", () => {
  const kind = (name: string, run: Handler["run"]): Handler => ({ kind: name, run });
  const nonsense: [string, Handler["run"]][] = [
    [
      "throws",
      () => {
        throw new Error("secret: hunter2");
      },
    ],
    ["rejects", () => Promise.reject(new TypeError("secret: hunter2"))],
    ["answers nothing", () => Promise.resolve(undefined as never)],
    ["answers a class nobody knows", () => Promise.resolve({ class: "great" } as never)],
    [
      "answers more than a row can hold",
      () =>
        Promise.resolve({ class: "ok", received: { status: 200, headers: {}, body: "x".repeat(2 ** 20) } }),
    ],
    [
      "answers a status that is no number",
      () => Promise.resolve({ class: "ok", received: { status: Number.NaN, headers: {}, body: "" } }),
    ],
  ];

  test.each(nonsense)(
    "one that %s: a fault of that attempt, retried, never a silent success",
    async (_what, run) => {
      await using receiver = await startReceiver(200);
      const clock = travelClock();
      await using hooks = openHooks(database.endpoint, { handlers: [kind("own.kind", run)] }, { clock });
      const [bad] = await Promise.all([
        hooks.register({
          namespace: "app",
          kind: "own.kind",
          payload: { a: 1 },
          scheduledDate: new Date(),
          retryLimit: 1,
        }),
        hooks.registerMany(Array.from({ length: 30 }, (_, n) => dueTask(`${receiver.url}/${n}`))),
      ]);
      clock.jump(10);
      expect(await hooks.trigger()).toMatchObject({
        processed: 31,
        succeeded: 30,
        errors: 1,
        remaining: false,
      });
      expect(await taskOf(hooks, bad)).toMatchObject({ status: "ACTIVE", reason: "retrying", attempt: 1 });
      clock.jump(3_600_000);
      await hooks.trigger();
      const ended = await taskOf(hooks, bad);
      expect(ended).toMatchObject({ status: "FAILED", reason: "max-attempts" });
      const { items } = await hooks.fetchLogs({ namespace: "app", taskId: bad.id });
      expect(items.map(({ outcome, status }) => [outcome, status])).toEqual([
        ["fault", "FAIL"],
        ["fault", "FAIL"],
      ]);
      expect(JSON.stringify([ended, items])).not.toContain("hunter2");
    },
  );

  test("one that never ends but respects its signal is ended by timeoutMs", async () => {
    const waiting = kind(
      "own.kind",
      (_task, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () =>
            resolve({ class: "retryable", error: "timeout", message: "slow" }),
          );
        }),
    );
    await using hooks = openHooks(database.endpoint, { handlers: [waiting] });
    const task = await hooks.register({
      namespace: "app",
      kind: "own.kind",
      scheduledDate: new Date(0),
      timeoutMs: 100,
    });
    expect(await hooks.trigger()).toMatchObject({ processed: 1, failed: 1 });
    expect(await taskOf(hooks, task)).toMatchObject({ reason: "retrying", errors: { lastError: "slow" } });
  });

  test("a kind that no worker knows is retried and never succeeds silently; a worker that knows it delivers", async () => {
    const clock = travelClock();
    const seen: unknown[] = [];
    const own = kind("own.kind", (task) => {
      seen.push(task.payload);
      return Promise.resolve({ class: "ok" });
    });
    await using knows = openHooks(database.endpoint, { handlers: [own] }, { clock });
    await using stranger = openHooks(database.endpoint, knows.tables, { clock });
    const task = await knows.register({
      namespace: "app",
      kind: "own.kind",
      payload: [1, { a: "ü" }],
      scheduledDate: new Date(0),
    });
    expect(await stranger.trigger()).toMatchObject({ processed: 1, failed: 1, errors: 1 });
    expect(await taskOf(stranger, task)).toMatchObject({ status: "ACTIVE", reason: "retrying" });
    clock.jump(3_600_000);
    expect(await knows.trigger()).toMatchObject({ processed: 1, succeeded: 1 });
    expect(seen).toEqual([[1, { a: "ü" }]]);
  });
});

test("callbacks that throw stop neither a pass nor the process", async () => {
  await using receiver = await startReceiver(200);
  const onEvent = () => {
    throw new Error("listener");
  };
  await using hooks = openHooks(database.endpoint, { onEvent });
  await hooks.registerMany(Array.from({ length: 30 }, (_, n) => dueTask(`${receiver.url}/${n}`)));
  const onProgress = () => {
    throw new Error("progress");
  };
  expect(await hooks.trigger({ onProgress })).toMatchObject({ processed: 30, errors: 0 });
});
