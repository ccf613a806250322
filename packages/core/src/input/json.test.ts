import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { toJson } from "./json.ts";

test("any JSON comes back as it is", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
      expect(toJson(value, "body")).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("what comes back shares nothing with what was given", () => {
  const given = { list: [{ a: 1 }] };
  const kept = toJson(given, "body");
  (given.list[0] as { a: number }).a = 2;
  expect(kept).toEqual({ list: [{ a: 1 }] });
});

test("a value that JSON cannot carry is refused wherever it stands, with its place", () => {
  const bad = fc.constantFrom<unknown>(
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    1n,
    () => 1,
    Symbol("x"),
    new Set(),
  );
  fc.assert(
    fc.property(
      bad,
      fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 8 }),
      (value, path) => {
        const body = path.reduceRight<unknown>((inner, key) => ({ [key]: inner, other: 1 }), value);
        expect(() => toJson(body, "body")).toThrow(
          expect.objectContaining({ code: "invalid-input", field: `body.${path.join(".")}` }),
        );
      },
    ),
  );
});

test("depth is counted exactly", () => {
  const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  expect(toJson(nested(LIMITS.jsonDepthMax + 1), "body")).toBeDefined();
  expect(() => toJson(nested(LIMITS.jsonDepthMax + 2), "body")).toThrow(/64 levels/);
});

test("bytes are counted in UTF-8, quotes included", () => {
  const room = LIMITS.requestBytesMax - 2;
  expect(toJson("x".repeat(room), "body")).toHaveLength(room);
  expect(() => toJson("x".repeat(room + 1), "body")).toThrow(/262145 bytes/);
  expect(() => toJson("é".repeat(room / 2 + 1), "body")).toThrow(/262146 bytes/);
});
