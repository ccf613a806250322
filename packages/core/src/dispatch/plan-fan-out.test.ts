import fc from "fast-check";
import { expect, test } from "vitest";
import { planFanOut, type ShardBacklog } from "./plan-fan-out.ts";

const even = (shards: number, due: number): ShardBacklog[] =>
  Array.from({ length: shards }, (_, shard) => ({ shard, due }));

test.each<[string, ShardBacklog[], number[][]]>([
  ["nothing is due", even(8, 0), []],
  ["one invocation can do it all", even(8, 125), []],
  [
    "one task more than that",
    [...even(7, 125), { shard: 7, due: 126 }],
    expect.objectContaining({ length: 2 }),
  ],
  ["all of it is in one shard, which only one worker can have", [{ shard: 3, due: 50_000 }], []],
  [
    "more is due than the invocations that are allowed can do",
    even(8, 9_000),
    expect.objectContaining({ length: 4 }),
  ],
  ["fewer shards than invocations that would be wanted", even(2, 9_000), [[0], [1]]],
])("%s", (_, backlog, groups) => {
  expect(planFanOut(backlog, { perInvocation: 1_000, invocationsMax: 4 })).toEqual(groups);
});

test("no further invocation is allowed", () => {
  expect(planFanOut(even(8, 9_000), { perInvocation: 1_000, invocationsMax: 0 })).toEqual([]);
});

test("one heavy shard has an invocation of its own, the light ones share the others", () => {
  const backlog = [{ shard: 5, due: 3_000 }, ...even(5, 500)];
  const groups = planFanOut(backlog, { perInvocation: 2_000, invocationsMax: 10 });
  expect(groups).toEqual([[5], [0, 2, 4], [1, 3]]);
});

test("whatever is due: every shard with a backlog is in one group, and no group is much heavier than it must be", () => {
  const shards = fc.uniqueArray(fc.record({ shard: fc.nat(255), due: fc.nat(5_000) }), {
    selector: ({ shard }) => shard,
    maxLength: 64,
  });
  const limits = fc.record({
    perInvocation: fc.integer({ min: 1, max: 5_000 }),
    invocationsMax: fc.integer({ min: 1, max: 32 }),
  });
  fc.assert(
    fc.property(shards, limits, (backlog, { perInvocation, invocationsMax }) => {
      const loaded = backlog.filter(({ due }) => due > 0);
      const total = loaded.reduce((sum, { due }) => sum + due, 0);
      const groups = planFanOut(backlog, { perInvocation, invocationsMax });
      if (total <= perInvocation || loaded.length < 2) {
        expect(groups).toEqual([]);
        return;
      }
      expect(groups.length).toBe(Math.min(invocationsMax, Math.ceil(total / perInvocation), loaded.length));
      const order = (a: number, b: number) => a - b;
      expect(groups.flat().sort(order)).toEqual(loaded.map(({ shard }) => shard).sort(order));
      expect(groups.every((group) => group.length > 0)).toBe(true);
      const dueOf = new Map(loaded.map(({ shard, due }) => [shard, due]));
      const loads = groups.map((group) => group.reduce((sum, shard) => sum + (dueOf.get(shard) ?? 0), 0));
      const largest = Math.max(...dueOf.values());
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(largest);
    }),
  );
});
