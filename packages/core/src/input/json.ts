import { HookclockError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Json } from "../task/row.ts";
import { headOf } from "../text/head.ts";
import { refuse } from "./check.ts";

const ALLOWED = `JSON: null, boolean, finite number, text, list or plain object, at most ${LIMITS.jsonDepthMax} levels deep`;

/**
 * A caller's value as plain JSON. Refuses what JSON cannot carry or what would not survive the way: functions,
 * NaN, bigints, circles, too deep, too large; the message names the place. Checked without recursion, so depth cannot
 * exhaust the stack.
 */
export function toJson(value: unknown, field: string): Json {
  const text = stringify(value, field);
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.requestBytesMax) {
    throw new HookclockError(
      "invalid-input",
      `${field} is ${bytes} bytes as JSON; allowed: at most ${LIMITS.requestBytesMax} bytes`,
      { field, allowed: `at most ${LIMITS.requestBytesMax} bytes as JSON` },
    );
  }
  return JSON.parse(text) as Json;
}

function stringify(value: unknown, field: string): string {
  try {
    const hasOwnForm = walk(value, field);
    const text: string | undefined = JSON.stringify(value);
    // What a `toJSON` made of itself has not been looked at yet.
    if (hasOwnForm && text !== undefined) walk(JSON.parse(text), field);
    if (text !== undefined) return text;
  } catch (error) {
    if (error instanceof HookclockError) throw error;
    throw notJson(field, error);
  }
  return refuse(field, undefined, ALLOWED);
}

/** A getter or a `toJSON` of the caller's failed: its text may hold anything, so only the cause keeps it. */
const notJson = (field: string, cause: unknown): HookclockError =>
  new HookclockError("invalid-input", `${field} cannot be turned into JSON; allowed: ${ALLOWED}`, {
    field,
    allowed: ALLOWED,
    cause,
  });

/** Looks at every value inside, without recursion. True when one of them has a JSON form of its own, as dates do. */
function walk(value: unknown, field: string): boolean {
  let hasOwnForm = false;
  const pending: { value: unknown; path: string; depth: number }[] = [{ value, path: field, depth: 0 }];
  let seen = 0;
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    seen += 1;
    // A circle never gets past the depth limit, a wide shared graph not past the count.
    if (item.depth > LIMITS.jsonDepthMax) refuse(field, value, `${ALLOWED}; this one is deeper`);
    const { path, depth } = item;
    const children = childrenOf(item.value, path);
    hasOwnForm ||= children === null;
    for (const [key, child] of children ?? []) {
      // Each value takes a byte at least, so more of them never fit.
      if (seen + pending.length > LIMITS.requestBytesMax) {
        refuse(field, value, `${ALLOWED}; this one has more than ${LIMITS.requestBytesMax} values`);
      }
      pending.push({ value: child, path: `${path}.${key}`, depth: depth + 1 });
    }
  }
  return hasOwnForm;
}

/** Null for a value with a JSON form of its own. */
function childrenOf(value: unknown, path: string): Iterable<[string | number, unknown]> | null {
  if (value === null || typeof value === "boolean" || typeof value === "string") return [];
  if (typeof value === "number" && Number.isFinite(value)) return [];
  if (Array.isArray(value)) return value.entries();
  if (typeof value === "object") {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return Object.entries(value).filter(([, child]) => child !== undefined);
    }
    if (typeof (value as { toJSON?: unknown }).toJSON === "function") return null;
  }
  return refuse(headOf(path, 200), value, ALLOWED);
}
