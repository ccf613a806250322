import { isHookclockError, type Json } from "@hookclock/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Filter, parseFilter, passes } from "./filter.ts";

const message: Json = {
  topic: "https://blog.example/feed",
  entry: {
    title: "Release 2.0 is out",
    categories: ["News", "Release"],
    words: 120,
    draft: false,
    author: null,
  },
  payload: { items: [{ sku: "a-1" }, { sku: "b-2" }], "dc:creator": "Ada" },
};

test.each<[Filter, boolean]>([
  [{ path: "entry.title", contains: "2.0" }, true],
  [{ path: "entry.title", contains: "release" }, false],
  [{ path: "entry.title", contains: "release", ignoreCase: true }, true],
  [{ path: "entry.title", startsWith: "Release" }, true],
  [{ path: "entry.title", startsWith: "out" }, false],
  [{ path: "entry.title", endsWith: "OUT", ignoreCase: true }, true],
  [{ path: "entry.title", equals: "Release 2.0 is out" }, true],
  [{ path: "entry.words", equals: 120 }, true],
  [{ path: "entry.words", equals: "120" }, false],
  [{ path: "entry.words", contains: "12" }, false],
  [{ path: "entry.words", atLeast: 120 }, true],
  [{ path: "entry.words", atLeast: 121 }, false],
  [{ path: "entry.words", atMost: 119.5 }, false],
  [{ path: "entry.title", atLeast: 0 }, false],
  [{ path: "entry.draft", equals: false }, true],
  [{ path: "entry.author", equals: null }, true],
  [{ path: "entry.author", exists: false }, true],
  [{ path: "entry.nobody", exists: false }, true],
  [{ path: "entry.title", exists: true }, true],
  [{ path: "entry.nobody", equals: null }, false],
  [{ path: "entry.categories", equals: "News" }, true],
  [{ path: "entry.categories", in: ["Sport", "Release"] }, true],
  [{ path: "entry.categories", in: ["sport", "RELEASE"], ignoreCase: true }, true],
  [{ path: "entry.categories", in: ["Sport", 7, null] }, false],
  [{ path: "entry.categories.0", equals: "News" }, true],
  [{ path: "entry.categories.7", exists: true }, false],
  [{ path: "entry.categories.length", exists: true }, false],
  [{ path: "payload.items.1.sku", equals: "b-2" }, true],
  [{ path: "payload.dc:creator", equals: "Ada" }, true],
  [{ path: "entry.constructor", exists: true }, false],
  [{ path: "entry.__proto__", exists: true }, false],
  [{ path: "entry.title.length", exists: true }, false],
  [{ not: { path: "entry.title", contains: "2.0" } }, false],
  [{ not: { path: "entry.nobody", contains: "x" } }, true],
  [
    {
      all: [
        { path: "entry.words", atLeast: 1 },
        { path: "entry.draft", equals: true },
      ],
    },
    false,
  ],
  [
    {
      any: [
        { path: "entry.words", atLeast: 1 },
        { path: "entry.draft", equals: true },
      ],
    },
    true,
  ],
  [
    { all: [{ any: [{ path: "topic", contains: "blog" }] }, { not: { path: "entry.draft", equals: true } }] },
    true,
  ],
])("%j", (filter, expected) => {
  expect(passes(parseFilter(filter), message)).toBe(expected);
});

