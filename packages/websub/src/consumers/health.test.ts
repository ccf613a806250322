import { expect, test } from "vitest";
import { createTestWorld, entryMessage, type TestWorld, unreachable } from "./test-world.ts";

const key = { namespace: "app", name: "hook" };
const hook = { ...key, type: "http", url: "https://hook.example/in", retry: { limit: 0 } } as const;

async function linked(
  more: { disableAfter?: number } = {},
  options: Parameters<typeof createTestWorld>[0] = {},
) {
  const world = createTestWorld(options);
  await world.consumers.put({ ...hook, ...more });
  await world.consumers.link({ namespace: "app", source: { subscription: "blog" }, consumer: "hook" });
  return world;
}
let count = 0;
/** Brings so many messages, one after the other. */
async function bring(world: TestWorld, messages: number): Promise<void> {
  for (let times = 0; times < messages; times += 1) {
    count += 1;
    await world.consumers.sink.accept([entryMessage(world, { id: `e${count}` })]);
    await world.run();
  }
}
const isEnabled = async ({ consumers }: TestWorld) => (await consumers.get(key))?.enabled;

test("twenty deliveries in a row that failed for good disable a consumer, and it is announced once", async () => {
  const world = await linked();
  world.script.reply = () => ({ status: 500 });
  await bring(world, 19);
  expect(await isEnabled(world)).toBe(true);
  await bring(world, 1);
  expect(await world.consumers.get(key)).toMatchObject({
    enabled: false,
    disabled: { reason: "failures", date: "2030-01-01T00:00:00.000Z" },
  });
  await world.run();
  expect(world.published).toEqual([
    {
      namespace: "app",
      predicate: "hookclock.consumer.disabled",
      payload: {
        ...{ consumer: "hook", reason: "failures", disabledDate: "2030-01-01T00:00:00.000Z" },
        message: "20 deliveries in a row failed for good: as many as are allowed",
      },
      id: expect.stringMatching(/^consumer-disabled-hook-/),
    },
  ]);
  expect(world.emitted).toEqual([
    { type: "consumer.disabled", namespace: "app", id: "hook", message: expect.stringContaining("disabled") },
  ]);
});

test("deliveries to a disabled consumer fail with that reason, send nothing and count for nothing", async () => {
  const world = await linked({ disableAfter: 1 });
  world.script.reply = () => ({ status: 500 });
  await bring(world, 4);
  expect(world.requests).toHaveLength(1);
  expect(world.published).toHaveLength(1);
  const errors = world
    .logs()
    .filter(({ kind }) => kind === "consumer.deliver")
    .map(({ error }) => error);
  expect(errors).toEqual(["status", "consumer-disabled", "consumer-disabled", "consumer-disabled"]);
  expect((await world.consumers.stats({ namespace: "app" })).consumers[0]).toMatchObject({
    ...{ enabled: false, failuresInARow: 1, deliveries: { failed: 4 } },
  });
});

test("enabled again, it starts with a clean slate, and what failed meanwhile can be retried", async () => {
  const world = await linked({ disableAfter: 2 });
  world.script.reply = () => ({ status: 500 });
  await bring(world, 3);
  expect(await world.consumers.enable(key)).toMatchObject({ enabled: true, disabled: null });
  await bring(world, 1);
  expect(await isEnabled(world)).toBe(true);
  world.script.reply = () => ({});
  expect(await world.world.tasks.retryMany({ namespace: "app", id: "deliver/" })).toMatchObject({ count: 4 });
  await world.run();
  expect(world.tasksOf("deliver/").map(({ status }) => status)).toEqual(Array(4).fill("DONE"));
});

test("410 disables at once", async () => {
  const world = await linked();
  world.script.reply = () => ({ status: 410 });
  await bring(world, 2);
  expect(world.requests).toHaveLength(1);
  expect(await world.consumers.get(key)).toMatchObject({ disabled: { reason: "gone" } });
  expect(world.published[0]).toMatchObject({ payload: { reason: "gone", message: "it answered 410 Gone" } });
  expect(world.tasksOf("deliver/").map(({ status }) => status)).toEqual(["FAILED", "FAILED"]);
});

test("410 holds for the messages that are under way in the same moment too", async () => {
  const world = await linked();
  const held = Promise.withResolvers<void>();
  world.script.reply = async () => {
    if (world.requests.length > 1) await held.promise;
    return { status: 410 };
  };
  const push = Array.from({ length: 100 }, (_, at) => entryMessage(world, { id: `m${at}` }));
  await world.consumers.sink.accept(push);
  const running = world.run();
  await world.clock.settle();
  held.resolve();
  await running;
  await world.run();
  expect(world.requests.length).toBeLessThanOrEqual(25);
  expect(world.published).toHaveLength(1);
});

test("0 never disables; 410 does all the same", async () => {
  const world = await linked({ disableAfter: 0 });
  world.script.reply = () => ({ status: 400 });
  await bring(world, 30);
  expect(await isEnabled(world)).toBe(true);
  world.script.reply = () => ({ status: 410 });
  await bring(world, 1);
  expect(await isEnabled(world)).toBe(false);
});

