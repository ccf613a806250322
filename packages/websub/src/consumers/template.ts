// Texts made of a message: `{{entry.title}}` is replaced by what lies there. No conditions, no loops, no code.
import { HookclockError, type Json } from "@hookclock/core";
import { CONSUMER_LIMITS } from "./limits.ts";
import { parsePath, valueAt } from "./path.ts";

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const ALLOWED =
  "text with placeholders such as {{entry.title}}, each a path into the message; without other {{";

const refusal = (field: string, problem: string): HookclockError =>
  new HookclockError("invalid-input", `${field} ${problem}; allowed: ${ALLOWED}`, {
    field,
    allowed: ALLOWED,
  });

/**
 * Checks a template.
 *
 * @throws HookclockError `invalid-input` saying which placeholder is wrong.
 */
export function parseTemplate(text: unknown, field = "template"): string {
  const { templateLengthMax } = CONSUMER_LIMITS;
  if (typeof text !== "string" || text === "") throw refusal(field, "is no text");
  if (text.length > templateLengthMax) {
    throw refusal(field, `has ${text.length} characters, more than ${templateLengthMax}`);
  }
  if (!text.isWellFormed()) throw refusal(field, "is no well-formed Unicode");
  for (const [, path = ""] of text.matchAll(PLACEHOLDER)) parsePath(path.trim(), `${field} {{${path}}}`);
  // Closing braces alone are fine: JSON ends in them.
  const isWhole = !text.includes("{{{") && !text.replaceAll(PLACEHOLDER, "").includes("{{");
  if (!isWhole) throw refusal(field, "has a placeholder that is not whole");
  return text;
}

/** Makes a value fit for where the text goes. The template's own text is left as it is. */
export type Escape = (text: string) => string;
export const asItIs: Escape = (text) => text;
/** For the inside of a JSON text. */
export const insideJson: Escape = (text) => JSON.stringify(text).slice(1, -1);

/**
 * The template with its placeholders filled in. Missing values are empty, lists are joined by commas, objects are
 * JSON. Values are used once: a placeholder inside a value stays as it is. What passes `lengthMax` is cut off.
 */
export function render(
  template: string,
  message: Json,
  escaped: Escape = asItIs,
  lengthMax: number = CONSUMER_LIMITS.textLengthMax,
): string {
  const pieces: string[] = [];
  let length = 0;
  let from = 0;
  const add = (piece: string): void => {
    pieces.push(cut(piece, lengthMax - length));
    length = Math.min(lengthMax, length + piece.length);
  };
  for (const found of template.matchAll(PLACEHOLDER)) {
    if (length >= lengthMax) break;
    add(template.slice(from, found.index));
    const value = valueAt(message, (found[1] ?? "").trim().split("."));
    // Before it is escaped too: a short text may not cost the escaping of a long one.
    add(escaped(cut(textOf(value), lengthMax)));
    from = found.index + found[0].length;
  }
  add(template.slice(from));
  return pieces.join("");
}

/** The first `lengthMax` characters (UTF-16 units), never half of a pair. */
export function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const head = text.slice(0, Math.max(0, lengthMax));
  return head.isWellFormed() ? head : head.replace(/[\uD800-\uDBFF]$/, "");
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