test.each<[unknown, string]>([
  [null, "filter"],
  ["entry.title", "filter"],
  [[], "filter"],
  [{}, "filter.path"],
  [{ path: "entry.title" }, "filter"],
  [{ path: "", contains: "x" }, "filter.path"],
  [{ path: "a..b", contains: "x" }, "filter.path"],
  [{ path: "a b", contains: "x" }, "filter.path"],
  [{ path: "a()", contains: "x" }, "filter.path"],
  [{ path: "a".repeat(201), contains: "x" }, "filter.path"],
  [{ path: Array(17).fill("a").join("."), contains: "x" }, "filter.path"],
  [{ path: 7, contains: "x" }, "filter.path"],
  [{ path: "a", contains: "x", equals: "x" }, "filter"],
  [{ path: "a", matches: ".*" }, "filter.matches"],
  [{ path: "a", contains: "" }, "filter.contains"],
  [{ path: "a", contains: 7 }, "filter.contains"],
  [{ path: "a", contains: "x".repeat(1_001) }, "filter.contains"],
  [{ path: "a", equals: ["x"] }, "filter.equals"],
  [{ path: "a", equals: "x".repeat(1_001) }, "filter.equals"],
  [{ path: "a", in: [] }, "filter.in"],
  [{ path: "a", in: "x" }, "filter.in"],
  [{ path: "a", in: ["x", {}] }, "filter.in.1"],
  [{ path: "a", in: Array(101).fill("x") }, "filter.in"],
  [{ path: "a", atLeast: "7" }, "filter.atLeast"],
  [{ path: "a", atMost: Number.NaN }, "filter.atMost"],
  [{ path: "a", exists: "yes" }, "filter.exists"],
  [{ path: "a", contains: "x", ignoreCase: 1 }, "filter.ignoreCase"],
  [{ all: [] }, "filter.all"],
  [{ any: { path: "a", exists: true } }, "filter.any"],
  [{ all: [{ path: "a", exists: true }], any: [] }, "filter.any"],
  [{ all: [{ path: "a", exists: true }, { not: { path: "b", gt: 1 } }] }, "filter.all.1.not.gt"],
  [{ not: [{ path: "a", exists: true }] }, "filter.not"],
  [{ path: "a", contains: () => "x" }, "filter.contains"],
])("refused: %j", (filter, field) => {
  let caught: unknown;
  try {
    parseFilter(filter);
  } catch (error) {
    caught = error;
  }
  expect(isHookclockError(caught, "invalid-input") && caught.field).toBe(field);
  expect(isHookclockError(caught) && caught.message).toContain("allowed");
});

test("a filter is bounded in depth and in parts", () => {
  const nested = (levels: number): unknown =>
    levels === 1 ? { path: "a", exists: true } : { not: nested(levels - 1) };
  expect(() => parseFilter(nested(8))).not.toThrow();
  expect(() => parseFilter(nested(9))).toThrow("at most 8 levels");
  let deep: unknown = { path: "a", exists: true };
  for (let level = 0; level < 100_000; level += 1) deep = { not: deep };
  expect(() => parseFilter(deep)).toThrow("levels deep");
  const wide = (parts: number): unknown => ({ any: Array(parts - 1).fill({ path: "a", exists: true }) });
  expect(() => parseFilter(wide(100))).not.toThrow();
  expect(() => parseFilter(wide(101))).toThrow("at most 100 tests and groups");
});

test("whatever is handed in, it is a filter that answers, or it is refused", () => {
  const leaf = fc.record(
    {
      path: fc.constantFrom("entry.title", "entry.categories", "payload.items", "a.b", "__proto__", "x"),
      ...{ equals: fc.oneof(fc.string(), fc.integer(), fc.constant(null)), contains: fc.string() },
      ...{ exists: fc.boolean(), ignoreCase: fc.boolean() },
    },
    { requiredKeys: [] },
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      leaf,
      fc.record({ all: fc.array(tie("tree"), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie("tree"), { maxLength: 3 }) }),
      fc.record({ not: tie("tree") }),
      fc.jsonValue(),
    ),
  }));
  fc.assert(
    fc.property(tree, (given) => {
      let filter: Filter;
      try {
        filter = parseFilter(given);
      } catch (error) {
        if (isHookclockError(error)) return;
        throw error;
      }
      const verdict = passes(filter, message);
      expect(passes({ not: filter }, message)).toBe(!verdict);
      expect(passes({ all: [filter, filter] }, message)).toBe(verdict);
    }),
    { numRuns: 300 },
  );
});
