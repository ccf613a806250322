// Tasks of WebSub do not pile up, and none is gone while something relies on its being there.
import { isOver, type RegisterInput } from "@hookclock/core";
import { expect, test } from "vitest";
import { CONSUMER_LIMITS } from "./consumers/limits.ts";
import { deliveryTask } from "./consumers/sink.ts";
import { createTestWorld, entryMessage, type TestWorld } from "./consumers/test-world.ts";
import * as hubTasks from "./hub/hub-tasks.ts";
import { createTestHub, type TestHub, TOPIC } from "./hub/test-hub.ts";
import { posts, publish, subscribe } from "./hub/test-publisher.ts";
import { UPDATE_KEPT_MS } from "./hub/update.ts";
import { OWN_TASK_KEPT_SECONDS } from "./own-tasks.ts";
import * as subscriberTasks from "./subscriber/tasks.ts";

const DAY_MS = 86_400_000;
const KEY = { namespace: "app", id: "blog" };
const pair = { collection: "c", callbackHash: "h", lane: "l" };

/** Rows that are still there for who asks. */
const there = ({ stores, clock }: Pick<TestHub, "stores" | "clock">): string[] =>
  stores
    .dump()
    .tasks.filter((row) => !isOver(row, clock.now()))
    .map(({ id }) => id);

test("a task is known to be DONE for as long as its update can be fanned out", () => {
  expect(OWN_TASK_KEPT_SECONDS * 1_000).toBeGreaterThanOrEqual(UPDATE_KEPT_MS);
});

test("every task that a hub, a subscriber or a message makes has an end", () => {
  const payload = { push: "p", topic: "t", type: "text/plain", bytes: 1, receivedAt: 1 };
  const lease = { hub: "https://hub.example", renewAt: 1, expiresAt: 2 };
  const news = { number: 1, state: "active", message: "", at: 1 } as const;
  const made: RegisterInput[] = [
    hubTasks.verifyTask("app", { ...pair, request: "r" }, 1),
    hubTasks.denyTask("app", { ...pair, latest: "r", reason: "" }, 1),
    hubTasks.fetchTask("app", { url: TOPIC, identity: TOPIC, lane: "l" }, 1),
    hubTasks.fanOutTask("app", { update: "u", part: 0 }, 1),
    hubTasks.distributeTask("app", { update: "u", callbackHash: "h", lane: "l" }, 1),
    subscriberTasks.checkTask(KEY, 1, 1),
    subscriberTasks.renewTask(KEY, lease, { limit: 1, baseMs: 10, maxMs: 10 }),
    subscriberTasks.expireTask(KEY, 1),
    subscriberTasks.announceTask(KEY, news),
    subscriberTasks.receiveTask(KEY, payload),
  ];
  for (const { kind, keepSeconds } of made)
    expect([kind, keepSeconds]).toEqual([kind, OWN_TASK_KEPT_SECONDS]);
  const world = createTestWorld();
  const delivery = deliveryTask(entryMessage(world), "hook", null);
  expect(delivery.keepSeconds).toBe(CONSUMER_LIMITS.keptMs / 1_000);
});

test("what a hub made of checks, pings and deliveries is gone a week later", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  await publish(hub, "news");
  expect(posts(hub)).toHaveLength(1);
  const made = there(hub);
  for (const part of ["hub/verify/", "hub/fetch/", "hub/fanout/", "hub/distribute/"])
    expect(made.filter((id) => id.startsWith(part))).toHaveLength(1);
  await hub.clock.advance(7 * DAY_MS - 60_000);
  expect(there(hub)).toEqual(made);
  await hub.clock.advance(120_000);
  expect(there(hub)).toEqual([]);
});

test("published again within the life of the update, the same id reaches nobody twice", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  const content = { namespace: "app", topic: TOPIC, contentType: "text/plain", bytes: Buffer.from("once") };
  await hub.hub.publishContent({ ...content, id: "u1" });
  await hub.run();
  // Again and again until the update is forgotten, which is the moment when its tasks may be.
  for (let day = 0; day < 6; day += 1) {
    await hub.pass(DAY_MS);
    await hub.hub.publishContent({ ...content, id: "u1" });
    await hub.run();
  }
  await hub.pass(DAY_MS - 1_000);
  await hub.hub.publishContent({ ...content, id: "u1" });
  await hub.run();
  expect(posts(hub)).toHaveLength(1);
});

async function delivered(): Promise<TestWorld> {
  const world = createTestWorld();
  const hook = {
    type: "http",
    url: "https://hook.example/in",
    retry: { limit: 0 },
    disableAfter: 0,
  } as const;
  await world.consumers.put({ namespace: "app", name: "hook", ...hook });
  await world.consumers.link({ namespace: "app", source: { subscription: "blog" }, consumer: "hook" });
  await world.consumers.sink.accept([entryMessage(world)]);
  await world.run();
  expect(world.requests).toHaveLength(1);
  return world;
}

test("a delivery can be replayed as long as its message is stored, and counts until then", async () => {
  const world = await delivered();
  const from = new Date(world.clock.now() - 1_000);
  const replay = { namespace: "app", consumer: "hook", from, include: "all", dryRun: true } as const;
  const counted = async () => (await world.consumers.stats({ namespace: "app" })).consumers[0]?.deliveries;
  await world.clock.advance(30 * DAY_MS - 60_000);
  expect(await world.consumers.replay(replay)).toEqual({ id: null, count: 1 });
  expect(await counted()).toMatchObject({ delivered: 1 });
  await world.clock.advance(120_000);
  expect(await world.consumers.replay(replay)).toEqual({ id: null, count: 0 });
  expect(await counted()).toMatchObject({ delivered: 0 });
  expect(there(world)).toEqual([]);
});

test("an entry that its feed still shows is not delivered again when its delivery is gone", async () => {
  const world = await delivered();
  for (let months = 0; months < 6; months += 1) {
    await world.clock.advance(60 * DAY_MS);
    expect(await world.consumers.sink.accept([entryMessage(world)])).toEqual({ accepted: 0 });
    await world.run();
  }
  expect(there(world)).toEqual([]);
  expect(world.requests).toHaveLength(1);
});

test("a delivery that failed can be brought back for 90 days", async () => {
  const world = await delivered();
  world.script.reply = () => ({ status: 500 });
  await world.consumers.sink.accept([entryMessage(world, { id: "e2" })]);
  await world.run();
  await world.clock.advance(90 * DAY_MS - 60_000);
  const query = { namespace: "app", id: "deliver/hook/" };
  expect(await world.world.tasks.retryMany({ ...query, dryRun: true })).toMatchObject({ count: 1 });
  await world.clock.advance(120_000);
  expect(await world.world.tasks.retryMany({ ...query, dryRun: true })).toMatchObject({ count: 0 });
});
