// Query parameters: each at most once, known by name, and of the type its schema says.

import { check, HookclockError } from "@hookclock/core";
import type * as z from "zod";
import { decodeOnce } from "./path.ts";

const PARAMETERS_MAX = 50;

/** Reads a URL's query by a schema. Throws `unknown-option` or `invalid-input`, naming the parameter. */
export function readQuery<S extends z.ZodObject>(schema: S, url: string): z.output<S> {
  return check(schema, typed(schema, pairsOf(url)), "query");
}

function pairsOf(url: string): Map<string, string> {
  const [start, end] = [url.indexOf("?"), url.indexOf("#")];
  const text = start === -1 ? "" : url.slice(start + 1, end === -1 ? undefined : end);
  const pairs = new Map<string, string>();
  for (const part of text.split("&").filter((one) => one !== "")) {
    const cut = part.indexOf("=");
    const name = decode(cut === -1 ? part : part.slice(0, cut), "query");
    if (pairs.has(name)) throw refused(name, "is given twice", "each parameter once");
    if (pairs.size >= PARAMETERS_MAX) {
      throw refused("query", "has too many parameters", `${PARAMETERS_MAX} at most`);
    }
    pairs.set(name, cut === -1 ? "" : decode(part.slice(cut + 1), name));
  }
  return pairs;
}

const refused = (field: string, what: string, allowed: string): HookclockError =>
  new HookclockError("invalid-input", `${field} ${what}; allowed: ${allowed}`, { field, allowed });

const decode = (text: string, what: string): string => decodeOnce(text.replaceAll("+", " "), what);

/** Numbers and booleans in place of their texts, where the schema wants them; other texts are left to the schema. */
function typed(schema: z.ZodObject, pairs: ReadonlyMap<string, string>): Record<string, unknown> {
  const shape = schema.shape as Record<string, Node | undefined>;
  const values = [...pairs].map(([name, text]): [string, unknown] => {
    const node = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const type = typeOf(node);
    // Fractions too: the schema then says that a whole number is wanted.
    if (type === "number" && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return [name, Number(text)];
    if (type === "boolean" && (text === "true" || text === "false")) return [name, text === "true"];
    return [name, isInstant(node) ? withOffset(text) : text];
  });
  return Object.fromEntries(values);
}

/** A "+" that was not escaped is a space by now; before an offset an instant has none of its own. */
const withOffset = (text: string): string => text.replace(/(T[\d:.,]+) (?=\d\d(:?\d\d)?$)/i, "$1+");

/** Fields of `instantField` carry their format, as documents show it. */
const isInstant = (node: Node | undefined): boolean => innermost(node)?.meta?.()?.["format"] === "date-time";

type Node = {
  meta?: () => Record<string, unknown> | undefined;
  def?: { type?: string; innerType?: unknown };
};

const typeOf = (node: Node | undefined): string | undefined => innermost(node)?.def?.type;

/** Without what makes it optional or gives it a default. */
function innermost(node: Node | undefined): Node | undefined {
  let current = node;
  for (let depth = 0; depth < 8 && current?.def?.innerType !== undefined; depth += 1) {
    current = current.def.innerType as Node;
  }
  return current;
}
