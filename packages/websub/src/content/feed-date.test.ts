import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFeedDate } from "./feed-date.ts";

test.each([
  ["2026-11-06T08:49:37Z", "2026-11-06T08:49:37.000Z"],
  ["2026-11-06T08:49:37.123456z", "2026-11-06T08:49:37.123Z"],
  ["2026-11-06t08:49:37+01:30", "2026-11-06T07:19:37.000Z"],
  ["2026-11-06 08:49:37 -0500", "2026-11-06T13:49:37.000Z"],
  ["2026-11-06T08:49Z", "2026-11-06T08:49:00.000Z"],
  ["2026-11-06T08:49:37", "2026-11-06T08:49:37.000Z"],
  ["2026-11-06", "2026-11-06T00:00:00.000Z"],
  ["2026-11", "2026-11-01T00:00:00.000Z"],
  ["2026", "2026-01-01T00:00:00.000Z"],
  ["2026-12-31T23:59:60Z", "2027-01-01T00:00:00.000Z"],
  ["2024-02-29T24:00:00Z", "2024-03-01T00:00:00.000Z"],
  ["Fri, 06 Nov 2026 08:49:37 GMT", "2026-11-06T08:49:37.000Z"],
  ["  Fri,  6 Nov 2026 08:49:37 +0200 ", "2026-11-06T06:49:37.000Z"],
  ["06 November 2026 08:49 EST", "2026-11-06T13:49:00.000Z"],
  ["Friday, 06-Nov-26 08:49:37 PDT", "2026-11-06T15:49:37.000Z"],
  ["Fri, 06 Nov 94 08:49:37 Z", "1994-11-06T08:49:37.000Z"],
  ["Fri, 06 Nov 2026 08:49:37 GMT (a comment)", "2026-11-06T08:49:37.000Z"],
  ["Fri, 06 Nov 2026 08:49:37 XYZ", "2026-11-06T08:49:37.000Z"],
  ["6 Nov 2026", "2026-11-06T00:00:00.000Z"],
])("%s is an instant", (text, expected) => {
  expect(new Date(parseFeedDate(text) ?? Number.NaN).toISOString()).toBe(expected);
});

test.each([
  undefined,
  "",
  "yesterday",
  "2026-13-01",
  "2026-02-30T00:00:00Z",
  "2026-11-06T25:00:00Z",
  "2026-11-06T08:61:00Z",
  "0000-00-00T00:00:00Z",
  "31 Jun 2026 08:00:00 GMT",
  "06 Foo 2026 08:00:00 GMT",
  "1699260577",
  "2026-11-06T08:49:37Z and more",
  `Fri, 06 Nov 2026 08:49:37 (${"(".repeat(70)}`,
])("%j is none", (text) => {
  expect(parseFeedDate(text)).toBeUndefined();
});

test("spaces around a date do not count, and a long text is none", () => {
  const spaces = " ".repeat(100_000);
  expect(parseFeedDate(`${spaces}2026-11-06${spaces}`)).toBe(Date.UTC(2026, 10, 6));
  expect(parseFeedDate(`06 Nov 2026${spaces}08:49:37 GMT`)).toBeUndefined();
});

test("every instant is read back from both ways of writing", () => {
  const seconds = fc.integer({ min: Date.UTC(1971) / 1_000, max: Date.UTC(2200) / 1_000 });
  fc.assert(
    fc.property(seconds, (second) => {
      const date = new Date(second * 1_000);
      expect(parseFeedDate(date.toISOString())).toBe(date.getTime());
      expect(parseFeedDate(date.toUTCString())).toBe(date.getTime());
    }),
  );
});
