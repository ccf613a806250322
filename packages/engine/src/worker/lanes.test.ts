import { expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

const reserve = (lanes: Lanes, rows: number): void => {
  for (let row = 0; row < rows; row += 1) lanes.reserve("a");
};

test("a lane has room for its limit in flight and is read one round ahead, half a round at a time", () => {
  const lanes = new Lanes(4);
  expect(lanes.roomToRead("a")).toBe(8);
  reserve(lanes, 8);
  expect(lanes.roomToRead("a")).toBe(0);
  for (let slot = 4; slot > 0; slot -= 1) {
    expect(lanes.room("a")).toBe(slot);
    lanes.enter("a");
  }
  expect(lanes.room("a")).toBe(0);
  lanes.leave("a", true);
  lanes.enter("a");
  expect(lanes.roomToRead("a")).toBe(0);
  lanes.leave("a", true);
  lanes.enter("a");
  expect(lanes.roomToRead("a")).toBe(2);
  lanes.cancel("a");
  expect(lanes.roomToRead("a")).toBe(3);
  expect(lanes.room("b")).toBe(4);
});

test("rows that wait for their time hold no other row of their lane back while slots are free", () => {
  const lanes = new Lanes(4);
  reserve(lanes, 3);
  expect(lanes.roomToRead("a")).toBe(5);
});

test("a lane that does not answer is cut to one slot, and what was read for it is too much, until it answers", () => {
  const lanes = new Lanes(3);
  for (let rows = 0; rows < 4; rows += 1) lanes.reserve("dead");
  lanes.enter("dead");
  lanes.enter("dead");
  expect(lanes.isOverfull("dead")).toBe(false);
  lanes.leave("dead", false);
  expect(lanes.isOverfull("dead")).toBe(true);
  expect(lanes.room("dead")).toBe(0);
  lanes.cancel("dead");
  expect(lanes.isOverfull("dead")).toBe(false);
  lanes.leave("dead", false);
  expect(lanes.room("dead")).toBe(1);
  expect(lanes.roomToRead("dead")).toBe(0);
  lanes.enter("dead");
  lanes.leave("dead", true);
  expect(lanes.room("dead")).toBe(3);
});

test("without a lane there is no limit and nothing to count", () => {
  const lanes = new Lanes(1);
  lanes.reserve("");
  lanes.enter("");
  lanes.leave("", false);
  expect(lanes.room("")).toBe(Number.POSITIVE_INFINITY);
  expect(lanes.roomToRead("")).toBe(Number.POSITIVE_INFINITY);
  expect(lanes.isOverfull("")).toBe(false);
});
