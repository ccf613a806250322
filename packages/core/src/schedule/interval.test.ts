import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { UNITS } from "../task/row.ts";
import { intervalGrid, intervalMs, UNIT_MS } from "./interval.ts";

test.each([
  [1, "seconds", 1_000],
  [90, "seconds", 90_000],
  [1.5, "hours", 5_400_000],
  [0.1, "minutes", 6_000],
  [1 / 3, "minutes", 20_000],
  [1, "days", 86_400_000],
  [2, "weeks", 1_209_600_000],
] as const)("%d %s are %d ms", (interval, unit, ms) => {
  expect(intervalMs({ interval, unit })).toBe(ms);
});

test("every unit has a length", () => {
  expect(Object.keys(UNIT_MS)).toEqual([...UNITS]);
});

test("the anchor itself is a slot, and nothing before it is", () => {
  const grid = intervalGrid(5_000, 1_000);
  expect(grid.after(-1e12)).toBe(5_000);
  expect(grid.after(4_999)).toBe(5_000);
  expect(grid.after(5_000)).toBe(6_000);
  expect(grid.latest(4_999, 1)).toBeNull();
  expect(grid.latest(5_000, 1)).toBe(5_000);
  expect(grid.latest(5_000, 2)).toBeNull();
  expect(grid.count(0, 4_999, 9)).toBe(0);
  expect(grid.count(0, 5_000, 9)).toBe(1);
});

test("the grid ends with the year 9999", () => {
  const grid = intervalGrid(LIMITS.latestMs - 1_500, 1_000);
  expect(grid.after(LIMITS.latestMs - 1_500)).toBe(LIMITS.latestMs - 500);
  expect(grid.after(LIMITS.latestMs - 500)).toBeNull();
  expect(grid.latest(Number.MAX_SAFE_INTEGER, 1)).toBe(LIMITS.latestMs - 500);
  expect(grid.count(0, Number.MAX_SAFE_INTEGER, 9)).toBe(2);
});

test("small grids agree with writing the slots down", () => {
  const instants = fc.integer({ min: -100, max: 400 });
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.integer({ min: 1, max: 50 }),
      instants,
      instants,
      (anchor, step, at, other) => {
        const slots = Array.from({ length: 600 }, (_, k) => anchor + k * step);
        const grid = intervalGrid(anchor, step);
        expect(grid.after(at)).toBe(slots.find((slot) => slot > at));
        expect(grid.latest(at, 1)).toBe(slots.findLast((slot) => slot <= at) ?? null);
        expect(grid.latest(at, 3)).toBe(slots.filter((slot) => slot <= at).at(-3) ?? null);
        expect(grid.count(at, other, 1)).toBe(slots.filter((slot) => slot > at && slot <= other).length);
      },
    ),
  );
});

test("slots stay exact to the millisecond for thousands of years", () => {
  const steps = fc.integer({ min: 1_000, max: 1e12 });
  fc.assert(
    fc.property(fc.nat(2e12), steps, fc.nat(1e9), (anchor, step, k) => {
      const slot = anchor + k * step;
      fc.pre(slot + step <= LIMITS.latestMs);
      const grid = intervalGrid(anchor, step);
      expect(grid.after(slot - 1)).toBe(slot);
      expect(grid.after(slot)).toBe(slot + step);
      expect(grid.latest(slot, 1)).toBe(slot);
      expect(grid.count(anchor, slot, 1)).toBe(k);
    }),
  );
});
