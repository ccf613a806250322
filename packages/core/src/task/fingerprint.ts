import { createHash } from "node:crypto";

/** A short hash of a value's content: equal for equal content, whatever the order of its keys. */
export function fingerprint(content: unknown): string {
  return createHash("sha256").update(canonical(content)).digest("base64url").slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, child]) => `${JSON.stringify(key)}:${canonical(child)}`);
  return `{${entries.join(",")}}`;
}
