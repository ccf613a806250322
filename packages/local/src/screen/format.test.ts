import { expect, test } from "vitest";
import {
  counted,
  durationText,
  padTo,
  printable,
  stopwatch,
  timeOfDay,
  truncate,
  widthOf,
} from "./format.ts";

test("durations use the two units that matter", () => {
  const said = [0, 12, 999, 1_000, 1_449, 59_940, 59_951, 60_000, 200_000, 3_600_000, 7_500_000, 273_600_000];
  expect(said.map(durationText)).toEqual([
    ...["0 ms", "12 ms", "999 ms", "1.0 s", "1.4 s", "59.9 s", "1 min", "1 min", "3 min 20 s", "1 h"],
    ...["2 h 5 min", "3 d 4 h"],
  ]);
});

test("a text is cut to columns, not to characters", () => {
  expect(truncate("hookclock", 9)).toBe("hookclock");
  expect(truncate("hookclock", 5)).toBe("hook…");
  expect(truncate("時計時計", 5)).toBe("時計…");
  expect(truncate("anything", 0)).toBe("");
  expect(widthOf("é時🕐")).toBe(5);
  expect(widthOf("e\u0301")).toBe(1);
  expect(padTo("時", 4)).toBe("時  ");
  expect(padTo("too long", 4)).toBe("too…");
});

test("what would move the cursor or turn the text round does not reach the terminal", () => {
  expect(printable("a\u001b[2Jb\nc\u202ed")).toBe("a\ufffd[2Jb\ufffdc\ufffdd");
});

test("clocks", () => {
  expect(timeOfDay(Date.UTC(2030, 0, 31, 9, 5, 7, 45), "UTC")).toBe("09:05:07.045");
  expect(timeOfDay(Date.UTC(2030, 0, 31, 23, 30, 0, 0), "Asia/Kolkata")).toBe("05:00:00.000");
  expect([0, 7_999, 750_000, 3_723_000].map(stopwatch)).toEqual(["0:00", "0:07", "12:30", "1:02:03"]);
});

test("one is not many", () => {
  expect([counted(0, "attempt"), counted(1, "attempt"), counted(2, "attempt")]).toEqual([
    "0 attempts",
    "1 attempt",
    "2 attempts",
  ]);
});
