import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import type { Repeat } from "../task/row.ts";
import { explainNext } from "./explain.ts";

const cron = (expression: string, timeZone: string): Repeat => ({
  interval: 1,
  unit: "minutes",
  max: 0,
  cron: expression,
  timeZone,
});
const told = (repeat: Repeat, from: string, n: number) =>
  explainNext({ repeat }, Date.parse(from), n).map(({ local, note }) => (note ? `${local} ${note}` : local));

test("a time that is jumped over is told to be moved", () => {
  expect(told(cron("30 2 * * *", "America/New_York"), "2027-03-13T12:00Z", 2)).toEqual([
    "2027-03-14T03:00:00-04:00 moved-out-of-gap",
    "2027-03-15T02:30:00-04:00",
  ]);
});

test("times that come twice are told apart, also on Lord Howe Island's half hour", () => {
  expect(told(cron("0 * * * *", "America/New_York"), "2027-11-07T04:30Z", 3)).toEqual([
    "2027-11-07T01:00:00-04:00 first-of-two",
    "2027-11-07T01:00:00-05:00 second-of-two",
    "2027-11-07T02:00:00-05:00",
  ]);
  expect(told(cron("45 1 * * *", "Australia/Lord_Howe"), "2027-04-03T14:00Z", 1)).toEqual([
    "2027-04-04T01:45:00+11:00 first-of-two",
  ]);
});

test("offsets of all kinds are written out", () => {
  expect(told(cron("0 9 * * *", "UTC"), "2027-01-01T00:00Z", 1)).toEqual(["2027-01-01T09:00:00Z"]);
  expect(told(cron("0 9 * * *", "Asia/Kathmandu"), "2027-01-01T00:00Z", 1)).toEqual([
    "2027-01-01T09:00:00+05:45",
  ]);
  expect(told(cron("0 9 * * *", "America/St_Johns"), "2027-01-01T00:00Z", 1)).toEqual([
    "2027-01-01T09:00:00-03:30",
  ]);
});

test("an interval goes on from the slot it is given, in UTC", () => {
  expect(told({ interval: 1.5, unit: "hours", max: 0 }, "2027-01-01T00:00:00.250Z", 2)).toEqual([
    "2027-01-01T01:30:00Z",
    "2027-01-01T03:00:00Z",
  ]);
});

test("a schedule that ends has fewer slots, and none asked for is none", () => {
  const hourly: Repeat = { interval: 1, unit: "hours", max: 0 };
  expect(explainNext({ repeat: hourly }, LIMITS.latestMs - 2.5 * 3_600_000, 10).length).toBe(2);
  expect(explainNext({ repeat: hourly }, 0, 0)).toEqual([]);
});
