import { HookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import { NOW, nothingDone, testWorld } from "./test-world.ts";
import { runShare, tick } from "./tick.ts";

const ALL = [0, 1, 2, 3, 4, 5, 6, 7];

test("with nothing due nothing is run, asked for or sent", async () => {
  const world = testWorld();
  await tick(world);
  expect([world.passes, world.sent, world.shares]).toEqual([[], [], []]);
  // Beside the capacity used: scripts/cost.mjs counts the figures of an idle stage.
  expect(world.samples).toEqual([["oldestOverdueMs", 0]]);
  expect(world.sums).toEqual({});
});

test("the index is asked to the horizon, what is due soon is run here, what is due later gets a wake-up", async () => {
  const world = testWorld();
  const windows: unknown[] = [];
  world.hooks.ahead = async (window) => {
    windows.push(window);
    return {
      items: [
        { shard: 3, at: NOW + 14_999 },
        { shard: 5, at: NOW + 15_000 },
        { shard: 6, at: NOW + 19_000 },
        { shard: 1, at: NOW + 150_000 },
      ],
    };
  };
  await tick(world);
  expect(windows).toEqual([{ from: new Date(NOW), to: new Date(NOW + 150_000), bucketMs: 5_000 }]);
  expect(world.passes).toEqual([{ shards: [3], lookAheadMs: 15_000, budgetMs: 50_000 }]);
  expect(world.sent).toMatchObject([
    { shards: ALL, until: NOW + 20_000, delaySeconds: 14 },
    { shards: ALL, until: NOW + 155_000, delaySeconds: 149 },
  ]);
});

test("how old the oldest overdue task is, is reported before anything is run: the pass may last for minutes", async () => {
  const world = testWorld();
  world.hooks.backlog = async () => ({
    shards: [{ shard: 2, due: 1, more: false }],
    oldestDueAt: new Date(NOW - 200_000).toISOString(),
  });
  let known: unknown;
  world.hooks.trigger = async () => {
    known = [...world.reported];
    return nothingDone;
  };
  await tick(world);
  expect(known).toEqual([["oldestOverdueMs", 200_000]]);
});

test("every instant up to the horizon is somebody's, whenever the tick comes", async () => {
  for (const offsetMs of [0, 1, 2_500, 4_999, 5_000, 7_777]) {
    const world = testWorld();
    world.at = NOW + offsetMs;
    // One moment in each bucket is told, the first: the last instant of the bucket must be covered as well.
    const firsts = Array.from({ length: 30 }, (_, n) => world.at + n * 5_000);
    world.hooks.ahead = async () => ({ items: firsts.map((at) => ({ shard: 0, at })) });
    await tick(world);
    const [pass] = world.passes as { lookAheadMs: number }[];
    const covered = [world.at + (pass?.lookAheadMs ?? 0), ...world.sent.map(({ until }) => until)];
    const bucketEnds = firsts.map((at) => (Math.floor(at / 5_000) + 1) * 5_000);
    const wanted = bucketEnds.filter((end) => end > (covered[0] ?? 0));
    expect(covered.slice(1)).toEqual(wanted);
  }
});

test("a warm process does not ask again for what will come anyway", async () => {
  const world = testWorld();
  world.hooks.ahead = async () => ({ items: [{ shard: 0, at: NOW + 100_000 }] });
  await tick(world);
  world.at += 60_000;
  await tick(world);
  expect(world.sent).toHaveLength(1);
});

test("a backlog beyond one invocation is handed on in groups, and the tick goes on with all of it", async () => {
  const world = testWorld();
  const shards = ALL.map((shard) => ({ shard, due: 1_000, more: true }));
  const oldestDueAt = new Date(NOW - 90_000).toISOString();
  world.hooks.backlog = async () => ({ shards, oldestDueAt });
  await tick(world);
  expect(world.shares).toHaveLength(4);
  expect(world.shares.flatMap((share) => share.shards).sort()).toEqual(ALL);
  expect(world.shares.every(({ depth }) => depth === 1)).toBe(true);
  expect(world.passes).toMatchObject([{ shards: ALL }]);
  expect(world.sums.fanOuts).toBe(4);
  expect(world.samples).toEqual([["oldestOverdueMs", 90_000]]);
});

test("a share is run to the end of its budget, for what others hold now they soon give back, and asks for no more", async () => {
  const world = testWorld();
  world.remainingMs = () => 30_000;
  await runShare(world, { shards: [2, 4], depth: 1 });
  expect(world.passes).toEqual([{ shards: [2, 4], lookAheadMs: 12_000, budgetMs: 12_000 }]);
  expect([world.sent, world.shares]).toEqual([[], []]);
});

test("an index that cannot be asked keeps nobody from running what is due", async () => {
  const world = testWorld();
  world.hooks.ahead = () => Promise.reject(new HookclockError("throttled", "slow down"));
  await tick(world);
  expect(world.passes).toEqual([{ lookAheadMs: 15_000, budgetMs: 50_000 }]);
  expect(world.sums.errors).toBe(1);
  expect(world.lines).toContainEqual(expect.objectContaining({ level: "error" }));
});

test("an invocation that cannot be started, and a queue that refuses, do not fail the tick", async () => {
  const world = testWorld();
  const shards = ALL.map((shard) => ({ shard, due: 1_000, more: false }));
  world.hooks.backlog = async () => ({ shards, oldestDueAt: new Date(NOW).toISOString() });
  world.hooks.ahead = async () => ({ items: [{ shard: 0, at: NOW + 60_000 }] });
  world.invoker.invoke = () => Promise.reject(new Error("throttled"));
  world.refused = () => true;
  await tick(world);
  expect(world.passes).toHaveLength(1);
  expect(world.sums.fanOuts).toBeUndefined();
  expect(world.sums.errors).toBe(5);
  world.refused = () => false;
  await tick(world);
  expect(world.sent).toHaveLength(1);
});

test("a pass that fails is told, after the wake-ups were sent", async () => {
  const world = testWorld();
  world.hooks.ahead = async () => ({
    items: [
      { shard: 0, at: NOW },
      { shard: 0, at: NOW + 60_000 },
    ],
  });
  world.hooks.trigger = () => Promise.reject(new HookclockError("store-unavailable", "away"));
  await expect(tick(world)).rejects.toMatchObject({ code: "store-unavailable" });
  expect(world.sent).toHaveLength(1);
});
