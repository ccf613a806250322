// Requests for the operations of a document: some fit, some nearly do, some are meant badly.
import fc from "fast-check";
import type { Contract, Operation, Schema } from "./contract.ts";

/** Texts that have broken programs before. */
const NASTY_TEXTS = [
  ...[
    "",
    " ",
    ".",
    "..",
    "../..",
    "/",
    "a/b",
    "%",
    "%2F",
    "%00",
    "%zz",
    "%c0%ae",
    "?",
    "#",
    "#config",
    "*",
    "null",
  ],
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "then",
    "length",
    "$ref",
    "$where",
  ],
  ...[
    "\u0000",
    "\u001b[31m",
    "\u007f",
    "\r\nx-injected: 1",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ud800",
    "a\udfff",
  ],
  ...[
    "💥".repeat(60),
    "x".repeat(3_000),
    "-1",
    "1e400",
    "0x10",
    "NaN",
    "true",
    "undefined",
    "[object Object]",
  ],
  ...[
    "2030-02-30",
    "9999-12-31T23:59:59.999Z",
    "10000-01-01",
    "1969-12-31",
    "http://[::1",
    "file:///etc/passwd",
  ],
];
const NASTY_NUMBERS = [0, -0, -1, 0.5, 1e21, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, Number.MIN_VALUE];

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

const nasty: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...NASTY_TEXTS, ...NASTY_NUMBERS, null, true, [], {}),
  fc.constantFrom(60, 80, 3_000).map(deep),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.jsonValue({ maxDepth: 2 }),
  fc.integer({ min: 1_000, max: 3_000 }).map((length) => new Array(length).fill("x")),
  // As own fields, which a parser makes of them.
  fc
    .constantFrom('{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"x":1}}}')
    .map((text): unknown => JSON.parse(text)),
);

const WANTED = new Set(["url", "scheduledDate"]);

/** Fields whose parts only fit each other now and then: whole ones that do. */
const WHOLES: Record<string, unknown[]> = {
  repeat: [{ interval: 2, unit: "hours", max: 3 }, { cron: "0 9 * * *", timeZone: "Europe/Berlin" }, {}],
  retry: [{ limit: 1, baseMs: 10, maxMs: 20 }, { jitter: 0 }],
  request: [{ headers: { a: "b" } }, { body: { c: [1] } }, {}],
  payload: [undefined],
  idPrefix: ["", undefined],
};

/** Values that make requests meet things that are there. `own`: nothing calls out further than loopback. */
export type Known = {
  namespaces: string[];
  ids: string[];
  cursors: string[];
  keyIds: string[];
  tokens: string[];
};

export class Requests {
  readonly #contract: Contract;
  readonly #known: Known;

  constructor(contract: Contract, known: Known) {
    this.#contract = contract;
    this.#known = known;
  }

  /** A value for a schema; `name` is the field's. One in `oddity` parts is not what the schema says. */
  valueOf(given: Schema, name: string, oddity: number, depth = 0): fc.Arbitrary<unknown> {
    const fitting = this.#fitting(given, name, oddity, depth);
    return fc.oneof({ weight: oddity, arbitrary: fitting }, { weight: 1, arbitrary: nasty });
  }

