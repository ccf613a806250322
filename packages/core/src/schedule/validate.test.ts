import fc from "fast-check";
import { expect, test } from "vitest";
import { HookclockError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { type Repeat, UNITS } from "../task/row.ts";
import { validateRepeat } from "./validate.ts";

const cron = (expression: string, timeZone?: string): Repeat => ({
  interval: 1,
  unit: "minutes",
  max: 0,
  cron: expression,
  ...(timeZone === undefined ? {} : { timeZone }),
});
const interval = (length: number, unit: Repeat["unit"]): Repeat => ({ interval: length, unit, max: 0 });

function refusal(repeat: Repeat): HookclockError {
  try {
    validateRepeat(repeat);
  } catch (error) {
    if (error instanceof HookclockError) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(repeat)}`);
}

test.each<Repeat>([
  interval(1, "seconds"),
  interval(1.5, "hours"),
  interval(1 / 60, "minutes"),
  interval(520, "weeks"),
  ...["* * * * *", "*/5 * * * * *", "@daily", " 0 9 * * 1-5 ", "0\t9 * * *", "0 0 L * *", "0 0 29 2 *"].map(
    (it) => cron(it),
  ),
  cron("0 0 29 2 +1"), // rarest of all: up to 40 years apart
  cron("0 0 30 2 1"), // day or weekday: every Monday of February
  ...[
    "UTC",
    "Europe/Lisbon",
    "america/new_york",
    "Etc/GMT+5",
    "America/Argentina/Buenos_Aires",
    "EST5EDT",
  ].map((zone) => cron("0 9 * * *", zone)),
])("%j is a rule", (repeat) => {
  expect(() => validateRepeat(repeat)).not.toThrow();
});

test.each([
  interval(0.5, "seconds"),
  interval(0.9994, "seconds"),
  interval(0, "days"),
  interval(-1, "hours"),
  interval(Number.NaN, "hours"),
  interval(Number.POSITIVE_INFINITY, "hours"),
  interval(1e300, "weeks"),
  interval(LIMITS.latestMs, "seconds"),
])("%j is too short, too long or no length", (repeat) => {
  const error = refusal(repeat);
  expect([error.code, error.field]).toEqual(["invalid-input", "repeat.interval"]);
  expect(error.message).toContain(`"${repeat.interval} ${repeat.unit}"`);
});

test.each([
  "",
  "   ",
  "soon",
  "* * * *",
  "* * * * * * *",
  "60 * * * *",
  "* 24 * * *",
  "* * 0 * *",
  "* * 32 * *",
  "* * * 13 *",
  "* * * * 8",
  "*/0 * * * *",
  "0 22-2 * * *",
  "5/5 * * * *",
  "-1 * * * *",
  "1.5 * * * *",
  "0 0 * * MONDAY",
  "@reboot",
  "@fortnightly",
  "2027-01-01T00:00:00Z",
  "0 9 * * *\n0 10 * * *",
  "0 9 * * *; rm",
  "٠ * * * *",
  `${"0,".repeat(200)}0 * * * *`,
  "*".repeat(1_000_000),
])("%.40s is no cron expression", (expression) => {
  const error = refusal(cron(expression));
  expect([error.code, error.field]).toEqual(["invalid-input", "repeat.cron"]);
  expect(error.message).toContain("is not a cron expression");
  expect(error.message).toContain(JSON.stringify(expression.slice(0, 20)).slice(1, -1));
  expect(error.message.length).toBeLessThan(600);
  expect(String(error.allowed)).toContain("@hourly");
});

test.each(["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31W 2 *", "0 0 1 1 +1#5", "0 0 31 4 +1#5"])(
  "%s never fires",
  (expression) => {
    for (const timeZone of ["UTC", "America/New_York"]) {
      const error = refusal(cron(expression, timeZone));
      expect([error.code, error.field]).toEqual(["invalid-input", "repeat.cron"]);
      expect(error.message).toContain("never fires");
    }
  },
);

test.each([
  "",
  " ",
  "Mars/Olympus",
  "+02:00",
  "UTC+2",
  "GMT+25",
  "__proto__",
  "Europe/Lisbon ",
  "x".repeat(100_000),
])("%.20s is no time zone", (timeZone) => {
  const error = refusal(cron("0 9 * * *", timeZone));
  expect([error.code, error.field]).toEqual(["invalid-input", "repeat.timeZone"]);
  expect(error.message).toContain(JSON.stringify(timeZone.slice(0, 20)).slice(1, -1));
  expect(error.message.length).toBeLessThan(300);
});

test("a zone beside an interval would do nothing, so it is refused", () => {
  expect(refusal({ ...interval(1, "days"), timeZone: "Europe/Lisbon" }).field).toBe("repeat.timeZone");
});

test("the cause is kept", () => {
  expect(refusal(cron("60 * * * *")).cause).toBeInstanceOf(Error);
});

test("anything at all is accepted or refused as invalid input", () => {
  const pieces = fc.constantFrom(
    "*",
    "/",
    "-",
    ",",
    " ",
    "0",
    "5",
    "59",
    "L",
    "W",
    "#",
    "?",
    "+",
    "@",
    "JAN",
    "mon",
    ":",
    "T",
  );
  const repeats = fc.record({
    interval: fc.double(),
    unit: fc.constantFrom(...UNITS),
    max: fc.constant(0),
    cron: fc.option(fc.string({ unit: pieces, maxLength: 20 }), { nil: undefined }),
    timeZone: fc.option(fc.constantFrom("UTC", "Asia/Tokyo", "Nowhere"), { nil: undefined }),
  });
  fc.assert(
    fc.property(repeats, ({ cron: expression, timeZone, ...rest }) => {
      const repeat: Repeat = { ...rest };
      if (expression !== undefined) repeat.cron = expression;
      if (timeZone !== undefined) repeat.timeZone = timeZone;
      try {
        validateRepeat(repeat);
      } catch (error) {
        expect(error).toBeInstanceOf(HookclockError);
      }
    }),
    { numRuns: 300 },
  );
});
