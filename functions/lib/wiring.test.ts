import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeLog } from "./log.ts";
import { testWorld } from "./test-world.ts";
import { invocation, type Room } from "./wiring.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const context = { awsRequestId: "request", getRemainingTimeInMillis: () => 900_000 };

function roomOf(world: ReturnType<typeof testWorld>): Room {
  const rootLog = makeLog({ level: "silent", stage: "test", service: "test" });
  return { ...world, rootLog, sleep: async () => {} };
}

test("a long invocation reports its figures while it runs, and what is left at its end", async () => {
  const world = testWorld();
  const { promise, resolve } = Promise.withResolvers<void>();
  const ended = invocation(roomOf(world), context, async ({ metrics }) => {
    metrics.sample("latenessMs", 1);
    await promise;
    metrics.sample("latenessMs", 2);
  });
  expect(world.reported).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(world.reported).toEqual([["latenessMs", 1]]);
  resolve();
  await ended;
  expect(world.reported).toEqual([
    ["latenessMs", 1],
    ["latenessMs", 2],
  ]);
  // A process that is frozen between two invocations has nothing running.
  expect(vi.getTimerCount()).toBe(0);
});

test("one that fails reports that it did, and leaves no timer behind", async () => {
  const world = testWorld();
  const failed = invocation(roomOf(world), context, () => Promise.reject(new Error("no")));
  await expect(failed).rejects.toThrow("no");
  expect(world.sums).toEqual({ errors: 1 });
  expect(vi.getTimerCount()).toBe(0);
});
