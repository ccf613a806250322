import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDuration, parseInterval, parseTime } from "./times.ts";

const NOW = Date.UTC(2030, 0, 31, 12, 0, 0);

test.each([
  ["now", 0],
  ["NOW", 0],
  ["+10s", 10_000],
  ["+ 10 s", 10_000],
  ["in 5 minutes", 300_000],
  ["in 1h 30m", 5_400_000],
  ["-1h", -3_600_000],
  ["10m ago", -600_000],
  ["2 days ago", -172_800_000],
  ["+1.5 hours", 5_400_000],
  ["+250ms", 250],
  ["in 1 week", 604_800_000],
  ["2030-01-31T12:00:05Z", 5_000],
  ["2030-01-31T14:00:00+02:00", 0],
  ["2030-01-31", -43_200_000],
])("%j is understood", (text, offsetMs) => {
  expect(parseTime(text, NOW)).toBe(NOW + offsetMs);
});

test.each([
  "",
  "soon",
  "in",
  "+",
  "-",
  "5",
  "+5",
  "in 5 lightyears",
  "ago",
  "5m",
  "2030-13-01",
  "+10s ago",
  "1h1",
  "-200000 weeks",
  "+9999999 weeks",
])("%j is no time", (text) => {
  expect(parseTime(text, NOW)).toBeUndefined();
});

test.each([
  ["30s", 30_000],
  ["500ms", 500],
  ["1h30m", 5_400_000],
  ["2 minutes", 120_000],
  ["0s", 0],
])("%j is a length of time", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "30", "s", "-5s", "1h x", "1e3s"])("%j is no length of time", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  ["30 seconds", { interval: 30, unit: "seconds" }],
  ["5m", { interval: 5, unit: "minutes" }],
  ["2 hours", { interval: 2, unit: "hours" }],
  ["day", { interval: 1, unit: "days" }],
  ["0.5 weeks", { interval: 0.5, unit: "weeks" }],
])("%j is an interval", (text, interval) => {
  expect(parseInterval(text)).toEqual(interval);
});

test.each(["", "30", "0s", "-1s", "500ms", "1h30m", "often"])("%j is no interval", (text) => {
  expect(parseInterval(text)).toBeUndefined();
});

test("ahead and back by the same length lie as far from now", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000 }),
      fc.constantFrom("ms", "s", "m", "h", "d"),
      (count, unit) => {
        const ahead = parseTime(`+${count}${unit}`, NOW) ?? Number.NaN;
        expect(parseTime(`in ${count} ${unit}`, NOW)).toBe(ahead);
        expect(parseTime(`-${count}${unit}`, NOW)).toBe(NOW - (ahead - NOW));
        expect(parseTime(`${count}${unit} ago`, NOW)).toBe(NOW - (ahead - NOW));
      },
    ),
  );
});
