// Values for the schemas of an OpenAPI document: most fit, some are of another type, and some are meant badly.
import fc from "fast-check";

type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
};
type Parameter = { name: string; in: string; schema: Schema };
export type Operation = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema } | undefined> };
};
export type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

const HOSTILE: unknown[] = [
  ...[
    "",
    " ",
    "..",
    ".",
    "/",
    "a/b",
    "%",
    "%2F",
    "%00",
    "\u0000",
    "\u{7f}",
    "\ud800",
    "__proto__",
    "constructor",
  ],
  ...[
    "#config",
    "*",
    "other",
    "ä",
    "😀",
    "x".repeat(600),
    "toString",
    "null",
    "-1",
    "1e9",
    "<script>",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an attacker's template, not ours
    "${id}",
  ],
  ...[null, true, -1, 0, 1.5, 1e21, [], {}, [[]], { __proto__: null, length: -1 }],
];
const hostile = fc.constantFrom(...HOSTILE);
const hostileText = fc.constantFrom(...HOSTILE.filter((one) => typeof one === "string"));

/** Nobody listens there: whatever a fuzzed task is sent to refuses at once. */
const NOWHERE = "http://127.0.0.1:1/";
const BY_NAME: Record<string, fc.Arbitrary<unknown>> = {
  url: fc.constant(NOWHERE),
  namespaces: fc.constantFrom(["app"], ["app", "other"]),
  id: fc.constantFrom("here", "there", "a/b", "%2F"),
  kind: fc.constant("http"),
  filter: fc.constantFrom({ idPrefix: "t" }, { status: "DONE" }, {}),
  cron: fc.constantFrom("0 9 * * *", "61 * * * *"),
  timeZone: fc.constantFrom("Europe/Berlin", "Mars/Olympus"),
};

/** How much of what is made is anything at all: 0 for values that fit, 1 for one in eight. */
type Hostility = 0 | 1;
/** Fields of an object that need not be there: a few of them, or hardly anything fits with anything. */
const OPTIONAL_MAX = 3;
/** What a task is nothing without, though a schema cannot say so. */
const WANTED = new Set(["url", "scheduledDate"]);

export class Values {
  readonly #document: Document;
  readonly #hostility: Hostility;

  constructor(document: Document, hostility: Hostility) {
    this.#document = document;
    this.#hostility = hostility;
  }

  /** Values for a schema; `name` is the field's. */
  of(schema: Schema, name = "", depth = 0): fc.Arbitrary<unknown> {
    const fitting = BY_NAME[name] ?? this.#fitting(schema, depth);
    if (this.#hostility === 0) return fitting;
    return fc.oneof(
      { arbitrary: fitting, weight: 14 },
      { arbitrary: hostile, weight: 1 },
      { arbitrary: fc.jsonValue(), weight: 1 },
    );
  }

  #fitting(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) {
      const target = this.#document.components.schemas[schema.$ref.split("/").at(-1) ?? ""];
      return target && depth < 8 ? this.#fitting(target, depth + 1) : fc.constant(null);
    }
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return fc.oneof(...choices.map((one) => this.#fitting(one, depth + 1)));
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    if (type === "object") return this.#objects(schema, depth);
    if (type === "array")
      return fc.array(this.of(schema.items ?? {}, "", depth + 1), { minLength: 1, maxLength: 4 });
    if (type === "integer" || type === "number") return this.#numbers(schema);
    if (type === "boolean") return fc.boolean();
    if (type !== "string") return fc.jsonValue();
    if (this.#hostility === 0) return schema.format === "date-time" ? dates : names;
    return schema.format === "date-time" ? fc.oneof(dates, oddDates) : fc.oneof(fc.string(), hostileText);
  }

  #numbers({ minimum = 0, maximum = 1e6 }: Schema): fc.Arbitrary<number> {
    const inside = fc.integer({ min: minimum, max: Math.min(maximum, 2 ** 31 - 1) });
    return this.#hostility === 0 ? inside : fc.oneof(inside, fc.constantFrom(minimum - 1, maximum + 1));
  }

  #objects({ properties = {}, required: needed = [] }: Schema, depth: number): fc.Arbitrary<unknown> {
    const required = [...new Set([...needed, ...Object.keys(properties).filter((name) => WANTED.has(name))])];
    const optional = Object.keys(properties).filter(
      (name) => !required.includes(name) && !this.#isLeftOut(name),
    );
    return fc.subarray(optional, { maxLength: Math.min(OPTIONAL_MAX, optional.length) }).chain((some) => {
      const there = [...required, ...some].filter((name) => name in properties);
      return fc.record(
        Object.fromEntries(there.map((name) => [name, this.of(properties[name] ?? {}, name, depth + 1)])),
      );
    });
  }

  /** A cursor is never guessed, and what is for other kinds of tasks does not fit these. */
  #isLeftOut(name: string): boolean {
    return this.#hostility === 0 && ["cursor", "payload", "all", "idPrefix"].includes(name);
  }

  /** Requests of an operation: its path filled, its query and its body. */
  requests(path: string, { parameters = [], requestBody }: Operation) {
    const schema = requestBody?.content["application/json"]?.schema;
    const some = (fits: string[]): fc.Arbitrary<string> =>
      this.#hostility === 0 ? fc.constantFrom(...fits) : fc.oneof(fc.constantFrom(...fits), hostileText);
    const properties = Object.fromEntries(
      parameters.filter((one) => one.in === "query").map((one) => [one.name, one.schema]),
    );
    const queries = this.#objects({ properties }, 0) as fc.Arbitrary<Record<string, unknown>>;
    return fc.record({
      path: fc
        .tuple(some(["app"]), some(["here", "there", "a/b"]))
        .map(([ns, one]) => path.replace("{namespace}", escaped(ns)).replace("{id}", escaped(one))),
      query: queries.map((given) =>
        Object.entries(given)
          .map(([name, value]) => `${name}=${escaped(value)}`)
          .join("&"),
      ),
      body: schema ? this.of(schema) : fc.constant(undefined),
    });
  }
}

const names = fc.string({ unit: fc.constantFrom(..."abc-/ä😀%. "), minLength: 3, maxLength: 12 });
const dates = fc
  .date({ min: new Date("2031-01-01"), max: new Date("2060-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());
const oddDates = fc.constantFrom(
  "1970-01-01",
  "9999-12-31",
  "2040-01-01T10:00:00+02:00",
  "2020-02-30",
  "now",
);

const escaped = (value: unknown): string =>
  encodeURIComponent((typeof value === "string" ? value : (JSON.stringify(value) ?? "")).toWellFormed());
