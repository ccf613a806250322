import fc from "fast-check";
import { expect, test } from "vitest";
import { narrow, type OffsetRange, offsetFrom } from "./offset.ts";

/** An answer as a database whose clock is `offset` ahead gives it. */
const answer = (sentAt: number, tripMs: number, servedAfterMs: number, offset: number) => ({
  sentAt,
  receivedAt: sentAt + tripMs,
  dateMs: Math.floor((sentAt + servedAfterMs + offset) / 1000) * 1000,
});

test("a clock that may be right is left alone", () => {
  expect(offsetFrom(null)).toBe(0);
  expect(offsetFrom(narrow(null, answer(1_000_400, 20, 5, 0), 0))).toBe(0);
  expect(offsetFrom({ min: -300, max: 500 })).toBe(0);
  // A date that was a few seconds old when it was sent proves nothing.
  expect(offsetFrom({ min: -4_900, max: -3_900 })).toBe(0);
  expect(offsetFrom({ min: -6_900, max: -5_900 })).toBe(-5_900);
  expect(offsetFrom({ min: 5_900, max: 6_900 })).toBe(5_900);
});

test("a clock that is an hour ahead is found out by the first answer", () => {
  const offset = offsetFrom(narrow(null, answer(5_000_000_123, 30, 10, -3_600_000), 0));
  expect(Math.abs(offset + 3_600_000)).toBeLessThanOrEqual(1_030);
});

test("the range always holds the truth, narrows to the length of a trip, and never overcorrects", () => {
  const trips = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true })),
    {
      minLength: 200,
      maxLength: 200,
    },
  );
  fc.assert(
    fc.property(fc.integer({ min: -10_000_000, max: 10_000_000 }), trips, (offset, all) => {
      let range: OffsetRange | null = null;
      let at = 1_700_000_000_000;
      for (const [tripMs, share] of all) {
        range = narrow(range, answer(at, tripMs, tripMs * share, offset), 0);
        expect(range.min).toBeLessThanOrEqual(offset + 1);
        expect(range.max).toBeGreaterThanOrEqual(offset - 1);
        at += 137;
      }
      const correction = offsetFrom(range);
      expect(Math.abs(correction)).toBeLessThanOrEqual(Math.abs(offset) + 1);
      expect(Math.abs(correction - offset)).toBeLessThanOrEqual(correction === 0 ? 5_400 : 400);
    }),
    { numRuns: 50 },
  );
});

test("a clock that was set meanwhile is believed anew", () => {
  const before = narrow(null, answer(1_000_000, 10, 5, 0), 0);
  const after = narrow(before, answer(1_000_000 + 7_200_000, 10, 5, -7_200_000), 1_000);
  expect(Math.abs(offsetFrom(after) + 7_200_000)).toBeLessThanOrEqual(1_010);
});

test("an old range grows by the drift of clocks", () => {
  const range = narrow({ min: 100, max: 110 }, { dateMs: 0, sentAt: -10_000, receivedAt: 10_000 }, 1_000_000);
  expect(range).toEqual({ min: 0, max: 210 });
});
