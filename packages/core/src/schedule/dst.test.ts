import fc from "fast-check";
import { expect, test } from "vitest";
import { cronLookup } from "./cron.ts";

// What the day of a clock change does to a schedule, said twice: as a table for people, and as a property against a
// slow reading of the rule that walks through real time minute by minute.

const MINUTE = 60_000;

function slotsBetween(expression: string, timeZone: string, fromMs: number, toMs: number): number[] {
  const lookup = cronLookup(expression, timeZone);
  const slots: number[] = [];
  for (let at = lookup.next(fromMs); at !== null && at < toMs; at = lookup.next(at)) slots.push(at);
  return slots;
}

const hoursOf = (instants: number[]) => instants.map((at) => new Date(at).toISOString().slice(11, 16));

type Case = [zone: string, expression: string, from: string, to: string, slots: string[]];

// from and to are local midnights around the day of the change; slots are UTC.
test.each<Case>([
  // New York, 14 March 2027: 02:00 becomes 03:00 at 07:00 UTC.
  ["America/New_York", "30 2 * * *", "2027-03-14T05:00Z", "2027-03-15T04:00Z", ["07:00"]],
  ["America/New_York", "0 2 * * *", "2027-03-14T05:00Z", "2027-03-15T04:00Z", ["07:00"]],
  ["America/New_York", "15,45 2 * * *", "2027-03-14T05:00Z", "2027-03-15T04:00Z", ["07:00"]],
  ["America/New_York", "0 1-3 * * *", "2027-03-14T05:00Z", "2027-03-15T04:00Z", ["06:00", "07:00"]],
  ["America/New_York", "59 1 * * *", "2027-03-14T05:00Z", "2027-03-15T04:00Z", ["06:59"]],
  ["America/New_York", "0 * * * *", "2027-03-14T05:30Z", "2027-03-14T09:00Z", ["06:00", "07:00", "08:00"]],
  ["America/New_York", "*/30 2 * * *", "2027-03-14T05:00Z", "2027-03-15T04:00Z", ["07:00"]],
  ["America/New_York", "* 2 * * *", "2027-03-14T05:00Z", "2027-03-15T04:00Z", ["07:00"]],
  ["America/New_York", "0 */2 * * *", "2027-03-14T05:30Z", "2027-03-14T11:00Z", ["08:00", "10:00"]],
  ["America/New_York", "0 0-23 * * *", "2027-03-14T05:30Z", "2027-03-14T09:00Z", ["06:00", "07:00", "08:00"]],
  // New York, 7 November 2027: 02:00 becomes 01:00 at 06:00 UTC.
  ["America/New_York", "30 1 * * *", "2027-11-07T04:00Z", "2027-11-08T05:00Z", ["05:30"]],
  ["America/New_York", "0 1,2 * * *", "2027-11-07T04:00Z", "2027-11-08T05:00Z", ["05:00", "07:00"]],
  ["America/New_York", "0 * * * *", "2027-11-07T04:30Z", "2027-11-07T08:00Z", ["05:00", "06:00", "07:00"]],
  ["America/New_York", "*/30 1 * * *", "2027-11-07T04:30Z", "2027-11-07T08:00Z", ["05:00", "05:30"]],
  ["America/New_York", "5-59/30 1 * * *", "2027-11-07T04:30Z", "2027-11-07T08:00Z", ["05:05", "05:35"]],
  [
    "America/New_York",
    "*/30 */1 * * *",
    "2027-11-07T04:31Z",
    "2027-11-07T07:00Z",
    ["05:00", "05:30", "06:00", "06:30"],
  ],
  ["America/New_York", "0 0-23 * * *", "2027-11-07T04:30Z", "2027-11-07T08:00Z", ["05:00", "06:00", "07:00"]],
  ["America/New_York", "@hourly", "2027-11-07T04:30Z", "2027-11-07T08:00Z", ["05:00", "06:00", "07:00"]],
  // Sydney, 3 October and 4 April 2027.
  ["Australia/Sydney", "30 2 * * *", "2027-10-02T14:00Z", "2027-10-03T13:00Z", ["16:00"]],
  ["Australia/Sydney", "30 2 * * *", "2027-04-03T13:00Z", "2027-04-04T14:00Z", ["15:30"]],
  ["Australia/Sydney", "0 * * * *", "2027-04-03T14:30Z", "2027-04-03T18:00Z", ["15:00", "16:00", "17:00"]],
  // Lord Howe Island moves by half an hour: 02:00 to 02:30 at 15:30 UTC, 02:00 to 01:30 at 15:00 UTC.
  ["Australia/Lord_Howe", "15 2 * * *", "2027-10-02T13:30Z", "2027-10-03T13:00Z", ["15:30"]],
  ["Australia/Lord_Howe", "15,30 2 * * *", "2027-10-02T13:30Z", "2027-10-03T13:00Z", ["15:30"]],
  ["Australia/Lord_Howe", "45 1 * * *", "2027-04-03T13:00Z", "2027-04-04T13:30Z", ["14:45"]],
  [
    "Australia/Lord_Howe",
    "*/15 * * * *",
    "2027-10-02T15:01Z",
    "2027-10-02T16:00Z",
    ["15:15", "15:30", "15:45"],
  ],
  [
    "Australia/Lord_Howe",
    "*/15 * * * *",
    "2027-04-03T14:31Z",
    "2027-04-03T15:30Z",
    ["14:45", "15:00", "15:15"],
  ],
  // Cairo changes at midnight: 30 April 2027 has no 00:30, 28 October has two 23:30.
  ["Africa/Cairo", "0 0 * * *", "2027-04-29T21:00Z", "2027-04-30T20:00Z", ["22:00"]],
  ["Africa/Cairo", "30 0 30 4 *", "2027-04-29T00:00Z", "2027-05-01T00:00Z", ["22:00"]],
  ["Africa/Cairo", "30 23 28 10 *", "2027-10-28T00:00Z", "2027-10-29T20:00Z", ["20:30"]],
  // Casablanca goes back for Ramadan: 23 February 2025 at 02:00 UTC, and forth on 6 April.
  ["Africa/Casablanca", "30 2 * * *", "2025-02-22T23:00Z", "2025-02-24T00:00Z", ["01:30"]],
  ["Africa/Casablanca", "30 2 * * *", "2025-04-06T00:00Z", "2025-04-06T23:00Z", ["02:00"]],
  ["Europe/London", "30 1 * * *", "2027-03-28T00:00Z", "2027-03-28T23:00Z", ["01:00"]],
  ["Europe/London", "30 1 * * *", "2027-10-30T23:00Z", "2027-11-01T00:00Z", ["00:30"]],
  // Sao Paulo had its last change to summer time in 2018, at midnight; since 2019 nothing moves.
  ["America/Sao_Paulo", "0 0 * * *", "2018-11-04T02:30Z", "2018-11-05T01:00Z", ["03:00"]],
  ["America/Sao_Paulo", "0 0 * * *", "2027-11-07T02:30Z", "2027-11-08T02:30Z", ["03:00"]],
  // Troll in Antarctica moves by two hours.
  ["Antarctica/Troll", "30 2 * * *", "2025-03-30T00:00Z", "2025-03-30T21:00Z", ["01:00"]],
  ["Antarctica/Troll", "30 1 * * *", "2025-10-25T23:00Z", "2025-10-27T00:00Z", ["23:30"]],
  // Samoa left out 30 December 2011 altogether: a day that never was runs nothing.
  ["Pacific/Apia", "0 9 * * *", "2011-12-29T10:00Z", "2011-12-31T09:00Z", ["19:00", "19:00"]],
  // UTC never moves.
  ["UTC", "30 2 * * *", "2027-03-14T00:00Z", "2027-03-15T00:00Z", ["02:30"]],
])("%s: %s from %s to %s", (timeZone, expression, from, to, slots) => {
  expect(hoursOf(slotsBetween(expression, timeZone, Date.parse(from) - 1, Date.parse(to)))).toEqual(slots);
});

