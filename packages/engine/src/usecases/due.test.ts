import { createTestEngine, aTask as input, type TestEngine } from "@hookclock/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueAhead, dueBacklog } from "./due.ts";
import { register } from "./register.ts";

/** Tasks by shard, due so many ms from now. */
async function filled(dues: readonly number[], shards = 3): Promise<TestEngine> {
  const engine = createTestEngine({ shards });
  for (const inMs of dues) await register(engine, input(engine, { inMs }));
  return engine;
}
const rowsOf = (engine: TestEngine) =>
  engine.stores.dump().tasks.map(({ shard, dueAt }) => ({ shard, dueAt: dueAt ?? 0 }));
const queriesOf = (engine: TestEngine): number => engine.stores.faults.calls["tasks.findDue"] ?? 0;

describe("ahead", () => {
  test("the first moment of each bucket and shard, with at most a query for each", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -20_000, max: 160_000 }), { maxLength: 120 }),
        fc.constantFrom(1_000, 5_000, 7_777, 60_000),
        async (dues, bucketMs) => {
          const engine = await filled(dues);
          const from = engine.clock.now();
          const to = from + 150_000;
          const bucketOf = (at: number) => Math.floor(at / bucketMs);
          const firsts = new Map<string, number>();
          for (const { shard, dueAt } of rowsOf(engine)) {
            if (dueAt < from || dueAt > to) continue;
            const place = `${shard}:${bucketOf(dueAt)}`;
            firsts.set(place, Math.min(dueAt, firsts.get(place) ?? dueAt));
          }
          const moments = await dueAhead(engine, { from, to, bucketMs });
          expect(new Map(moments.map(({ shard, at }) => [`${shard}:${bucketOf(at)}`, at]))).toEqual(firsts);
          expect(moments).toHaveLength(firsts.size);
          expect(moments.map(({ at }) => at)).toEqual(moments.map(({ at }) => at).sort((a, b) => a - b));
          expect(queriesOf(engine)).toBeLessThanOrEqual(firsts.size + 3);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("a burst in one bucket costs no more than one task: its keys are jumped over", async () => {
    const engine = await filled([...Array.from({ length: 500 }, () => 10_000), 14_999, 15_000, 40_000], 1);
    const from = engine.clock.now();
    const moments = await dueAhead(engine, { from, to: from + 60_000, bucketMs: 5_000 });
    expect(moments.map(({ at }) => at - from)).toEqual([10_000, 15_000, 40_000]);
    expect(queriesOf(engine)).toBe(2);
  });

  test("bounds are inclusive, and only the shards asked for are read", async () => {
    const engine = await filled(Array.from({ length: 60 }, (_, n) => n * 100));
    const from = engine.clock.now();
    const times = await dueAhead(engine, { from: from + 1_000, to: from + 2_000, bucketMs: 1 });
    expect(times.map(({ at }) => at - from)).toEqual(Array.from({ length: 11 }, (_, n) => 1_000 + n * 100));
    const some = await dueAhead(engine, { from, to: from + 6_000, bucketMs: 1, shards: [2, 2, 9] });
    expect(some.map(({ at }) => at)).toEqual(
      rowsOf(engine).flatMap(({ shard, dueAt }) => (shard === 2 ? [dueAt] : [])),
    );
    expect(await dueAhead(engine, { from, to: from + 6_000, bucketMs: 1, shards: [] })).toEqual([]);
  });
});

describe("backlog", () => {
  test("counts what is due now in each shard, and says since when", async () => {
    const engine = await filled([...Array.from({ length: 40 }, (_, n) => -n * 1_000), 1, 5_000]);
    const { shards, oldestDueAt } = await dueBacklog(engine, { countMax: 1_000 });
    const due = (shard: number) =>
      rowsOf(engine).filter((row) => row.shard === shard && row.dueAt <= engine.clock.now()).length;
    expect(shards).toEqual([0, 1, 2].map((shard) => ({ shard, due: due(shard), more: false })));
    expect(oldestDueAt).toBe(engine.clock.now() - 39_000);
    expect(await dueBacklog(engine, { countMax: 10, shards: [7] })).toEqual({
      shards: [{ shard: 7, due: 0, more: false }],
      oldestDueAt: null,
    });
  });

  test.each([
    [29, 29, true, 1],
    [30, 30, false, 1],
    [31, 30, false, 1],
    [1, 1, true, 1],
  ])("counted up to %i", async (countMax, due, more, queries) => {
    const engine = await filled(
      Array.from({ length: 30 }, (_, n) => -n),
      1,
    );
    expect((await dueBacklog(engine, { countMax })).shards).toEqual([{ shard: 0, due, more }]);
    expect(queriesOf(engine)).toBe(queries);
  });

  test("a large one is counted page by page", async () => {
    const engine = await filled(
      Array.from({ length: 2_500 }, () => 0),
      1,
    );
    expect((await dueBacklog(engine, { countMax: 10_000 })).shards).toEqual([
      { shard: 0, due: 2_500, more: false },
    ]);
    expect(queriesOf(engine)).toBe(3);
    expect((await dueBacklog(engine, { countMax: 1_500 })).shards).toEqual([
      { shard: 0, due: 1_500, more: true },
    ]);
  });
});
