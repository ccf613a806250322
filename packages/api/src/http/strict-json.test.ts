import { HookclockError } from "@hookclock/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DEPTH_MAX, parseStrictJson } from "./strict-json.ts";

const parse = (text: string): unknown => parseStrictJson(new TextEncoder().encode(text));
const refusal = (given: string | Uint8Array): HookclockError => {
  try {
    parseStrictJson(typeof given === "string" ? new TextEncoder().encode(given) : given);
  } catch (error) {
    if (error instanceof HookclockError) return error;
    throw error;
  }
  throw new Error("it was taken");
};

test("what JSON.stringify writes is read back", () => {
  const plain = fc
    .jsonValue({ depthSize: "medium" })
    .filter((value) => !JSON.stringify(value).includes("__proto__"));
  fc.assert(
    fc.property(plain, (value) => {
      expect(parse(JSON.stringify(value, null, 2))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  ...["9007199254740993", "-9007199254740993", "[12345678901234567]", '{"id":1234567890123456789}'],
  ...["123456789012345678901234567890", "1".repeat(310), '{"a":[0,{"b":9007199254740993}]}'],
])("%s would lose digits", (text) => {
  expect(refusal(text).message).toContain("lose digits; send it as a text");
});

test.each([
  ...["9007199254740992", "9007199254740994", "123456789012345680000", "1000000000000000000000000", "-0"],
  ...[
    "0.1000000000000000055",
    "1.5e300",
    "12345678901234567e-3",
    '"9007199254740993"',
    "12345678901234567.5",
  ],
])("%s keeps what counts", (text) => {
  expect(parse(text)).toEqual(JSON.parse(text));
});

test("whatever whole number is taken is written as it came", () => {
  const whole = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String);
  fc.assert(
    fc.property(fc.oneof(whole, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), (text) => {
      try {
        expect(JSON.stringify(parse(`[${text}]`))).toBe(`[${text === "-0" ? "0" : text}]`);
      } catch (error) {
        if (!(error instanceof HookclockError)) throw error;
        expect(JSON.stringify(JSON.parse(text))).not.toBe(text);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("whatever JSON.parse refuses is refused with the same code, and nothing else is thrown", () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0a1 tnfe-') }));
  fc.assert(
    fc.property(texts, (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      let code = "none";
      try {
        parse(text);
      } catch (error) {
        code = (error as HookclockError).code;
      }
      expect(isJson ? ["none", "malformed-json"] : ["malformed-json"]).toContain(code);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["nothing", ""],
  ["spaces", "  "],
  ["something after the value", "{} {}"],
  ["a trailing comma", "[1,]"],
  ["a comment", "/* */ {}"],
  ["a byte order mark", "\u{feff}{}"],
  ["NaN", "NaN"],
  ["an open text", '{"a'],
  ["a text that ends in a backslash", '"a\\'],
  ["__proto__", '{"a":[{"__proto__":{"admin":true}}]}'],
  ["__proto__ with escapes", '{"\\u005f_proto__":1}'],
  ["a name twice", '{"a":1,"b":2,"a":3}'],
  ["a name twice, once with escapes", '{"a":1,"\\u0061":3}'],
  ["half of a surrogate pair", '{"a":"\\ud800"}'],
  ["half of a surrogate pair in a name", '{"\\udc00":1}'],
])("%s is refused", (_what, text) => {
  expect(refusal(text)).toMatchObject({ code: "malformed-json" });
});

test("bytes that are not UTF-8 are refused", () => {
  expect(refusal(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)).message).toContain("UTF-8");
  expect(refusal(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)).message).toContain("UTF-8");
});

test("brackets, colons and commas inside texts mean nothing", () => {
  const value = { a: '{"__proto__":1}', 'b":{': ["]", "\\", '\\"'], "": "", constructor: 1, toString: 2 };
  expect(parse(JSON.stringify(value))).toEqual(value);
  expect(parse('{"pair":"\\ud83d\\ude00"}')).toEqual({ pair: "😀" });
});

test("the same name may stand in different objects", () => {
  expect(parse('{"a":{"a":[{"a":1},{"a":2}]}}')).toEqual({ a: { a: [{ a: 1 }, { a: 2 }] } });
});

test("depth is bounded before anything is built", () => {
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  expect(parse(deep(DEPTH_MAX))).toBeInstanceOf(Array);
  expect(refusal(deep(DEPTH_MAX + 1)).message).toContain(String(DEPTH_MAX));
  expect(refusal("[".repeat(1_000_000)).code).toBe("malformed-json");
  expect(refusal('{"a":'.repeat(200_000)).code).toBe("malformed-json");
});

test("a message never quotes the text", () => {
  expect(refusal('{"token": hunter2}').message).not.toContain("hunter2");
});
