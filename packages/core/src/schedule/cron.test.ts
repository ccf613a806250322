import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { CRON_NICKNAMES, cronGrid, cronLookup, parseCron } from "./cron.ts";

const at = (iso: string) => Date.parse(iso);
const iso = (instantMs: number | null) => (instantMs === null ? null : new Date(instantMs).toISOString());

function nextDays(expression: string, from: string, n: number): string[] {
  const lookup = cronLookup(expression, "UTC");
  const days: string[] = [];
  for (let slot = lookup.next(at(from)); slot !== null && days.length < n; slot = lookup.next(slot)) {
    days.push(new Date(slot).toISOString().slice(0, 10));
  }
  return days;
}

test.each<[string, string, string[]]>([
  ["0 0 29 2 *", "2027-01-01", ["2028-02-29", "2032-02-29", "2036-02-29"]],
  ["0 0 29 2 *", "2096-03-01", ["2104-02-29"]], // 2100 is no leap year
  ["0 0 31 * *", "2027-01-31", ["2027-03-31", "2027-05-31", "2027-07-31", "2027-08-31", "2027-10-31"]],
  ["0 0 30 * *", "2027-01-30", ["2027-03-30", "2027-04-30"]],
  ["0 0 L * *", "2027-01-31", ["2027-02-28", "2027-03-31", "2027-04-30"]],
  ["0 0 13 * 5", "2027-08-01", ["2027-08-06", "2027-08-13", "2027-08-20", "2027-08-27", "2027-09-03"]], // or
  ["0 0 13 * +5", "2027-08-01", ["2027-08-13", "2028-10-13"]], // and
  ["0 0 13 * *", "2027-08-01", ["2027-08-13", "2027-09-13"]],
  ["0 0 * * 5", "2027-08-01", ["2027-08-06", "2027-08-13"]],
  ["0 0 ? * FRI", "2027-08-01", ["2027-08-06", "2027-08-13"]],
  ["0 0 * * 0", "2027-08-02", ["2027-08-08"]],
  ["0 0 * * 7", "2027-08-02", ["2027-08-08"]],
  ["0 0 * * MON-FRI", "2027-08-06", ["2027-08-09"]],
  ["0 0 * * 5#2", "2027-08-01", ["2027-08-13"]],
  ["0 0 1 JAN *", "2027-08-01", ["2028-01-01"]],
  ["30 0 0 1 1 *", "2027-08-01", ["2028-01-01"]],
])("%s after %s", (expression, from, days) => {
  expect(nextDays(expression, `${from}T00:00:00Z`, days.length)).toEqual(days);
});

test("slots are strictly after and strictly before, to the millisecond", () => {
  const lookup = cronLookup("*/5 * * * * *", "UTC");
  const slot = at("2027-01-01T00:00:05Z");
  expect(lookup.next(slot - 1)).toBe(slot);
  expect(lookup.next(slot)).toBe(slot + 5_000);
  expect(lookup.next(slot + 1)).toBe(slot + 5_000);
  expect(lookup.previous(slot + 1)).toBe(slot);
  expect(lookup.previous(slot)).toBe(slot - 5_000);
});

test("nicknames are what cron calls them, in any case", () => {
  const from = at("2027-08-04T10:30:00Z");
  const firstSlots = CRON_NICKNAMES.map((name) => [
    name,
    iso(cronLookup(name.toUpperCase(), "UTC").next(from)),
  ]);
  expect(Object.fromEntries(firstSlots)).toEqual({
    "@yearly": "2028-01-01T00:00:00.000Z",
    "@annually": "2028-01-01T00:00:00.000Z",
    "@monthly": "2027-09-01T00:00:00.000Z",
    "@weekly": "2027-08-08T00:00:00.000Z",
    "@daily": "2027-08-05T00:00:00.000Z",
    "@midnight": "2027-08-05T00:00:00.000Z",
    "@hourly": "2027-08-04T11:00:00.000Z",
  });
});

test.each(["UTC", "America/New_York", "Pacific/Auckland"])(
  "in %s a cron runs up to the end of 9999",
  (timeZone) => {
    const lookup = cronLookup("0 0 1 1 *", timeZone);
    const slots: string[] = [];
    for (let slot = lookup.next(at("9997-06-01T00:00:00Z")); slot !== null; slot = lookup.next(slot)) {
      slots.push(new Intl.DateTimeFormat("sv-SE", { timeZone }).format(slot));
    }
    expect(slots).toEqual(["9998-01-01", "9999-01-01"]);
  },
);

