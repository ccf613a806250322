// Holds each answer against the OpenAPI document: status, type, headers and every field.
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";

type Json = { [name: string]: Json } & Json[] & string;
export type Schema = Record<string, unknown>;
export type Media = { schema: Schema; example?: unknown };
export type Parameter = { name: string; in: string; required?: boolean; schema: Schema };
export type Operation = {
  operationId: string;
  method: string;
  path: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, { $ref?: string; content?: Record<string, Media> }>;
};

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** What no operation answers with, since the request reached none: no such path, no such method. */
const UNROUTED = [404, 405];

export class Contract {
  readonly operations: Operation[];
  readonly components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Operation["responses"][""]>;
  };
  /** `operation status` of every answer so far. */
  readonly seen = new Set<string>();
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: unknown) {
    const { paths, components } = document as {
      paths: Record<string, Record<string, Omit<Operation, "method" | "path">>>;
      components: Contract["components"];
    };
    this.components = components;
    this.operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        ...operation,
        method: method.toUpperCase(),
        path,
      })),
    );
    this.#ajv.addFormat("date-time", DATE_TIME);
    this.#ajv.addSchema(closed({ $id: "document", components }) as object);
  }

  /** The operation of a request; the one with the fewest parameters, as routers choose. Undefined for none. */
  operationOf(method: string, path: string): Operation | undefined {
    const wanted = method === "HEAD" ? "GET" : method;
    return this.operations
      .filter((one) => one.method === wanted && patternOf(one.path).test(path))
      .sort((a, b) => a.path.split("{").length - b.path.split("{").length)[0];
  }

  /** Fails unless the document says such an answer to such a request. */
  check(method: string, target: string, answer: { status: number; headers: Headers; text: string }): void {
    const { status, headers, text } = answer;
    const path = target.split(/[?#]/)[0] ?? "";
    const operation = this.operationOf(method, path);
    const what = `${method} ${target.slice(0, 200)}: ${status} ${text.slice(0, 300)}`;
    expect(headers.get("x-request-id"), what).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
    if (operation === undefined) {
      expect(UNROUTED, what).toContain(status);
      this.#checkBody("unrouted", this.components.schemas["Problem"] ?? {}, JSON.parse(text), what);
      return;
    }
    const given = operation.responses[status];
    expect(given, `${what}: a status that ${operation.operationId} does not document`).toBeDefined();
    this.seen.add(`${operation.operationId} ${status}`);
    const said = given?.$ref ? this.components.responses[given.$ref.split("/").at(-1) ?? ""] : given;
    const [type, media] = Object.entries(said?.content ?? {})[0] ?? ["", undefined];
    expect(headers.get("content-type")?.split(";")[0], what).toBe(type);
    if (method === "HEAD" || media === undefined) return;
    const name = `${operation.operationId} ${status}`;
    if (type === "text/event-stream") this.#checkEvents(text, what);
    else this.#checkBody(name, media.schema, /json/.test(type) ? JSON.parse(text) : text, what);
  }

  #checkBody(name: string, schema: Schema, body: unknown, what: string): void {
    let validate = this.#validators.get(name);
    if (validate === undefined) {
      validate = this.#ajv.compile(closed(schema) as object);
      this.#validators.set(name, validate);
    }
    validate(body);
    expect(validate.errors, what).toBeNull();
  }

  #checkEvents(text: string, what: string): void {
    for (const [, name, data] of text.matchAll(/^event: (.*)\nid: .+\ndata: (.*)$/gm)) {
      expect(["start", "log"], what).toContain(name);
      if (name === "log")
        this.#checkBody("event", { $ref: "#/components/schemas/ExecutionLog" }, JSON.parse(data ?? ""), what);
    }
  }
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);

/** The same schemas, but nothing beside what they name may be there. */
function closed(schema: unknown, inParts = false): unknown {
  if (Array.isArray(schema)) return schema.map((one) => closed(one, inParts));
  if (schema === null || typeof schema !== "object") return schema;
  const entries = Object.entries(schema).map(([name, value]): [string, unknown] => {
    if (name === "$ref") return [name, `document${String(value as Json)}`];
    // The part of an intersection does not know of the others.
    const isPart = name === "allOf" || name === "Problem";
    return [name, name === "example" || name === "examples" ? [] : closed(value, isPart)];
  });
  const copy = Object.fromEntries(entries);
  const names = "properties" in copy || "allOf" in copy;
  if (names && !inParts && copy["additionalProperties"] === undefined && typeof copy["type"] !== "object") {
    copy["unevaluatedProperties"] = false;
  }
  return copy;
}
