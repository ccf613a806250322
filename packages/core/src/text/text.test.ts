import fc from "fast-check";
import { expect, test } from "vitest";
import { headOf, headOfHeaders } from "./head.ts";
import { nearest } from "./nearest.ts";

test("the head of a text is its beginning, whole characters, as long as fits", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 80 }), (whole, bytesMax) => {
      const head = headOf(whole, bytesMax);
      expect(whole.startsWith(head)).toBe(true);
      expect(Buffer.byteLength(head)).toBeLessThanOrEqual(bytesMax);
      const rest = [...whole.slice(head.length)][0];
      if (rest !== undefined) expect(Buffer.byteLength(head + rest)).toBeGreaterThan(bytesMax);
    }),
  );
  expect(headOf("\ufeffabc", 5)).toBe("\ufeffab");
});

test("headers are kept in order while they fit", () => {
  expect(headOfHeaders({ a: "12", b: "345", c: "6" }, 7)).toEqual({ a: "12", b: "345" });
  expect(headOfHeaders({ a: "12" }, 2)).toEqual({});
});

test.each<[string, string | undefined]>([
  ["schedulDate", "scheduledDate"],
  ["SCHEDULEDDATE", "scheduledDate"],
  ["retrylimit", "retryLimit"],
  ["url", "url"],
  ["x", undefined],
  ["completelyElse", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("nearest to %j is %j", (typed, expected) => {
  expect(nearest(typed, ["scheduledDate", "retryLimit", "url"])).toBe(expected);
});
