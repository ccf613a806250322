import { expect, test } from "vitest";
import { startAfter } from "./document-list.ts";

const plain = { pk: "p", limit: 10 };

test("without a place to go on from a list starts at its beginning", () => {
  expect(startAfter({ ...plain, prefix: "b" })).toStrictEqual({ isOver: false });
});

test.each([
  // After, range, ascending, descending: "start" (leave the place out), "over" or "go on".
  ["a", { prefix: "b" }, "start", "over"],
  ["b", { prefix: "b" }, "go on", "go on"],
  ["bz", { prefix: "b" }, "go on", "go on"],
  ["c", { prefix: "b" }, "over", "start"],
  ["a", { from: "b", to: "d" }, "start", "over"],
  ["b", { from: "b", to: "d" }, "go on", "over"],
  ["c", { from: "b", to: "d" }, "go on", "go on"],
  ["d", { from: "b", to: "d" }, "over", "go on"],
  ["e", { from: "b", to: "d" }, "over", "start"],
  ["a", { from: "b" }, "start", "over"],
  ["z", { from: "b" }, "go on", "go on"],
  ["z", { to: "d" }, "over", "start"],
  ["z", {}, "go on", "go on"],
  // By bytes of UTF-8, where U+FF5E stands before U+1F525.
  ["\uff5e", { prefix: "🔥" }, "start", "over"],
] as const)("after %j in %j: %s, and backwards %s", (after, range, ascending, descending) => {
  const meaning = { start: { isOver: false }, over: { isOver: true }, "go on": { isOver: false, after } };
  expect(startAfter({ ...plain, ...range, after })).toStrictEqual(meaning[ascending]);
  expect(startAfter({ ...plain, ...range, after, descending: true })).toStrictEqual(meaning[descending]);
});
