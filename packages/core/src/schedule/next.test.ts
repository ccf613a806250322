import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { CATCH_UP, type CatchUp, type Repeat } from "../task/row.ts";
import { cronGrid, cronLookup } from "./cron.ts";
import type { Grid } from "./grid.ts";
import { firstOccurrence, MISSED_COUNT_MAX, nextOccurrence, nextOnGrid } from "./next.ts";

const MINUTE = 60_000;
const T = Date.UTC(2027, 0, 1);
const minutely: Repeat = { interval: 1, unit: "minutes", max: 0 };
const minutelyCron: Repeat = { ...minutely, cron: "* * * * *" };
const next = (repeat: Repeat, catchUp: CatchUp | undefined, scheduledAt: number, now: number) =>
  nextOccurrence({ repeat, catchUp }, scheduledAt, now);

const rules: [string, Repeat][] = [
  ["interval", minutely],
  ["cron", minutelyCron],
];

test.each(rules)("%s: on time, the next slot follows, whatever the policy", (_name, repeat) => {
  for (const catchUp of CATCH_UP) {
    expect(next(repeat, catchUp, T, T + 40)).toEqual({ at: T + MINUTE, missed: 0 });
    expect(next(repeat, catchUp, T, T + MINUTE - 1)).toEqual({ at: T + MINUTE, missed: 0 });
  }
});

test.each(rules)(
  "%s: a clock that fired early, went back or stands still moves on by exactly one slot",
  (_name, repeat) => {
    for (const catchUp of CATCH_UP) {
      for (const now of [T - 13, T - 60 * MINUTE, T, 0, -1]) {
        expect(next(repeat, catchUp, T, now)).toEqual({ at: T + MINUTE, missed: 0 });
      }
    }
  },
);

test.each(rules)("%s: ten and a half minutes late", (_name, repeat) => {
  const now = T + 10.5 * MINUTE;
  expect(next(repeat, undefined, T, now)).toEqual({ at: T + 11 * MINUTE, missed: 10 });
  expect(next(repeat, "skip", T, now)).toEqual({ at: T + 11 * MINUTE, missed: 10 });
  expect(next(repeat, "one", T, now)).toEqual({ at: T + 10 * MINUTE, missed: 9 });
  expect(next(repeat, "all", T, now)).toEqual({ at: T + MINUTE, missed: 0 });
});

test.each(rules)("%s: a slot that is due this very millisecond counts as missed", (_name, repeat) => {
  expect(next(repeat, "skip", T, T + MINUTE)).toEqual({ at: T + 2 * MINUTE, missed: 1 });
  expect(next(repeat, "one", T, T + MINUTE)).toEqual({ at: T + MINUTE, missed: 0 });
  expect(next(repeat, "all", T, T + MINUTE)).toEqual({ at: T + MINUTE, missed: 0 });
});

test.each(rules)("%s: `one` makes exactly one catch-up run, however much was missed", (_name, repeat) => {
  const now = T + 5_000 * MINUTE + 1;
  const catchUpRun = next(repeat, "one", T, now)!.at;
  expect(catchUpRun).toBe(T + 5_000 * MINUTE);
  expect(next(repeat, "one", catchUpRun, now + 20)!.at).toBe(T + 5_001 * MINUTE);
});

test.each(rules)(
  "%s: `all` runs every missed slot up to the cap, and then the last ones",
  (_name, repeat) => {
    const runAll = (missedSlots: number) => {
      const now = T + missedSlots * MINUTE + 1;
      const runs: number[] = [];
      for (let at = next(repeat, "all", T, now)!.at; at <= now; at = next(repeat, "all", at, now)!.at)
        runs.push(at);
      return runs;
    };
    for (const missedSlots of [LIMITS.catchUpMax, LIMITS.catchUpMax + 1]) {
      const runs = runAll(missedSlots);
      expect(runs.length).toBe(LIMITS.catchUpMax);
      expect(runs.at(-1)).toBe(T + missedSlots * MINUTE);
    }
    expect(runAll(3)).toEqual([T + MINUTE, T + 2 * MINUTE, T + 3 * MINUTE]);
  },
);

test("missed slots of an interval are counted exactly, those of a cron up to a bound", () => {
  const now = T + 1e6 * MINUTE + 1;
  expect(next(minutely, "skip", T, now)!.missed).toBe(1e6);
  expect(next(minutely, "one", T, now)!.missed).toBe(1e6 - 1);
  expect(next(minutely, "all", T, now)!.missed).toBe(1e6 - LIMITS.catchUpMax);
  for (const catchUp of CATCH_UP) expect(next(minutelyCron, catchUp, T, now)!.missed).toBe(MISSED_COUNT_MAX);
});