test.each(["UTC", "America/New_York"])(
  "in %s nothing is later than the latest instant there is",
  (timeZone) => {
    const secondly = cronLookup("* * * * * *", timeZone);
    expect(secondly.next(LIMITS.latestMs - 1_500)).toBe(LIMITS.latestMs - 999);
    expect(secondly.next(LIMITS.latestMs - 999)).toBeNull();
    expect(secondly.next(Number.MAX_SAFE_INTEGER)).toBeNull();
    expect(secondly.previous(Number.MAX_SAFE_INTEGER)).toBe(LIMITS.latestMs - 999);
  },
);

test("rare days are found across the years where croner would give up", () => {
  const leapMonday = cronLookup("0 0 29 2 +1", "UTC");
  expect(iso(leapMonday.next(at("2899-12-31T23:00:00Z")))).toBe("2912-02-29T00:00:00.000Z");
  expect(iso(leapMonday.next(at("2996-03-01T00:00:00Z")))).toBe("3008-02-29T00:00:00.000Z");
  expect(iso(leapMonday.previous(at("2900-01-02T00:00:00Z")))).toBe("2872-02-29T00:00:00.000Z");
});

test("what croner says no to is thrown, an unknown zone too, before any slot is asked for", () => {
  expect(() => cronLookup("0 0 * *", "UTC")).toThrow("4 fields");
  expect(() => cronLookup("0 0 * * * * 2030", "UTC")).toThrow("7 fields");
  expect(() => cronLookup("60 * * * *", "UTC")).toThrow();
  expect(() => cronLookup("50-70/5 2 * * *", "UTC")).toThrow();
  expect(() => cronLookup("*/0 2 * * *", "UTC")).toThrow();
  expect(() => cronLookup("*/99 2 * * *", "UTC")).toThrow();
  expect(() => cronLookup("9-3/2 2 * * *", "UTC")).toThrow();
  expect(() => cronLookup("0 0 * * *", "Mars/Olympus")).toThrow("Mars/Olympus");
});

const fields = fc.tuple(
  fc.constantFrom("0", "30", "*/7", "5,50"),
  fc.constantFrom("0", "2", "*", "*/5", "1-3"),
  fc.constantFrom("*", "1", "29", "31", "L", "15W", "10-20/3"),
  fc.constantFrom("*", "2", "2,4", "*/5", "JAN"),
  fc.constantFrom("*", "1", "MON-FRI", "5#2", "0,6"),
);
const instants = fc.integer({ min: at("2000-01-01"), max: at("2100-01-01") });
const zones = fc.constantFrom("UTC", "America/New_York", "Australia/Lord_Howe");

test("the slot after and the slot before an instant have no other between them", () => {
  fc.assert(
    fc.property(fields, instants, zones, (parts, instantMs, timeZone) => {
      const lookup = cronLookup(parts.join(" "), timeZone);
      const next = lookup.next(instantMs);
      fc.pre(next !== null);
      expect(next).toBeGreaterThan(instantMs);
      const before = lookup.previous(next!);
      fc.pre(before !== null);
      expect(before).toBeLessThanOrEqual(instantMs);
      expect(lookup.next(before!)).toBe(next);
      expect(lookup.previous(before! + 1)).toBe(before);
    }),
    { numRuns: 150 },
  );
});

test("a grid counts and steps back no further than it is asked to", () => {
  const steps = { next: 0, previous: 0 };
  const lookup = cronLookup("* * * * * *", "UTC");
  const grid = cronGrid({
    ...lookup,
    next(instantMs) {
      steps.next++;
      return lookup.next(instantMs);
    },
    previous(instantMs) {
      steps.previous++;
      return lookup.previous(instantMs);
    },
  });
  const now = at("2027-01-01T00:00:00.500Z");
  expect(grid.count(now - 3_000, now, 100)).toBe(3);
  expect(grid.count(0, now, 100)).toBe(100);
  expect(steps.next).toBeLessThanOrEqual(4 + 101);
  expect(grid.latest(now, 1)).toBe(now - 500);
  expect(grid.latest(now - 500, 1)).toBe(now - 500);
  expect(grid.latest(now, 100)).toBe(now - 500 - 99_000);
  expect(steps.previous).toBe(1 + 1 + 100);
});

test("more expressions than are kept parsed still give the right slots", () => {
  const firstSlots = (minute: number) => cronLookup(`${minute % 60} ${minute % 24} * * *`, "UTC").next(0);
  const once = Array.from({ length: 120 }, (_, minute) => firstSlots(minute));
  expect(Array.from({ length: 120 }, (_, minute) => firstSlots(minute))).toEqual(once);
  expect(once[61]).toBe(parseCron("1 13 * * *", "UTC").nextRun(new Date(0))?.getTime());
});
