// A schema as a list of its fields: what each is, what is allowed, what it is when left out.
import { nameOfRef, type OpenApi, resolve, type Schema } from "./document.ts";
import { type Html, html, type Part } from "./html.ts";
import { sampleText, typesOf } from "./sample.ts";
import { inline, prose } from "./text.ts";

const DEPTH_MAX = 8;

/** `trail`: the components around this one, so that one that holds itself ends. */
type Place = { document: OpenApi; trail: readonly string[] };

const code = (value: unknown): Html => html`<code>${JSON.stringify(value) ?? ""}</code>`;

/** What kind of value it is, in a few words: `string (date-time) or null`. */
export function typeText(document: OpenApi, schema: Schema, depth = 0): string {
  if (schema.$ref !== undefined && depth > 0) return nameOfRef(schema.$ref);
  const found = resolve(document, schema) ?? {};
  if (found.const !== undefined) return JSON.stringify(found.const);
  const choices = found.oneOf ?? found.anyOf;
  if (choices !== undefined && depth < DEPTH_MAX) {
    return [...new Set(choices.map((choice) => typeText(document, choice, depth + 1)))].join(" or ");
  }
  if (found.allOf?.[0] !== undefined && depth < DEPTH_MAX) {
    return typeText(document, found.allOf[0], depth + 1);
  }
  const types = typesOf(found).map((type) => {
    if (type === "array" && found.items !== undefined && depth < DEPTH_MAX) {
      return `list of ${typeText(document, found.items, depth + 1)}`;
    }
    return type === "string" && found.format !== undefined ? `string (${found.format})` : type;
  });
  if (types.length > 0) return types.join(" or ");
  return found.enum !== undefined ? "one of" : found.properties !== undefined ? "object" : "any JSON";
}

/** `unit`: in the plural, such as " items". */
const range = (min: number | undefined, max: number | undefined, unit: string): string[] => {
  if (min === undefined && max === undefined) return [];
  if (min === undefined || min === 0) return max === undefined ? [] : [`at most ${written(max)}${unit}`];
  return max === undefined
    ? [min === 1 && unit !== "" ? "not empty" : `at least ${written(min)}${unit}`]
    : [`${written(min)} to ${written(max)}${unit}`];
};
const written = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString("en-US") : String(value);
/** What JSON can count exactly says nothing to readers. */
const telling = (value: number | undefined): number | undefined =>
  value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;

/** What a value must hold to, beyond its type. */
export function constraintsOf(schema: Schema): Html[] {
  const words = [
    ...(schema.minimum === 0 && telling(schema.maximum) === undefined ? ["0 or more"] : []),
    ...range(telling(schema.minimum), telling(schema.maximum), ""),
    ...(schema.exclusiveMinimum === undefined ? [] : [`more than ${written(schema.exclusiveMinimum)}`]),
    ...(schema.exclusiveMaximum === undefined ? [] : [`less than ${written(schema.exclusiveMaximum)}`]),
    ...(schema.multipleOf === undefined ? [] : [`a multiple of ${schema.multipleOf}`]),
    ...range(schema.minLength, schema.maxLength, " characters"),
    ...range(schema.minItems, schema.maxItems, " items"),
    ...range(schema.minProperties, schema.maxProperties, " fields"),
    ...(schema.uniqueItems === true ? ["no item twice"] : []),
  ].map((text) => html`${text}`);
  if (schema.enum !== undefined) words.unshift(html`${schema.enum.map((value) => html`${code(value)} `)}`);
  if (schema.pattern !== undefined) words.push(html`matches <code>${schema.pattern}</code>`);
  if (schema.default !== undefined) words.push(html`default ${code(schema.default)}`);
  return words;
}

/** The line below a name: constraints, default and an example. */
export function facts(schema: Schema): Html | null {
  const example = schema.example ?? schema.examples?.[0];
  const words = constraintsOf(schema);
  if (example !== undefined && typeof example !== "object") words.push(html`for example ${code(example)}`);
  if (words.length === 0) return null;
  return html`<p class="facts">${words.map((word, index) => html`${index > 0 && " · "}${word}`)}</p>`;
}

type Field = { name: string; schema: Schema; required: boolean };

/** Fields of an object, those of its parts included. */
function fieldsOf(document: OpenApi, schema: Schema): Field[] {
  const parts = (schema.allOf ?? []).flatMap((part) => fieldsOf(document, resolve(document, part) ?? {}));
  const required = new Set(schema.required);
  const own = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    return { name, schema: property, required: required.has(name) };
  });
  return [...parts, ...own];
}

function fieldItem({ document, trail }: Place, { name, schema, required }: Field): Html {
  const found = resolve(document, schema) ?? {};
  const description = schema.description ?? found.description;
  return html`<li>
<div class="field"><code class="name">${name}</code> <span class="type">${typeText(document, schema)}</span>${
    required && html` <span class="required">required</span>`
  }${found.deprecated === true && html` <span class="deprecated">deprecated</span>`}</div>
${facts({ ...found, ...schema })}${description !== undefined && html`<div class="about">${prose(description)}</div>`}
${within({ document, trail }, schema)}</li>`;
}

/** What is inside a value, when it has an inside: fields, items, choices. */
function within({ document, trail }: Place, schema: Schema): Part {
  const name = schema.$ref;
  if (name !== undefined && trail.includes(name)) return html`<p class="facts">as above, within itself</p>`;
  const found = resolve(document, schema);
  if (found === undefined || trail.length > DEPTH_MAX) return null;
  const inner = { document, trail: [...trail, name ?? ""] };
  const fields = fieldsOf(document, found);
  if (fields.length > 0) {
    const list = fields.map((field) => fieldItem(inner, field));
    return html`<ul class="fields">${list}${restOf(inner, found)}</ul>`;
  }
  if (found.items !== undefined) return within(inner, found.items);
  const choices = (found.oneOf ?? found.anyOf ?? []).filter((choice) => hasInside(document, choice));
  if (choices.length === 1) return choices.map((choice) => within(inner, choice));
  if (choices.length > 1) {
    return choices.map(
      (choice, index) =>
        html`<p class="facts">${index > 0 && "or "}${inline(
          resolve(document, choice)?.description ?? typeText(document, choice),
        )}</p>${within(inner, choice)}`,
    );
  }
  const rest = restOf(inner, found);
  return rest === null ? null : html`<ul class="fields">${rest}</ul>`;
}

function restOf(place: Place, { additionalProperties: rest }: Schema): Html | null {
  if (rest === undefined || typeof rest === "boolean") return null;
  return fieldItem(place, { name: "any name", schema: rest, required: false });
}

const hasInside = (document: OpenApi, schema: Schema): boolean => {
  const found = resolve(document, schema) ?? {};
  const isMap = typeof found.additionalProperties === "object";
  return isMap || [found.properties, found.items, found.allOf].some((part) => part !== undefined);
};

/** The whole schema: its type, its facts, its fields. */
export function schemaView(document: OpenApi, schema: Schema): Html {
  const found = resolve(document, schema) ?? {};
  return html`<div class="schema">${
    !hasInside(document, schema) &&
    html`<p class="facts"><span class="type">${typeText(document, schema)}</span></p>`
  }${facts(found)}${within({ document, trail: [] }, schema)}</div>`;
}

export const codeBlock = (value: unknown, label: string): Html =>
  html`<pre tabindex="0" role="group" aria-label="${label}"><code>${sampleText(value)}</code></pre>`;
