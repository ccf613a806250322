import { expect, test } from "vitest";
import * as z from "zod";
import { HookclockError } from "../errors.ts";
import { check, shown } from "./check.ts";

const schema = z.strictObject({
  size: z.number().int().min(1).max(10).optional(),
  unit: z.enum(["a", "b"]).optional(),
  list: z.array(z.string()).max(2).optional(),
  inner: z.strictObject({ deep: z.boolean().optional() }).optional(),
  apiToken: z.string().optional(),
  link: z.url().optional(),
});
const messageOf = (value: unknown): string => {
  try {
    check(schema, value, "thing");
  } catch (error) {
    expect(error).toBeInstanceOf(HookclockError);
    return (error as HookclockError).message;
  }
  throw new Error("it was accepted");
};

test.each<[unknown, string]>([
  [undefined, "thing is missing; allowed: an object"],
  [null, "thing is null; allowed: an object"],
  [[1], "thing is a list of 1; allowed: an object"],
  [{ size: "3" }, 'size of thing is "3"; allowed: a number'],
  [{ size: 1.5 }, "size of thing is 1.5; allowed: a whole number"],
  [{ size: Number.NaN }, "size of thing is NaN; allowed: a number"],
  [{ size: 0 }, "size of thing is 0; allowed: at least 1"],
  [{ size: 11 }, "size of thing is 11; allowed: at most 10"],
  [{ unit: "c" }, 'unit of thing is "c"; allowed: "a", "b"'],
  [{ list: ["a", "b", "c"] }, "list of thing is a list of 3; allowed: at most 2 entries"],
  [{ list: ["a", 1] }, "list.1 of thing is 1; allowed: a string"],
  [{ inner: { deep: "yes" } }, 'inner.deep of thing is "yes"; allowed: a boolean'],
  [{ inner: { dep: true } }, 'thing has no option "inner.dep"; did you mean "deep"?'],
  [{ sise: 1 }, 'thing has no option "sise"; did you mean "size"?'],
  [{ zzzzzzzz: 1 }, 'thing has no option "zzzzzzzz"; known: size, unit, list, inner, apiToken, link'],
  [{ apiToken: 12_345 }, "apiToken of thing is [not shown]; allowed: a string"],
  [{ link: "x" }, 'link of thing is "x"; allowed: an absolute http or https URL'],
])("%o: %s", (value, message) => {
  expect(messageOf(value)).toBe(message);
});

test("one is one, and nothing is none", () => {
  const least = z.strictObject({ name: z.string().min(1), list: z.array(z.string()).min(1) });
  expect(() => check(least, { name: "", list: ["a"] }, "thing")).toThrow(/allowed: at least 1 character$/);
  expect(() => check(least, { name: "a", list: [] }, "thing")).toThrow(/allowed: at least 1 entry$/);
  expect(() => check(z.strictObject({}), { x: 1 }, "body")).toThrow('body has no option "x"; it takes none');
});

test("what fits comes back as it is", () => {
  expect(check(schema, { size: 3, unit: "a" }, "thing")).toEqual({ size: 3, unit: "a" });
});

test("a value is shown shortly, on one line", () => {
  expect(shown("a\nb")).toBe('"a\\nb"');
  expect(shown("x".repeat(1_000)).length).toBeLessThan(90);
  expect(shown(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
  expect(shown(new Date(Number.NaN))).toBe("an invalid date");
  expect(shown(2n)).toBe("2n");
  expect(shown(() => 1)).toBe("a function");
  expect(shown("anything", "request.headers.x-any")).toBe("[not shown]");
});
