import { LIMITS } from "../limits.ts";
import type { Json } from "../task/row.ts";
import { refuse } from "./check.ts";

/**
 * A caller's value as plain JSON. Refuses what JSON cannot carry or what would not survive the way: functions,
 * NaN, bigints, circles, too deep, too large. Checked without recursion, so depth cannot exhaust the stack.
 */
export function toJson(value: unknown, field: string): Json {
  const allowed = `JSON: null, boolean, finite number, text, list or plain object, at most ${LIMITS.jsonDepthMax} levels deep`;
  const pending: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  let seen = 0;
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    seen += 1;
    // A circle never gets past the depth limit, a wide shared graph not past the count.
    if (item.depth > LIMITS.jsonDepthMax || seen > LIMITS.requestBytesMax) refuse(field, value, allowed);
    for (const child of childrenOf(item.value, field, allowed)) {
      pending.push({ value: child, depth: item.depth + 1 });
    }
  }
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.requestBytesMax)
    refuse(field, `${bytes} bytes`, `at most ${LIMITS.requestBytesMax} bytes as JSON`);
  return JSON.parse(text) as Json;
}

function childrenOf(value: unknown, field: string, allowed: string): unknown[] {
  if (value === null || typeof value === "boolean" || typeof value === "string") return [];
  if (typeof value === "number" && Number.isFinite(value)) return [];
  if (Array.isArray(value)) return value;
  if (typeof value === "object") {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return Object.values(value).filter((child) => child !== undefined);
    }
    if (typeof (value as { toJSON?: unknown }).toJSON === "function") return [];
  }
  return refuse(field, value, allowed);
}
