import { expect, test } from "vitest";
import { roundsByKey } from "./task-batches.ts";

test("positions of a key that is named more than once are in rounds, in order", () => {
  expect(roundsByKey(["a", "b", "a", "c", "a", "b"])).toStrictEqual([[0, 1, 3], [2, 5], [4]]);
  expect(roundsByKey(["a", "b", "c"])).toStrictEqual([[0, 1, 2]]);
  expect(roundsByKey([])).toStrictEqual([]);
});
