import { isHookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import type { ReplayInput } from "./replay-state.ts";
import { createTestWorld, entryMessage, type TestWorld } from "./test-world.ts";

const key = { namespace: "app", name: "hook" };
const hook = {
  ...key,
  type: "http",
  url: "https://hook.example/in",
  retry: { limit: 0 },
  disableAfter: 0,
} as const;
const START = Date.UTC(2030, 0, 1);
const MINUTE = 60_000;

/** A consumer, and so many messages that failed for it, a minute apart from each other. */
async function failed(messages: number): Promise<TestWorld> {
  const world = createTestWorld();
  await world.consumers.put(hook);
  await world.consumers.link({ namespace: "app", source: { subscription: "blog" }, consumer: "hook" });
  world.script.reply = () => ({ status: 500 });
  for (let at = 0; at < messages; at += 1) {
    const receivedAt = START + at * MINUTE;
    await world.consumers.sink.accept([entryMessage(world, { id: `m${at}` }, { receivedAt })]);
  }
  await world.clock.advance(messages * MINUTE);
  await world.run();
  expect(world.tasksOf("deliver/").every(({ status }) => status === "FAILED")).toBe(true);
  world.script.reply = () => ({});
  world.requests.length = 0;
  return world;
}
const all: ReplayInput = { namespace: "app", consumer: "hook", from: new Date(START) };
const statusesOf = (world: TestWorld) => world.tasksOf("deliver/").map(({ status }) => status);

test("a dry run counts, and changes nothing", async () => {
  const world = await failed(30);
  const before = [world.stores.dump().tasks, world.documents.dump()];
  expect(await world.consumers.replay({ ...all, dryRun: true })).toEqual({ id: null, count: 30 });
  expect(await world.consumers.replay({ ...all, include: "all", dryRun: true })).toEqual({
    id: null,
    count: 30,
  });
  expect([world.stores.dump().tasks, world.documents.dump()]).toEqual(before);
});

test("so many in a second are brought back, until all are; the task takes itself away", async () => {
  const world = await failed(30);
  const { id, count } = await world.consumers.replay({ ...all, ratePerSecond: 4 });
  expect(count).toBe(30);
  const sent: number[] = [];
  for (let second = 0; second < 8; second += 1) {
    await world.run();
    sent.push(world.requests.length - sent.reduce((sum, one) => sum + one, 0));
    await world.clock.advance(1_000);
  }
  expect(sent).toEqual([4, 4, 4, 4, 4, 4, 4, 2]);
  expect(statusesOf(world)).toEqual(Array(30).fill("DONE"));
  await world.pass(2_000, 1_000);
  expect(world.tasksOf("replay/")).toEqual([]);
  expect(await world.consumers.getReplay({ namespace: "app", id: id ?? "" })).toMatchObject({
    ...{ consumer: "hook", state: "done", total: 30, retried: 30, ratePerSecond: 4 },
    ...{ startedDate: "2030-01-01T00:30:00.000Z", endedDate: expect.any(String) },
  });
});

test("how far it has come can be asked at any time", async () => {
  const world = await failed(10);
  const { id } = await world.consumers.replay({ ...all, ratePerSecond: 3 });
  const get = () => world.consumers.getReplay({ namespace: "app", id: id ?? "" });
  expect(await get()).toMatchObject({ state: "running", retried: 0, total: 10, endedDate: null });
  await world.run();
  await world.pass(1_000);
  expect(await get()).toMatchObject({ state: "running", retried: 6 });
  expect(await world.consumers.getReplay({ namespace: "app", id: "another" })).toBeNull();
});

test("only deliveries between the two instants come back, and only of this consumer", async () => {
  const world = await failed(10);
  const other = { ...hook, name: "hook2" };
  await world.consumers.put(other);
  await world.consumers.tell({ namespace: "app", consumer: "hook2", message: "x" });
  const between = { from: new Date(START + 3 * MINUTE), to: new Date(START + 5 * MINUTE).toISOString() };
  expect(await world.consumers.replay({ ...all, ...between })).toMatchObject({ count: 3 });
  await world.run();
  await world.pass(2_000, 1_000);
  const ids = world.requests.slice(1).map(({ body }) => JSON.parse(String(body)).data.id as string);
  expect(ids.sort()).toEqual(["m3@v1", "m4@v1", "m5@v1"]);
});

test("what was delivered is sent again only when asked for, as something new; what failed again is not met twice", async () => {
  const world = await failed(4);
  await world.world.tasks.retryMany({ namespace: "app", id: "deliver/", from: new Date(START + 2 * MINUTE) });
  await world.run();
  const ids = new Set(world.requests.map(({ headers }) => headers?.["webhook-id"]));
  expect(await world.consumers.replay({ ...all, dryRun: true })).toMatchObject({ count: 2 });
  world.script.reply = () => ({ status: 500 });
  world.requests.length = 0;
  expect(await world.consumers.replay({ ...all, include: "all", ratePerSecond: 1 })).toMatchObject({
    count: 4,
  });
  await world.pass(10_000, 1_000);
  const again = world.requests.map(({ headers }) => headers?.["webhook-id"] ?? "");
  expect(again.some((id) => ids.has(id))).toBe(false);
  expect(again.length).toBeLessThanOrEqual(6);
  expect(world.tasksOf("replay/")).toEqual([]);
});

test("a consumer that is disabled meanwhile ends it; what was not brought back waits", async () => {
  const world = await failed(30);
  const { id } = await world.consumers.replay({ ...all, ratePerSecond: 5 });
  await world.run();
  await world.consumers.disable(key);
  await world.pass(10_000, 1_000);
  expect(world.requests).toHaveLength(5);
  expect(statusesOf(world).filter((status) => status === "FAILED")).toHaveLength(25);
  expect(world.tasksOf("replay/")).toEqual([]);
  expect(await world.consumers.getReplay({ namespace: "app", id: id ?? "" })).toMatchObject({
    state: "stopped",
  });
});

test("cut off at any write, it goes on where it was, and each delivery comes back", async () => {
  let cuts = 0;
  for (let isWhole = false; !isWhole; cuts += 1) {
    const world = await failed(9);
    let writes = 0;
    const cut = (): void => {
      if (writes++ === cuts) throw new Error("cut off");
    };
    await world.consumers.replay({ ...all, ratePerSecond: 4 });
    world.documents.beforeWrite = cut;
    const { retryMany, delete: remove } = world.world.tasks;
    world.world.tasks.retryMany = async (query) => {
      cut();
      const result = await retryMany(query);
      cut();
      return result;
    };
    world.world.tasks.delete = async (task) => {
      cut();
      return remove(task);
    };
    await world.run();
    await world.pass(20_000, 1_000);
    isWhole = writes <= cuts;
    expect(world.requests).toHaveLength(9);
    expect(statusesOf(world)).toEqual(Array(9).fill("DONE"));
    expect(world.tasksOf("replay/")).toEqual([]);
  }
  expect(cuts).toBeGreaterThan(8);
});

test("many that were delivered lie between few that were not: none is overlooked", async () => {
  const world = await failed(6);
  const push = Array.from({ length: 300 }, (_, at) =>
    entryMessage(world, { id: `ok${at}` }, { receivedAt: START }),
  );
  await world.consumers.sink.accept(push);
  await world.run();
  world.requests.length = 0;
  await world.consumers.replay(all);
  await world.pass(30_000, 1_000);
  expect(world.requests).toHaveLength(6);
  expect(world.tasksOf("replay/")).toEqual([]);
});

test.each<[string, Record<string, unknown>, string]>([
  ["no beginning", { from: undefined }, "from"],
  ["a beginning that is no date", { from: "yesterday" }, "from"],
  ["an end before the beginning", { to: new Date(START - 1) }, "from"],
  ["no consumer", { consumer: undefined }, "consumer"],
  ["a rate of nothing", { ratePerSecond: 0 }, "ratePerSecond"],
  ["a rate without bounds", { ratePerSecond: 1_001 }, "ratePerSecond"],
  ["something else to include", { include: "delivered" }, "include"],
  ["a misspelt field", { dryrun: true }, "dryrun"],
])("refused: %s", async (_name, change, field) => {
  const world = createTestWorld();
  await world.consumers.put(hook);
  const error = await world.consumers
    .replay({ ...all, ...change } as ReplayInput)
    .catch((caught: unknown) => caught);
  expect(isHookclockError(error) && error.field).toBe(field);
  expect(world.stores.dump().tasks).toEqual([]);
});

test("a consumer that is missing or disabled gets nothing brought back, but can be counted", async () => {
  const world = await failed(2);
  await world.consumers.disable(key);
  await expect(world.consumers.replay(all)).rejects.toMatchObject({
    code: "wrong-status",
    field: "consumer",
  });
  expect(await world.consumers.replay({ ...all, dryRun: true })).toMatchObject({ count: 2 });
  await world.consumers.delete(key);
  await expect(world.consumers.replay(all)).rejects.toMatchObject({ code: "not-found", field: "consumer" });
  expect(await world.consumers.replay({ ...all, dryRun: true })).toMatchObject({ count: 2 });
});