// A day and a half around a change, or around none.
const WINDOWS: [zone: string, from: string][] = [
  ["America/New_York", "2027-03-13T06:00Z"],
  ["America/New_York", "2027-11-06T06:00Z"],
  ["Australia/Sydney", "2027-10-01T15:00Z"],
  ["Australia/Sydney", "2027-04-02T15:00Z"],
  ["Australia/Lord_Howe", "2027-10-01T15:00Z"],
  ["Australia/Lord_Howe", "2027-04-02T15:00Z"],
  ["Africa/Cairo", "2027-04-28T15:00Z"],
  ["Africa/Cairo", "2027-10-27T15:00Z"],
  ["Africa/Casablanca", "2025-02-22T12:00Z"],
  ["Africa/Casablanca", "2025-04-05T12:00Z"],
  ["Europe/London", "2027-03-27T12:00Z"],
  ["Europe/London", "2027-10-30T12:00Z"],
  ["America/Sao_Paulo", "2018-11-03T03:00Z"],
  ["America/Sao_Paulo", "2019-02-16T03:00Z"],
  ["America/Sao_Paulo", "2027-11-06T03:00Z"],
  ["Antarctica/Troll", "2025-03-29T12:00Z"],
  ["Antarctica/Troll", "2025-10-25T12:00Z"],
  ["Etc/UTC", "2027-03-13T12:00Z"],
];
const WINDOW_MINUTES = 38 * 60;

