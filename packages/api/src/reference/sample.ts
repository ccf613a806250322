// Examples: those that the document gives, and otherwise the least that fits a schema.
import { type MediaType, type OpenApi, resolve, type Schema } from "./document.ts";

const TEXTS: Record<string, string> = {
  "date-time": "2030-01-01T09:00:00.000Z",
  uri: "https://example.com/hook",
  uuid: "0190b0a4-7c5e-7c3a-9d5e-3f8f6f6a2a11",
};
const DEPTH_MAX = 6;

const given = (schema: Schema): { value: unknown } | undefined => {
  if (schema.example !== undefined) return { value: schema.example };
  if (schema.examples !== undefined && schema.examples.length > 0) return { value: schema.examples[0] };
  if (schema.const !== undefined) return { value: schema.const };
  if (schema.default !== undefined) return { value: schema.default };
  if (schema.enum !== undefined && schema.enum.length > 0) return { value: schema.enum[0] };
  return undefined;
};

export const typesOf = ({ type }: Schema): string[] =>
  type === undefined ? [] : Array.isArray(type) ? type : [type];

/** A value that fits the schema as far as can be told without solving its pattern. */
export function sampleOf(document: OpenApi, schema: Schema | undefined, depth = 0): unknown {
  const found = schema === undefined ? undefined : resolve(document, schema);
  if (found === undefined || depth > DEPTH_MAX) return null;
  const known = given(found);
  if (known) return known.value;
  if (found.allOf !== undefined) {
    const parts = found.allOf.map((part) => sampleOf(document, part, depth + 1));
    return Object.assign({}, ...parts.filter((part) => typeof part === "object"));
  }
  const choice = (found.oneOf ?? found.anyOf)?.[0];
  if (choice !== undefined) return sampleOf(document, choice, depth + 1);
  const type = typesOf(found)[0] ?? (found.properties === undefined ? "null" : "object");
  if (type === "object") return sampleObject(document, found, depth);
  if (type === "array") return found.items === undefined ? [] : [sampleOf(document, found.items, depth + 1)];
  if (type === "string") return TEXTS[found.format ?? ""] ?? "text".padEnd(found.minLength ?? 0, ".");
  if (type === "integer" || type === "number") return found.minimum ?? 1;
  return type === "boolean" ? false : null;
}

function sampleObject(document: OpenApi, schema: Schema, depth: number): Record<string, unknown> {
  const required = new Set(schema.required);
  // Of what may be left out, only what has an example of its own is worth showing.
  const shown = Object.entries(schema.properties ?? {}).filter(([name, property]) => {
    const target = resolve(document, property);
    return required.has(name) || target?.example !== undefined || (target?.examples?.length ?? 0) > 0;
  });
  return Object.fromEntries(shown.map(([name, property]) => [name, sampleOf(document, property, depth + 1)]));
}

/** The example of a body: its own, else one made from the schema. */
export function exampleOf(document: OpenApi, media: MediaType): unknown {
  if (media.example !== undefined) return media.example;
  const [first] = Object.values(media.examples ?? {});
  return first?.value ?? sampleOf(document, media.schema);
}

/** A sample as people read it; a stream's or another text's example as it is. */
export const sampleText = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