  #fitting(given: Schema, name: string, oddity: number, depth: number): fc.Arbitrary<unknown> {
    const schema = this.#resolve(given);
    const named = depth > 8 ? fc.constant(null) : this.#named(name);
    if (named !== undefined) return named;
    const whole = WHOLES[name];
    if (whole !== undefined && depth === 1) {
      const parts = this.#byType(schema, name, oddity, depth);
      return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...whole) }, { weight: 1, arbitrary: parts });
    }
    return this.#byType(schema, name, oddity, depth);
  }

  #byType(schema: Schema, name: string, oddity: number, depth: number): fc.Arbitrary<unknown> {
    const values = (schema["enum"] ??
      (schema["const"] === undefined ? undefined : [schema["const"]])) as unknown[];
    if (values !== undefined) return fc.constantFrom(...values);
    const choices = (schema["anyOf"] ?? schema["oneOf"]) as Schema[] | undefined;
    if (choices !== undefined)
      return fc.oneof(...choices.map((one) => this.#fitting(one, name, oddity, depth + 1)));
    const type = [schema["type"]].flat()[0];
    if (type === "object") return this.#object(schema, oddity, depth);
    if (type === "array") {
      const items = this.valueOf((schema["items"] ?? {}) as Schema, name, oddity, depth + 1);
      return fc.array(items, { minLength: Number(schema["minItems"] ?? 0), maxLength: 4 });
    }
    if (type === "integer" || type === "number") {
      const [min, max] = [Number(schema["minimum"] ?? 0), Math.min(Number(schema["maximum"] ?? 1e6), 1e9)];
      return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, min - 1, max + 1));
    }
    if (type === "boolean") return fc.boolean();
    if (type === "string") return fc.string({ minLength: Number(schema["minLength"] ?? 0), maxLength: 20 });
    return fc.jsonValue({ maxDepth: 2 });
  }

  /** Fields whose name says more than their schema. */
  #named(name: string): fc.Arbitrary<unknown> | undefined {
    const { namespaces, ids, cursors } = this.#known;
    // The same at the top and in `request`: two different ones would be refused.
    if (name === "url") return fc.constant("http://127.0.0.1:1/");
    if (name === "method") return fc.constant("POST");
    if (name === "kind") return fc.constantFrom("http", "http", "none");
    if (name === "cursor") return fc.constantFrom(...cursors);
    if (["id", "task"].includes(name)) {
      return fc.oneof(fc.constantFrom(...ids), fc.stringMatching(/^[a-z]{1,3}$/));
    }
    if (name === "namespaces") return fc.subarray([...namespaces, "*"], { minLength: 1 });
    // Far away, so that what is registered does not run by itself.
    if (/Date$|^from$|^to$|^until$/.test(name))
      return fc.constantFrom("2040-01-01T00:00:00Z", "2039-06-01", "1990-01-01");
    if (name === "cron") return fc.constantFrom("0 9 * * *", "* * * *", "61 * * * *");
    if (name === "timeZone") return fc.constantFrom("Europe/Berlin", "Nowhere/Else");
    if (name === "budgetMs") return fc.integer({ min: 0, max: 200 });
    return undefined;
  }

  #object(schema: Schema, oddity: number, depth: number): fc.Arbitrary<unknown> {
    const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Schema>);
    if (depth > 4) return fc.constant({});
    const required = (schema["required"] ?? []) as string[];
    const fields = Object.fromEntries(
      properties.map(([name, property]) => [name, this.valueOf(property, name, oddity * 3, depth + 1)]),
    );
    // What a task cannot do without, though its schema lets one leave it out.
    const wanted = depth === 0 ? properties.map(([name]) => name).filter((name) => WANTED.has(name)) : [];
    const record = fc.record(fields, { requiredKeys: [...required, ...wanted] });
    const stray = fc.record({ name: fc.constantFrom(...NASTY_TEXTS), value: nasty });
    return fc.oneof(
      { weight: oddity * 2, arbitrary: record },
      {
        weight: 1,
        arbitrary: fc.tuple(record, stray).map(([one, { name, value }]) => ({ ...one, [name]: value })),
      },
    );
  }

  #resolve(schema: Schema): Schema {
    const ref = schema["$ref"];
    if (typeof ref !== "string") return schema;
    return this.#resolve(this.#contract.components.schemas[ref.split("/").at(-1) ?? ""] ?? {});
  }

  /** A request for an operation. */
  of(operation: Operation): fc.Arbitrary<FuzzedRequest> {
    const { method, path, parameters = [], requestBody } = operation;
    const { namespaces, ids, keyIds, tokens } = this.#known;
    const some = (values: string[]) =>
      fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(...values) },
        { weight: 1, arbitrary: fc.constantFrom(...NASTY_TEXTS) },
      );
    const query = parameters.filter((one) => one.in === "query");
    const asked = fc.record(
      Object.fromEntries(query.map(({ name, schema }) => [name, this.valueOf(schema, name, 10)])),
      { requiredKeys: [] },
    );
    const schema = requestBody?.content["application/json"]?.schema;
    return fc.record({
      method: fc.constant(method),
      target: fc
        .tuple(some(namespaces), some(path.startsWith("/v1/keys") ? keyIds : ids), asked, fc.boolean())
        .map(([namespace, id, given, raw]) => targetOf(path, { namespace, id }, given, raw)),
      body: schema === undefined ? fc.constant(undefined) : this.#body(schema),
      token: fc.oneof(
        { weight: 15, arbitrary: fc.constantFrom(...tokens) },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
      headers: this.#headers(),
    });
  }

  #body(schema: Schema): fc.Arbitrary<unknown> {
    const value = this.valueOf(schema, "", 8);
    return fc.oneof(
      { weight: 16, arbitrary: value },
      {
        weight: 1,
        arbitrary: fc.tuple(value, fc.nat(40)).map(([one, cut]) => (JSON.stringify(one) ?? "").slice(0, cut)),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          '{"a":1,"a":2}',
          '{"__proto__":{}}',
          '"\\ud800"',
          `${"[".repeat(5_000)}`,
          "\ufeff{}",
        ),
      },
    );
  }

  #headers(): fc.Arbitrary<Record<string, string>> {
    const odd = fc.constantFrom<Record<string, string>>(
      { "content-type": "text/plain" },
      { "content-type": "application/json; charset=utf-16" },
      { "content-encoding": "gzip" },
      { "idempotency-key": "same" },
      { "idempotency-key": "x".repeat(300) },
      { "x-request-id": "a b" },
      { "x-request-id": "y".repeat(200) },
      { "last-event-id": this.#known.cursors[0] ?? "" },
      { authorization: "Bearer" },
      { authorization: "Basic aGM6aGM=" },
      { authorization: `Bearer ${"z".repeat(2_000)}` },
      { "content-length": "-1" },
    );
    return fc.oneof(
      { weight: 6, arbitrary: fc.constant<Record<string, string>>({}) },
      { weight: 1, arbitrary: odd },
    );
  }
}

export type FuzzedRequest = {
  method: string;
  target: string;
  body: unknown;
  token: string | undefined;
  headers: Record<string, string>;
};

function targetOf(path: string, values: Record<string, string>, query: object, raw: boolean): string {
  // Some are sent as they are: what no escape protects.
  const write = (text: string): string => {
    if (raw && /^[\w.%*/-]{1,20}$/.test(text)) return text;
    return encodeURIComponent(text.toWellFormed());
  };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => write(values[name] ?? ""));
  const pairs = Object.entries(query).map(([name, value]) => {
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    return `${name}=${write(text.slice(0, 2_000))}`;
  });
  return pairs.length === 0 ? filled : `${filled}?${pairs.join("&")}`;
}
