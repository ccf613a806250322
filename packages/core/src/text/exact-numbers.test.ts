import fc from "fast-check";
import { expect, test } from "vitest";
import { losesDigits } from "./exact-numbers.ts";

test.each([
  ["9007199254740993", true],
  ['{"a":[0,{"b":-9007199254740993}]}', true],
  ["1".repeat(310), true],
  ["9007199254740992", false],
  ["123456789012345680000", false],
  ["12345678901234567.5", false],
  ['{"9007199254740993":"9007199254740993 \\" 9007199254740993"}', false],
])("%s: %s", (json, loses) => {
  expect(losesDigits(json)).toBe(loses);
});

test("what JSON.stringify writes loses nothing; what is no JSON does no harm", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(losesDigits(JSON.stringify(value))).toBe(false);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'019.eE+-"\\\\ []') }), (text) => {
      expect([true, false]).toContain(losesDigits(text));
    }),
  );
});