test("a success in between begins the count anew", async () => {
  const world = await linked({ disableAfter: 3 });
  for (const status of [500, 500, 200, 500, 404, 204, 500, 500]) {
    world.script.reply = () => ({ status });
    await bring(world, 1);
  }
  expect(await isEnabled(world)).toBe(true);
  world.script.reply = () => unreachable("refused");
  await bring(world, 1);
  expect(await isEnabled(world)).toBe(false);
});

test("attempts that are tried again are no failed deliveries yet", async () => {
  const world = await linked({ disableAfter: 1 });
  await world.consumers.put({ ...hook, retry: { limit: 3, baseMs: 1_000, maxMs: 1_000 } });
  const statuses = [500, 503, 429, 200];
  world.script.reply = () => ({ status: statuses.shift() ?? 200 });
  await bring(world, 1);
  await world.pass(10_000, 1_000);
  expect(statuses).toEqual([]);
  expect(await isEnabled(world)).toBe(true);
  expect((await world.consumers.stats({ namespace: "app" })).consumers[0]?.failuresInARow).toBe(0);
});

test("what is our own fault is not held against a consumer", async () => {
  const world = await linked({ disableAfter: 1 });
  world.script.reply = () => unreachable("aborted");
  await bring(world, 2);
  world.script.reply = () => Promise.reject(new Error("ours"));
  await bring(world, 2);
  expect(world.tasksOf("deliver/").every(({ status }) => status === "FAILED")).toBe(true);
  expect(await isEnabled(world)).toBe(true);
});

test("an announcement that cannot be published is published later; the consumer is off from the first moment", async () => {
  let fails = 2;
  const told: string[] = [];
  const world = await linked(
    { disableAfter: 1 },
    {
      publish: async ({ id = "" }) => {
        if (fails-- > 0) throw new Error("away");
        told.push(id);
        return { id };
      },
    },
  );
  world.script.reply = () => ({ status: 500 });
  await bring(world, 2);
  expect(world.requests).toHaveLength(1);
  expect(told).toEqual([]);
  await world.pass(60_000, 1_000);
  expect(told).toHaveLength(1);
});

test("cut off at any write between the failure and the announcement, it is off and announced in the end", async () => {
  let cuts = 0;
  for (let isWhole = false; !isWhole; cuts += 1) {
    const world = await linked({ disableAfter: 1 });
    await world.consumers.put({ ...hook, retry: { limit: 5, baseMs: 1_000, maxMs: 1_000 } });
    world.script.reply = () => ({ status: 400 });
    count += 1;
    await world.consumers.sink.accept([entryMessage(world, { id: `e${count}` })]);
    let writes = 0;
    const cut = (): void => {
      if (writes++ === cuts) throw new Error("cut off");
    };
    world.documents.beforeWrite = cut;
    const { register } = world.world.tasks;
    world.world.tasks.register = async (task) => {
      cut();
      const result = await register(task);
      cut();
      return result;
    };
    await world.run();
    await world.pass(30_000, 1_000);
    isWhole = writes <= cuts;
    expect(await isEnabled(world)).toBe(false);
    expect(world.published).toHaveLength(1);
  }
  expect(cuts).toBeGreaterThan(3);
});

test("who was enabled again is not switched off by what was decided before", async () => {
  const world = await linked({ disableAfter: 1 });
  const { register } = world.world.tasks;
  const late: Parameters<typeof register>[0][] = [];
  world.world.tasks.register = async (task) => void late.push(task);
  world.script.reply = () => ({ status: 500 });
  await bring(world, 1);
  await world.consumers.enable(key);
  for (const task of late) await register(task);
  await world.run();
  expect(late).toHaveLength(1);
  expect(await isEnabled(world)).toBe(true);
  expect(world.published).toEqual([]);
  await world.consumers.delete(key);
  await world.consumers.put(hook);
  for (const task of late) await register({ ...task, id: "again" });
  await world.run();
  expect(await isEnabled(world)).toBe(true);
});

test("somebody may disable a consumer by hand; nothing is announced", async () => {
  const world = await linked();
  expect(await world.consumers.disable(key)).toMatchObject({
    enabled: false,
    disabled: { reason: "by-hand" },
  });
  await world.consumers.put({ ...hook, timeoutMs: 1_000 });
  await bring(world, 1);
  expect(world.requests).toEqual([]);
  expect(world.published).toEqual([]);
});

test("a consumer that is made again begins at nothing, whatever was under way to the one before", async () => {
  const world = await linked({ disableAfter: 2 });
  world.script.reply = async () => {
    // While the delivery is under way.
    await world.consumers.delete(key);
    return { status: 400 };
  };
  await bring(world, 1);
  await world.consumers.put({ ...hook, disableAfter: 2 });
  world.script.reply = () => ({ status: 400 });
  await bring(world, 1);
  expect(await isEnabled(world)).toBe(true);
});
