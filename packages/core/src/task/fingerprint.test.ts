import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fingerprint } from "./fingerprint.ts";

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, shuffled(child)]),
  );
};

test("equal content has equal fingerprints, whatever the order of keys", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => fingerprint(value) === fingerprint(shuffled(value))));
});

test("other content has other fingerprints", () => {
  const small = fc.jsonValue({ maxDepth: 2 });
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  fc.assert(
    fc.property(small, small, (a, b) => {
      expect(fingerprint(a) === fingerprint(b)).toBe(isDeepStrictEqual(plain(a), plain(b)));
    }),
    { numRuns: 1_000 },
  );
});

test.each<[unknown, unknown]>([
  [["a,b"], ["a", "b"]],
  [{ a: "1" }, { a: 1 }],
  [{ a: { b: 1 } }, { "a.b": 1 }],
  [[null], []],
  [{ a: null }, {}],
])("%j and %j are told apart", (a, b) => {
  expect(fingerprint(a)).not.toBe(fingerprint(b));
});

test("an undefined field is a missing one", () => {
  expect(fingerprint({ a: 1, b: undefined })).toBe(fingerprint({ a: 1 }));
});
