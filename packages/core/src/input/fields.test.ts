import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { isoOf, parseInstant } from "./fields.ts";

test("every instant from 1970 to 9999 comes back from its ISO form, in every offset", () => {
  const instant = fc.integer({ min: 0, max: LIMITS.latestMs - 24 * 3_600_000 });
  const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });
  fc.assert(
    fc.property(instant, offset, (ms, minutes) => {
      expect(parseInstant(isoOf(ms))).toBe(ms);
      expect(parseInstant(new Date(ms))).toBe(ms);
      if (ms < 24 * 3_600_000) return;
      const local = isoOf(ms + minutes * 60_000).slice(0, -1);
      const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
      const two = (value: number) => String(value).padStart(2, "0");
      expect(parseInstant(`${local}${minutes < 0 ? "-" : "+"}${two(hours)}:${two(rest)}`)).toBe(ms);
    }),
  );
});

test.each(["UTC", "America/New_York", "Pacific/Chatham"])(
  "a text without an offset is UTC, even where the machine is in %s",
  (zone) => {
    const before = process.env["TZ"];
    process.env["TZ"] = zone;
    try {
      expect(parseInstant("2030-03-10T02:30:00")).toBe(Date.UTC(2030, 2, 10, 2, 30));
      expect(parseInstant("2030-03-10")).toBe(Date.UTC(2030, 2, 10));
    } finally {
      if (before === undefined) delete process.env["TZ"];
      else process.env["TZ"] = before;
    }
  },
);

test("any text is either an instant in range or none", () => {
  const pieces = fc.constantFrom(
    "2",
    "0",
    "3",
    "-",
    ":",
    "T",
    "Z",
    "+",
    ".",
    " ",
    "W",
    "24",
    "60",
    "e",
    "\n",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
      ),
      (text) => {
        const ms = parseInstant(text);
        if (ms === undefined) return;
        expect(Number.isInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(LIMITS.latestMs);
      },
    ),
    { numRuns: 2_000 },
  );
});
