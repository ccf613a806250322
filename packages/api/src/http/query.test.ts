import { HookclockError, instantField } from "@hookclock/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { readQuery } from "./query.ts";

const schema = z.strictObject({
  limit: z.number().int().min(1).max(10).default(5),
  name: z.string().min(1).optional(),
  all: z.boolean().default(false),
});
const read = (query: string) => readQuery(schema, `http://api.test/x${query}`);
const refusal = (query: string): Partial<HookclockError> => {
  try {
    read(query);
  } catch (error) {
    if (error instanceof HookclockError) return { code: error.code, field: error.field };
    throw error;
  }
  return {};
};

test("parameters have the types of their schema", () => {
  expect(read("")).toEqual({ limit: 5, all: false });
  expect(read("?limit=7&all=true&name=7")).toEqual({ limit: 7, all: true, name: "7" });
  expect(read("?name=a%20b+c%2B%C3%A4#limit=2")).toEqual({ limit: 5, all: false, name: "a b c+ä" });
  expect(read("?&name==&")).toEqual({ limit: 5, all: false, name: "=" });
});

test("of an instant a plus that was not escaped is one all the same", () => {
  const dated = z.strictObject({ from: instantField.optional().describe("x"), text: z.string().optional() });
  const readDated = (query: string) => readQuery(dated, `http://api.test/x?${query}`);
  const at = Date.parse("2030-01-31T10:00:00+02:00");
  for (const offset of ["+02:00", "%2B02:00", "%2b0200", "+02", "%2002:00"])
    expect(readDated(`from=2030-01-31T10:00:00${offset}`)).toEqual({ from: at });
  expect(readDated("from=2030-01-31+10:00:00Z")).toEqual({ from: Date.parse("2030-01-31T10:00:00Z") });
  // Texts stay what they are.
  const text = "2030-01-31T10:00:00 02:00";
  expect(readDated("text=2030-01-31T10:00:00+02:00")).toEqual({ text });
  expect(() => readDated("from=2030-01-31T10:00:00++02:00")).toThrow("ISO 8601");
});

test("a fraction is told that a whole number is wanted", () => {
  expect(() => read("?limit=1.5")).toThrow("limit of query is 1.5; allowed: a whole number");
});

test.each([
  ["?nam=a", "unknown-option", "nam"],
  ["?__proto__=a", "unknown-option", "__proto__"],
  ["?constructor=a", "unknown-option", "constructor"],
  ["?limit=1&limit=2", "invalid-input", "limit"],
  [`?${Array.from({ length: 51 }, (_, n) => `p${n}=1`).join("&")}`, "invalid-input", "query"],
  ["?limit=", "invalid-input", "limit"],
  ["?limit=0x5", "invalid-input", "limit"],
  ["?limit=5.5", "invalid-input", "limit"],
  ["?limit=11", "invalid-input", "limit"],
  ["?limit=1e1", "invalid-input", "limit"],
  ["?all=yes", "invalid-input", "all"],
  ["?name", "invalid-input", "name"],
  ["?name=%zz", "invalid-input", "name"],
  ["?name=%C3%28", "invalid-input", "name"],
  ["?%ff=1", "invalid-input", "query"],
])("%s is refused", (query, code, field) => {
  expect(refusal(query)).toEqual({ code, field });
});

test("whatever stands there, it is read or refused with a code", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(["invalid-input", "unknown-option", undefined]).toContain(refusal(`?${text}`).code);
    }),
    { numRuns: 1_000 },
  );
});
