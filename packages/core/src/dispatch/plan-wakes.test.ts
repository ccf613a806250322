import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AskedWakes, type DueMoment, planWakes, rememberWakes, type Wake } from "./plan-wakes.ts";

const T0 = Date.UTC(2030, 0, 1);
const base = { now: T0, leadMs: 2_000, bucketMs: 5_000, delayMaxSeconds: 900 };
const inMs = (shard: number, ms: number): DueMoment => ({ shard, at: T0 + ms });
const plan = (moments: DueMoment[], asked?: AskedWakes, now = T0) =>
  planWakes(moments, { ...base, now }, asked);

describe("without anything asked for earlier", () => {
  test.each<[string, DueMoment[], { shard: number; at: number; delaySeconds: number }[]]>([
    ["nothing", [], []],
    ["one moment: woken its lead before", [inMs(1, 30_000)], [{ ...inMs(1, 30_000), delaySeconds: 28 }]],
    ["a delay is rounded down, never up", [inMs(1, 30_999)], [{ ...inMs(1, 30_999), delaySeconds: 28 }]],
    ["sooner than the lead: at once", [inMs(1, 1_500)], [{ ...inMs(1, 1_500), delaySeconds: 0 }]],
    [
      "due now, or long ago: at once",
      [inMs(1, 0), inMs(2, -86_400_000)],
      [
        { ...inMs(1, 0), delaySeconds: 0 },
        { ...inMs(2, -86_400_000), delaySeconds: 0 },
      ],
    ],
    [
      "a bucket has one, for its first moment",
      [inMs(1, 34_000), inMs(1, 31_000), inMs(1, 32_000)],
      [{ ...inMs(1, 31_000), delaySeconds: 29 }],
    ],
    [
      "all that is overdue in a shard shares one",
      [inMs(1, -60_000), inMs(1, -5), inMs(1, 1_000)],
      [{ ...inMs(1, -60_000), delaySeconds: 0 }],
    ],
    [
      "other shards and other buckets have their own",
      [inMs(1, 31_000), inMs(2, 31_000), inMs(1, 36_000)],
      [
        { ...inMs(1, 31_000), delaySeconds: 29 },
        { ...inMs(2, 31_000), delaySeconds: 29 },
        { ...inMs(1, 36_000), delaySeconds: 34 },
      ],
    ],
    ["no longer than can be asked for", [inMs(1, 3_600_000)], [{ ...inMs(1, 3_600_000), delaySeconds: 900 }]],
  ])("%s", (_, moments, wakes) => {
    expect(plan(moments)).toEqual(wakes);
  });
});

describe("with wake-ups asked for earlier", () => {
  const askedFor = (...moments: DueMoment[]): AskedWakes => {
    const asked: AskedWakes = new Map();
    rememberWakes(asked, plan(moments), base);
    return asked;
  };

  test("a bucket is not asked for twice while its wake-up is still to come", () => {
    const asked = askedFor(inMs(1, 31_000));
    expect(plan([inMs(1, 31_000), inMs(1, 33_000)], asked, T0 + 20_000)).toEqual([]);
  });

  test("once the wake-up has come, a moment that shows up after it is asked for", () => {
    const asked = askedFor(inMs(1, 31_000));
    expect(plan([inMs(1, 33_000)], asked, T0 + 29_000)).toEqual([{ ...inMs(1, 33_000), delaySeconds: 2 }]);
  });

  test("a moment before the wake-up that is still to come is asked for", () => {
    const asked = askedFor(inMs(1, 34_900));
    expect(plan([inMs(1, 30_000)], asked, T0 + 1_000)).toEqual([{ ...inMs(1, 30_000), delaySeconds: 27 }]);
    expect(plan([inMs(1, 32_500)], asked, T0 + 1_000)).toEqual([]);
  });

  test("a wake-up that was limited by the longest delay does not stand for a moment far behind it", () => {
    const asked = askedFor(inMs(1, 3_600_000));
    expect(plan([inMs(1, 3_600_000)], asked, T0 + 60_000)).toHaveLength(1);
  });

  test("what is due is covered at once, whatever was asked for", () => {
    const asked = askedFor(inMs(1, 4_000));
    expect(plan([inMs(1, -1)], asked, T0 + 500)).toEqual([{ ...inMs(1, -1), delaySeconds: 0 }]);
  });

  test("entries whose time has come are forgotten", () => {
    const asked = askedFor(inMs(1, 31_000), inMs(2, 60_000));
    expect(asked.size).toBe(2);
    rememberWakes(asked, [], { ...base, now: T0 + 30_000 });
    expect(asked.size).toBe(1);
    rememberWakes(asked, [], { ...base, now: T0 + 60_000 });
    expect(asked.size).toBe(0);
  });
});

test("whatever shows up when: no moment is left without a wake-up in time, and nothing is kept longer than a delay", () => {
  const round = fc.record({
    passMs: fc.integer({ min: 0, max: 20_000 }),
    moments: fc.array(fc.record({ shard: fc.nat(3), inMs: fc.integer({ min: -10_000, max: 200_000 }) }), {
      maxLength: 12,
    }),
    isSent: fc.boolean(),
  });
  const shape = fc.record({
    leadMs: fc.nat(5_000),
    bucketMs: fc.integer({ min: 100, max: 10_000 }),
    delayMaxSeconds: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(
      fc.array(round, { maxLength: 12 }),
      shape,
      (rounds, { leadMs, bucketMs, delayMaxSeconds }) => {
        const asked: AskedWakes = new Map();
        const sent: (Wake & { comesAt: number })[] = [];
        let now = T0;
        for (const { passMs, moments, isSent } of rounds) {
          now += passMs;
          const options = { now, leadMs, bucketMs, delayMaxSeconds };
          const due = moments.map(({ shard, inMs: ms }) => ({ shard, at: now + ms }));
          const wakes = planWakes(due, options, asked);
          const coming = wakes.map((wake) => ({ ...wake, comesAt: now + wake.delaySeconds * 1_000 }));
          for (const { shard, at } of due) {
            const earliest = Math.min(at - leadMs - 1_000 - bucketMs, now + delayMaxSeconds * 1_000);
            const isInTime = (wake: { shard: number; comesAt: number }) =>
              wake.shard === shard &&
              wake.comesAt >= now &&
              wake.comesAt <= Math.max(at, now) &&
              wake.comesAt >= earliest;
            expect([...coming, ...sent].some(isInTime)).toBe(true);
          }
          const places = coming.map(
            ({ shard, at }) => `${shard}:${Math.floor(Math.max(at, now) / bucketMs)}`,
          );
          expect(new Set(places).size).toBe(places.length);
          if (!isSent) continue;
          rememberWakes(asked, wakes, options);
          sent.push(...coming);
          const longestMs = delayMaxSeconds * 1_000;
          expect([...asked.values()].every((at) => at > now && at <= now + longestMs)).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});
