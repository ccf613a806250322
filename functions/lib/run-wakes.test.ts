import { HookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import { runWakes } from "./run-wakes.ts";
import { NOW, testWorld } from "./test-world.ts";

const message = (messageId: string, body: unknown) => ({
  messageId,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

test("a batch is one pass over its shards, as far ahead as the furthest of its calls", async () => {
  const world = testWorld();
  world.remainingMs = () => 60_000;
  const batch = [
    message("a", { shards: [4, 1], until: NOW + 2_000 }),
    message("b", { shards: [1, 2], until: NOW + 4_000 }),
  ];
  expect(await runWakes(world, batch)).toEqual([]);
  expect(world.passes).toEqual([{ shards: [1, 2, 4], lookAheadMs: 4_000, budgetMs: 35_000 }]);
});

test.each([
  ["overdue", -3_600_000, 1_500],
  ["due now", 0, 1_500],
  ["as early as it comes", 7_000, 7_000],
  ["far too early", 60_000, 7_000],
])("one that is %s looks ahead within bounds", async (_, inMs, lookAheadMs) => {
  const world = testWorld();
  await runWakes(world, [message("a", { shards: [0], until: NOW + inMs })]);
  expect(world.passes).toMatchObject([{ lookAheadMs }]);
});

test("a pass that fails gives the whole batch back, but for what makes no sense", async () => {
  const world = testWorld();
  world.hooks.trigger = () => Promise.reject(new HookclockError("store-unavailable", "away"));
  const batch = [
    message("a", { shards: [0], until: NOW }),
    message("b", "{"),
    message("c", { shards: [1], until: 1 }),
  ];
  expect(await runWakes(world, batch)).toEqual(["a", "c"]);
  expect(world.sums).toEqual({ poisonRecords: 1, errors: 1 });
});

test.each([
  null,
  {},
  message("a", "not JSON"),
  message("a", "null"),
  message("a", { shards: [], until: 1 }),
  message("a", { shards: ["1"], until: 1 }),
  message("a", { shards: [-1], until: 1 }),
  message("a", { shards: Array.from({ length: 257 }, (_, n) => n), until: 1 }),
  message("a", { shards: [1], until: "now" }),
])("%j makes no sense: passed over, and no pass for it", async (poison) => {
  const world = testWorld();
  expect(await runWakes(world, [poison])).toEqual([]);
  expect(world.passes).toEqual([]);
  expect(world.sums).toEqual({ poisonRecords: 1 });
});