test("a cron task scheduled off the grid joins the grid at its next slot", () => {
  expect(next(minutelyCron, "skip", T + 1_234, T + 1_300)!.at).toBe(T + MINUTE);
});

test("a second-wise cron that was down for a year costs a bounded number of lookups", () => {
  const lookup = cronLookup("* * * * * *", "America/New_York");
  let lookups = 0;
  const grid = cronGrid({
    ...lookup,
    next(instantMs) {
      lookups++;
      return lookup.next(instantMs);
    },
    previous(instantMs) {
      lookups++;
      return lookup.previous(instantMs);
    },
  });
  for (const catchUp of CATCH_UP) {
    lookups = 0;
    expect(nextOnGrid(grid, catchUp, T - 365 * 86_400_000, T)!.at).toBeGreaterThan(T - 101_000);
    expect(lookups).toBeLessThanOrEqual(
      catchUp !== "all" ? MISSED_COUNT_MAX + 3 : 2 * LIMITS.catchUpMax + MISSED_COUNT_MAX + 5,
    );
  }
});

test("a schedule ends with the year 9999", () => {
  const yearly: Repeat = { ...minutely, cron: "0 0 1 1 *" };
  const lastYear = Date.UTC(9999, 0, 1);
  expect(next(yearly, "skip", lastYear, lastYear)).toBeNull();
  expect(next(minutely, "skip", LIMITS.latestMs, LIMITS.latestMs)).toBeNull();
  expect(next(minutely, "skip", T, LIMITS.latestMs + 1)).toBeNull();
  expect(next(minutely, "one", T, LIMITS.latestMs + 1)!.at).toBe(Date.UTC(9999, 11, 31, 23, 59));
  expect(next(minutelyCron, "one", T, Number.MAX_SAFE_INTEGER)!.at).toBe(Date.UTC(9999, 11, 31, 23, 59));
});

test("a rule that cannot be read is refused by name", () => {
  const broken = { ...minutely, cron: "61 * * * *" };
  expect(() => next(broken, "skip", T, T)).toThrow(/repeat\.cron "61 \* \* \* \*" is not a cron expression/);
  expect(() => firstOccurrence({ ...minutelyCron, timeZone: "Mars/Olympus" }, T)).toThrow(/Mars\/Olympus/);
});

test("the first occurrence is at or after the instant", () => {
  expect(firstOccurrence(minutely, T + 17)).toBe(T + 17);
  expect(firstOccurrence(minutelyCron, T)).toBe(T);
  expect(firstOccurrence(minutelyCron, T + 1)).toBe(T + MINUTE);
  expect(firstOccurrence({ ...minutely, cron: "0 9 * * *", timeZone: "Asia/Tokyo" }, T)).toBe(T);
  expect(firstOccurrence(minutely, LIMITS.latestMs)).toBe(LIMITS.latestMs);
  expect(firstOccurrence(minutely, LIMITS.latestMs + 1)).toBeNull();
  expect(firstOccurrence(minutelyCron, LIMITS.latestMs)).toBeNull();
});

/** A grid of arbitrary slots, written down. */
const listGrid = (slots: readonly number[]): Grid => ({
  after: (at) => slots.find((slot) => slot > at) ?? null,
  latest: (at, nth) => slots.filter((slot) => slot <= at).at(-nth) ?? null,
  count: (after, upTo, atMost) =>
    Math.min(atMost, slots.filter((slot) => slot > after && slot <= upTo).length),
});
const slotLists = fc
  .uniqueArray(fc.nat(2_000), { minLength: 1, maxLength: 400, size: "max" })
  .map((slots) => slots.sort((a, b) => a - b));

test("on any grid each policy runs what it promises and always moves forward", () => {
  fc.assert(
    fc.property(
      slotLists,
      fc.nat(2_000),
      fc.nat(2_500),
      fc.constantFrom(...CATCH_UP),
      (slots, from, now, catchUp) => {
        const chosen = nextOnGrid(listGrid(slots), catchUp, from, now);
        const missed = slots.filter((slot) => slot > from && slot <= now);
        const upcoming = slots.find((slot) => slot > Math.max(now, from));
        const candidates = {
          skip: [upcoming],
          one: [missed.at(-1), upcoming],
          all: [...missed.slice(-LIMITS.catchUpMax), upcoming],
        }[catchUp].filter((slot) => slot !== undefined);
        expect(chosen?.at).toBe(candidates[0]);
        if (chosen === null) return;
        expect(chosen.at).toBeGreaterThan(from);
        const jumped = slots.filter((slot) => slot > from && slot < chosen.at).length;
        expect(chosen.missed).toBe(Math.min(jumped, MISSED_COUNT_MAX));
      },
    ),
  );
});
