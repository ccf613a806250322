// One way from a schema's verdict to an error that a person can act on: field, value, what is allowed.
import type { z } from "zod";
import { HookclockError } from "../errors.ts";
import { headOf } from "../text/head.ts";
import { nearest } from "../text/nearest.ts";

type Issue = z.core.$ZodIssue;

const SECRET = /secret|token|password|authorization|cookie|key|signature|credential|headers\./i;

/** Parses `value`, or throws `invalid-input` / `unknown-option` for the first thing that is wrong with it. */
export function check<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw toError(result.error.issues, value, what, schema);
}

function toError(issues: readonly Issue[], value: unknown, what: string, schema: z.ZodType): HookclockError {
  const issue = issues[0];
  if (issue === undefined) return new HookclockError("invalid-input", `${what} is not valid`);
  const field = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") return unknownOption(issue, field, what, schema);
  const given = shown(valueAt(value, issue.path), field);
  const allowed = allowedBy(issue);
  const name = field === "" ? what : `${field} of ${what}`;
  return new HookclockError("invalid-input", `${name} is ${given}; allowed: ${allowed}`, {
    field: field === "" ? what : field,
    allowed,
  });
}

function unknownOption(
  issue: Extract<Issue, { code: "unrecognized_keys" }>,
  field: string,
  what: string,
  schema: z.ZodType,
): HookclockError {
  const key = issue.keys[0] ?? "";
  const path = field === "" ? key : `${field}.${key}`;
  const known = keysAt(schema, issue.path);
  const near = nearest(key, known);
  const all = known.length === 0 ? "it takes none" : `known: ${known.join(", ")}`;
  const hint = near === undefined ? all : `did you mean "${near}"?`;
  return new HookclockError("unknown-option", `${what} has no option "${headOf(path, 100)}"; ${hint}`, {
    field: path,
    allowed: known,
  });
}

/** Walks the schema along a path to the object whose keys were meant. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: unknown = schema;
  for (const step of path) node = unwrap(node)?.shape?.[String(step)];
  return Object.keys(unwrap(node)?.shape ?? {});
}

type Node = { shape?: Record<string, unknown>; def?: { innerType?: unknown; in?: unknown } };
function unwrap(node: unknown): Node | undefined {
  let current = node as Node | undefined;
  for (let depth = 0; depth < 8 && current && current.shape === undefined; depth += 1) {
    current = (current.def?.innerType ?? current.def?.in) as Node | undefined;
  }
  return current;
}

function allowedBy(issue: Issue): string {
  switch (issue.code) {
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(", ");
    case "invalid_type":
      return article(issue.expected);
    case "too_small":
      return `${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case "invalid_format":
      return issue.format === "url" ? "an absolute http or https URL" : issue.message;
    case "too_big":
      return `${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    default:
      return issue.message;
  }
}

function unitOf(origin: string, count: number | bigint): string {
  const isOne = Number(count) === 1;
  if (origin === "string") return isOne ? " character" : " characters";
  if (origin === "array" || origin === "record") return isOne ? " entry" : " entries";
  return "";
}

const article = (expected: string): string =>
  expected === "int" ? "a whole number" : /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const step of path) {
    if (current === null || typeof current !== "object" || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[step];
  }
  return current;
}

/** A value as an error may show it: short, on one line, and never a secret. */
export function shown(value: unknown, field = ""): string {
  if (value === undefined) return "missing";
  if (SECRET.test(field)) return "[not shown]";
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" || typeof value === "symbol") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : value.toISOString();
  if (value !== null && typeof value === "object") return "an object";
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${headOf(text, 77)}…`;
}

/** Refuses with field, value and what is allowed: for rules that a schema cannot say. */
export function refuse(field: string, value: unknown, allowed: string): never {
  throw new HookclockError("invalid-input", `${field} is ${shown(value, field)}; allowed: ${allowed}`, {
    field,
    allowed,
  });
}
