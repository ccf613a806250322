// Paths into a message's JSON: names and positions, joined by dots. Filters and templates share them.
import { HookclockError, type Json, shown } from "@hookclock/core";
import { CONSUMER_LIMITS } from "./limits.ts";

const PART = /^[\p{L}\p{N}_$@:-]+$/u;
const ALLOWED = `a path such as entry.title or entry.categories.0: up to ${CONSUMER_LIMITS.pathPartsMax} names or positions joined by dots`;

/**
 * Reads a path.
 *
 * @throws HookclockError `invalid-input` naming the field.
 */
export function parsePath(path: unknown, field: string): string[] {
  const parts =
    typeof path === "string" && path.length <= CONSUMER_LIMITS.pathLengthMax ? path.split(".") : [];
  const isPath =
    parts.length > 0 &&
    parts.length <= CONSUMER_LIMITS.pathPartsMax &&
    parts.every((part) => PART.test(part));
  if (isPath) return parts;
  // Not by `refuse`: a path may hold the word "key" without being one.
  throw new HookclockError("invalid-input", `${field} is ${shown(path)}; allowed: ${ALLOWED}`, {
    field,
    allowed: ALLOWED,
  });
}

/** What lies at the path; undefined when nothing does. Only what the JSON itself holds, never what objects inherit. */
export function valueAt(json: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = json;
  for (const part of path) {
    if (current === null || typeof current !== "object" || !Object.hasOwn(current, part)) return undefined;
    current = Array.isArray(current) ? elementAt(current, part) : current[part];
  }
  return current;
}

const elementAt = (list: readonly Json[], part: string): Json | undefined =>
  /^\d+$/.test(part) ? list[Number(part)] : undefined;
