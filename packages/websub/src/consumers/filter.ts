// Which messages a handler wants: tests of single values, put together by all, any and not. Data, never code.
import { HookclockError, type Json, shown, toJson } from "@hookclock/core";
import { CONSUMER_LIMITS } from "./limits.ts";
import { parsePath, valueAt } from "./path.ts";

type Scalar = string | number | boolean | null;
/**
 * One test of the value at `path` in the message's JSON. If a list lies there, one of its items has to pass. What is
 * missing passes nothing but `exists: false`. Texts are compared exactly, or without regard to case.
 */
export type Test = { path: string; ignoreCase?: boolean } & (
  | { equals: Scalar }
  | { in: Scalar[] }
  | { contains: string }
  | { startsWith: string }
  | { endsWith: string }
  | { atLeast: number }
  | { atMost: number }
  | { exists: boolean }
);
export type Filter = Test | { all: Filter[] } | { any: Filter[] } | { not: Filter };

const TESTS = ["equals", "in", "contains", "startsWith", "endsWith", "atLeast", "atMost", "exists"] as const;
const GROUPS = ["all", "any", "not"] as const;
const { filterDepthMax, filterPartsMax, filterTextLengthMax } = CONSUMER_LIMITS;

const refuse = (field: string, value: unknown, allowed: string): never => {
  throw new HookclockError("invalid-input", `${field} is ${shown(value)}; allowed: ${allowed}`, {
    field,
    allowed,
  });
};

/**
 * Reads a filter as a user wrote it. Bounded in depth, in parts and in the length of its texts.
 *
 * @throws HookclockError `invalid-input` naming the place inside the filter, the value and what is allowed.
 */
export function parseFilter(value: unknown, field = "filter"): Filter {
  const count = { parts: 0 };
  return parsePart(toJson(value, field), field, 1, count);
}

function parsePart(value: Json, field: string, depth: number, count: { parts: number }): Filter {
  count.parts += 1;
  if (depth > filterDepthMax) refuse(field, value, `at most ${filterDepthMax} levels`);
  if (count.parts > filterPartsMax) refuse(field, value, `at most ${filterPartsMax} tests and groups in all`);
  const kinds = `an object with ${GROUPS.join(", ")}, or with path and one of ${TESTS.join(", ")}`;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return refuse(field, value, kinds);
  const group = GROUPS.find((name) => Object.hasOwn(value, name));
  if (group === undefined) return parseTest(value, field);
  const stranger = Object.keys(value).find((name) => name !== group);
  if (stranger !== undefined) refuse(`${field}.${stranger}`, value[stranger], `nothing beside ${group}`);
  const inner = value[group] ?? null;
  if (group === "not") return { not: parsePart(inner, `${field}.not`, depth + 1, count) };
  if (!Array.isArray(inner) || inner.length === 0) {
    return refuse(`${field}.${group}`, inner, "a list of at least one filter");
  }
  const parts = inner.map((one, at) => parsePart(one, `${field}.${group}.${at}`, depth + 1, count));
  return group === "all" ? { all: parts } : { any: parts };
}

function parseTest(value: { [name: string]: Json }, field: string): Test {
  parsePath(value["path"], `${field}.path`);
  const named = Object.keys(value).filter((name) => name !== "path" && name !== "ignoreCase");
  const stranger = named.find((name) => !TESTS.some((test) => test === name));
  if (stranger !== undefined) refuse(`${field}.${stranger}`, value[stranger], `one of ${TESTS.join(", ")}`);
  const [name] = named;
  if (name === undefined || named.length > 1) {
    return refuse(field, value, `path with exactly one of ${TESTS.join(", ")}`);
  }
  const { ignoreCase } = value;
  if (ignoreCase !== undefined && typeof ignoreCase !== "boolean") {
    refuse(`${field}.ignoreCase`, ignoreCase, "true or false");
  }
  checkOperand(name as (typeof TESTS)[number], value[name] ?? null, `${field}.${name}`);
  return value as Test;
}

/** What would be allowed there, in words; null when the operand is fine. */
function problemOf(test: (typeof TESTS)[number], operand: Json): string | null {
  switch (test) {
    case "exists":
      return typeof operand === "boolean" ? null : "true or false";
    case "atLeast":
    case "atMost":
      return typeof operand === "number" ? null : "a number";
    case "equals":
      if (operand !== null && typeof operand === "object") return "a text, a number, true, false or null";
      return lengthProblem(operand);
    case "in":
      return Array.isArray(operand) && operand.length > 0 && operand.length <= filterPartsMax
        ? null
        : `a list of 1 to ${filterPartsMax} texts, numbers, true, false or null`;
    default:
      return typeof operand === "string" && operand !== ""
        ? lengthProblem(operand)
        : "a text that is not empty";
  }
}

const lengthProblem = (operand: Json): string | null =>
  typeof operand === "string" && operand.length > filterTextLengthMax
    ? `at most ${filterTextLengthMax} characters`
    : null;

function checkOperand(test: (typeof TESTS)[number], operand: Json, field: string): void {
  const allowed = problemOf(test, operand);
  if (allowed !== null) refuse(field, operand, allowed);
  if (test !== "in" || !Array.isArray(operand)) return;
  for (const [at, one] of operand.entries()) checkOperand("equals", one, `${field}.${at}`);
}

/** Whether the message passes. Takes time in proportion to message and filter; there are no patterns to explode. */
export function passes(filter: Filter, message: Json): boolean {
  if ("all" in filter) return filter.all.every((one) => passes(one, message));
  if ("any" in filter) return filter.any.some((one) => passes(one, message));
  if ("not" in filter) return !passes(filter.not, message);
  const value = valueAt(message, filter.path.split("."));
  const isThere = value !== undefined && value !== null;
  if ("exists" in filter) return filter.exists === isThere;
  if (value === undefined) return false;
  return Array.isArray(value) ? value.some((one) => passesOne(filter, one)) : passesOne(filter, value);
}

function passesOne(wanted: Exclude<Test, { exists: boolean }>, value: Json): boolean {
  const fold = (one: Json): Json =>
    wanted.ignoreCase === true && typeof one === "string" ? one.toLowerCase() : one;
  const found = fold(value);
  if ("equals" in wanted) return found === fold(wanted.equals);
  if ("in" in wanted) return wanted.in.some((one) => found === fold(one));
  if ("atLeast" in wanted) return typeof found === "number" && found >= wanted.atLeast;
  if ("atMost" in wanted) return typeof found === "number" && found <= wanted.atMost;
  if (typeof found !== "string") return false;
  if ("contains" in wanted) return found.includes(String(fold(wanted.contains)));
  if ("startsWith" in wanted) return found.startsWith(String(fold(wanted.startsWith)));
  return found.endsWith(String(fold(wanted.endsWith)));
}
