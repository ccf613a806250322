import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const NOW = Date.UTC(2026, 10, 6, 8, 49, 37);
const MINUTE = 60_000;

test.each<[string, number]>([
  ["0", 0],
  ["10", 10_000],
  [" 10 ", 10_000],
  ["007", 7_000],
  ["1.5", 1_500],
  ["0.0001", 1],
  ["1000000000", 1e12],
  ["9".repeat(200), Number.MAX_SAFE_INTEGER],
])("%j seconds", (value, waitMs) => {
  expect(parseRetryAfter(value, NOW)).toBe(waitMs);
});

test.each<[string, number]>([
  ["Fri, 06 Nov 2026 08:50:37 GMT", MINUTE],
  ["Friday, 06-Nov-26 08:50:37 GMT", MINUTE],
  ["Fri Nov  6 08:50:37 2026", MINUTE],
  ["Fri Nov 06 08:50:37 2026", MINUTE],
  ["fri, 6 nov 2026 08:50:37 gmt", MINUTE],
  ["Fri, 06 Nov 2026 08:50:37 UTC", MINUTE],
  ["Mon, 06 Nov 2026 08:50:37 GMT", MINUTE], // a wrong day of the week says nothing about the instant
  ["Fri, 06 Nov 2026 08:49:60 GMT", 23_000], // leap second
  ["Fri, 06 Nov 2026 08:49:37 GMT", 0],
  ["Fri, 06 Nov 2026 08:49:36 GMT", 0],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
  ["Sunday, 06-Nov-94 08:49:37 GMT", 0], // 2094 would be more than 50 years ahead
  ["Tuesday, 06-Nov-76 08:49:37 GMT", Date.UTC(2076, 10, 6, 8, 49, 37) - NOW],
  ["Thu, 29 Feb 2028 00:00:00 GMT", Date.UTC(2028, 1, 29) - NOW],
])("date %j", (value, waitMs) => {
  expect(parseRetryAfter(value, NOW)).toBe(waitMs);
});

test("two digits of a year roll over at the end of a century", () => {
  const eve = Date.UTC(2099, 11, 31, 23, 59, 0);
  expect(parseRetryAfter("Friday, 01-Jan-00 00:00:00 GMT", eve)).toBe(MINUTE);
});

test.each<[string, string]>([
  ["empty", ""],
  ["blank", "   "],
  ["negative", "-1"],
  ["signed", "+10"],
  ["a Go duration", "6m5s"],
  ["with a unit", "10s"],
  ["NaN", "NaN"],
  ["Infinity", "Infinity"],
  ["scientific", "1e9"],
  ["hexadecimal", "0x10"],
  ["no digits behind the point", "1."],
  ["no digits before the point", ".5"],
  ["garbage", "soon"],
  ["an ISO date", "2026-11-06T08:50:37Z"],
  ["another zone", "Fri, 06 Nov 2026 08:50:37 PST"],
  ["an offset", "Fri, 06 Nov 2026 08:50:37 +0200"],
  ["no zone", "Fri, 06 Nov 2026 08:50:37"],
  ["no such day", "Mon, 30 Feb 2026 08:50:37 GMT"],
  ["day 0", "Mon, 00 Feb 2026 08:50:37 GMT"],
  ["no such month", "Fri, 06 Nox 2026 08:50:37 GMT"],
  ["no such hour", "Fri, 06 Nov 2026 24:00:00 GMT"],
  ["no such minute", "Fri, 06 Nov 2026 08:60:00 GMT"],
  ["no such second", "Fri, 06 Nov 2026 08:49:61 GMT"],
  ["a date and more", "Fri, 06 Nov 2026 08:50:37 GMT or later"],
  ["digits of another script", "١٠"],
  ["too long", "1".repeat(201)],
  ["very long", `Fri, ${" ".repeat(1_000_000)}06 Nov 2026 08:50:37 GMT`],
])("%s is no wish", (_what, value) => {
  expect(parseRetryAfter(value, NOW)).toBeUndefined();
});

test.each<[string | string[] | null | undefined, number | undefined]>([
  [undefined, undefined],
  [null, undefined],
  [[], undefined],
  [["10", "20"], 10_000],
  [["soon", "20"], 20_000],
  [["-1", ""], undefined],
  ["10, 20", 10_000],
  ["soon, 20", 20_000],
  ["-1,5", 5_000],
  ["Fri, 06 Nov 2026 08:50:37 GMT, 10", MINUTE],
  ["10, Fri, 06 Nov 2026 08:50:37 GMT", 10_000],
  ["soon, Fri, 06 Nov 2026 08:50:37 GMT", MINUTE],
])("several values: %j", (value, waitMs) => {
  expect(parseRetryAfter(value, NOW)).toBe(waitMs);
});

test("anything at all gives undefined or a wait that can be counted", () => {
  const anything = fc.oneof(
    fc.string(),

    fc.double().map(String),
    fc.date().map(String),
  );
  fc.assert(
    fc.property(anything, (value) => {
      const waitMs = parseRetryAfter(value, NOW);
      expect(waitMs === undefined || (Number.isSafeInteger(waitMs) && waitMs >= 0)).toBe(true);
    }),
  );
});

test("every date that JavaScript writes for HTTP is read back", () => {
  const seconds = fc.integer({ min: 0, max: 250_000_000_000 });
  fc.assert(
    fc.property(seconds, (epochSeconds) => {
      const value = new Date(epochSeconds * 1_000).toUTCString();
      expect(parseRetryAfter(value, NOW)).toBe(Math.max(0, epochSeconds * 1_000 - NOW));
    }),
  );
});