/** The clock on the wall at every minute from `fromMs` on, written as if it were UTC. */
function wallMinutes(timeZone: string, fromMs: number): number[] {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  const minutes: number[] = [];
  for (let minute = 0; minute < WINDOW_MINUTES; minute++) {
    minutes.push(Date.parse(`${format.format(fromMs + minute * MINUTE).replace(" ", "T")}Z`));
  }
  return minutes;
}

/** `plain`: the field names its values, with no wildcard and no step. */
type Field = { text: string; plain: boolean; values: Set<number> };
type Daily = { minute: Field; hour: Field };

const matches = (wallMs: number, { minute, hour }: Daily) =>
  minute.values.has(new Date(wallMs).getUTCMinutes()) && hour.values.has(new Date(wallMs).getUTCHours());

/** The rule as docs say it, with no cleverness: real minutes 1.. of the window at which the expression runs. */
function slotsByTheRule(walls: number[], daily: Daily): number[] {
  if (!daily.hour.plain) {
    return walls.flatMap((wall, minute) => (minute > 0 && matches(wall, daily) ? [minute] : []));
  }
  const slots = new Set<number>();
  for (let wall = walls[0]! + MINUTE; wall <= walls.at(-1)!; wall += MINUTE) {
    if (!matches(wall, daily)) continue;
    const first = walls.indexOf(wall);
    slots.add(first >= 0 ? first : walls.findIndex((other) => other > wall));
  }
  return [...slots].sort((a, b) => a - b);
}

function field(length: number): fc.Arbitrary<Field> {
  const upTo = [...Array(length).keys()];
  const every = fc.integer({ min: 1, max: length }).map((step) => ({
    text: step === 1 ? "*" : `*/${step}`,
    plain: false,
    values: new Set(upTo.filter((value) => value % step === 0)),
  }));
  const list = fc.uniqueArray(fc.nat(length - 1), { minLength: 1, maxLength: 4 }).map((values) => ({
    text: values.join(","),
    plain: true,
    values: new Set(values),
  }));
  const range = fc.tuple(fc.nat(length - 1), fc.nat(5)).map(([from, size]) => ({
    text: `${from}-${Math.min(from + size, length - 1)}`,
    plain: true,
    values: new Set(upTo.filter((value) => value >= from && value <= from + size)),
  }));
  const steps = fc
    .tuple(fc.nat(length - 1), fc.nat(length - 1), fc.integer({ min: 1, max: 9 }))
    .map(([a, b, step]) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const values = upTo.filter((value) => value >= from && value <= to && (value - from) % step === 0);
      return { text: `${from}-${to}/${step}`, plain: false, values: new Set(values) };
    });
  return fc.oneof(every, list, range, steps);
}
// Hours at which clocks change come up often enough only when they are picked.
const smallHours = fc.uniqueArray(fc.constantFrom(0, 1, 2, 3, 23), { minLength: 1 }).map((values) => ({
  text: values.join(","),
  plain: true,
  values: new Set(values),
}));
const dailies = fc.record({ minute: field(60), hour: fc.oneof(field(24), smallHours) });

test.each(WINDOWS)("%s around %s runs by the rule, forwards and backwards", (timeZone, from) => {
  const fromMs = Date.parse(from);
  const toMs = fromMs + WINDOW_MINUTES * MINUTE;
  const walls = wallMinutes(timeZone, fromMs);
  fc.assert(
    fc.property(dailies, (daily) => {
      const expression = `${daily.minute.text} ${daily.hour.text} * * *`;
      const expected = slotsByTheRule(walls, daily).map((minute) => fromMs + minute * MINUTE);
      fc.pre(expected.length <= 120);
      expect(slotsBetween(expression, timeZone, fromMs, toMs)).toEqual(expected);
      const lookup = cronLookup(expression, timeZone);
      const backwards: number[] = [];
      for (let at = lookup.previous(toMs); at !== null && at > fromMs; at = lookup.previous(at))
        backwards.push(at);
      expect(backwards.reverse()).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});
