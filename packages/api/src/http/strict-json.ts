// JSON as RFC 8259 says it and a bit stricter: what two readers could take for different things is refused.
import { endOfJsonString, HookclockError, LIMITS, losesDigits } from "@hookclock/core";

/** The fields of a task may be as deep as core allows; the lists and objects around them need room too. */
export const DEPTH_MAX = LIMITS.jsonDepthMax + 8;

const QUOTE = 0x22;
const COLON = 0x3a;

/**
 * The value of a JSON text in UTF-8. Refuses, with `malformed-json`: what is not UTF-8, a byte order mark, anything
 * after the value, nesting deeper than `DEPTH_MAX`, a name twice in one object, the name `__proto__`, whole numbers that
 * would lose digits, and halves of surrogate pairs. Needs no more stack for a deep text than for a flat one.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  if (text.startsWith("\u{feff}")) refuse("begins with a byte order mark");
  scan(text);
  if (losesDigits(text)) refuse("has a whole number that would lose digits; send it as a text");
  const value = parse(text);
  if (/\\u[dD][89a-fA-F]/.test(text)) checkSurrogates(value);
  return value;
}

function refuse(why: string, cause?: unknown): never {
  throw new HookclockError("malformed-json", `the body ${why}; allowed: one JSON value in UTF-8`, {
    allowed: "one JSON value in UTF-8",
    cause,
  });
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    return refuse("is not UTF-8", error);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The engine's own message quotes the text, which may hold a secret.
    return refuse("is not JSON", error);
  }
}

/** Looks at brackets and names before anything is built from the text. */
function scan(text: string): void {
  // For each open object its names so far, for each open list null.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      // Without an end it is no JSON, which the parser then says.
      const end = endOfJsonString(text, at);
      const names = open.at(-1);
      if (names && isName(text, end)) addName(names, text.slice(at, end + 1));
      at = end;
    } else if (char === 0x7b || char === 0x5b) {
      open.push(char === 0x7b ? new Set() : null);
      if (open.length > DEPTH_MAX) refuse(`is nested deeper than ${DEPTH_MAX} levels`);
    } else if (char === 0x7d || char === 0x5d) {
      open.pop();
    }
  }
}

function isName(text: string, end: number): boolean {
  let at = end + 1;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
}

function addName(names: Set<string>, literal: string): void {
  const name = literal.includes("\\") ? String(parse(literal)) : literal.slice(1, -1);
  if (name === "__proto__") refuse('has a field named "__proto__"');
  if (names.has(name)) refuse("has the same field twice in one object");
  names.add(name);
}

function checkSurrogates(value: unknown): void {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const item = pending.pop();
    if (typeof item === "string" && !item.isWellFormed()) refuse("holds half of a surrogate pair");
    if (item === null || typeof item !== "object") continue;
    for (const [name, child] of Object.entries(item)) pending.push(name, child);
  }
}
