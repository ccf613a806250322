import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, test } from "vitest";
import { createApi } from "./app.ts";
import { matcherOf, routerPath } from "./http/path.ts";
import { PROBLEM_CODES, statusOf } from "./http/problem.ts";
import type { ApiDependencies } from "./ports.ts";
import type { MediaType, OpenApi, Operation } from "./reference/document.ts";
import { resolve } from "./reference/document.ts";
import { protocolRoutes } from "./websub/protocol.ts";

/** No call reaches a database here. */
const app = createApi({
  version: "1.2.3",
  clock: { now: () => 0, sleep: async () => {} },
  newId: () => "id",
  log: { request: () => {}, error: () => {} },
  websub: {},
} as unknown as ApiDependencies);

let document: OpenApi & { openapi: string };
beforeAll(async () => {
  const response = await app.fetch(new Request("http://api.test/openapi.json"));
  document = (await response.json()) as typeof document;
});

type Named = Operation & { method: string; path: string };
const operations = (): Named[] =>
  Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...(operation as Operation), method, path })),
  );

test("the document is valid OpenAPI 3.1", async () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

test("every operation says its name, what it does, where it belongs and who may call it", () => {
  const names = operations().map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  const groups = document.tags?.map(({ name }) => name) ?? [];
  for (const operation of operations()) {
    const { path, operationId, summary, description, tags, security } = operation;
    expect(operationId, path).toMatch(/^[a-z][A-Za-z]+$/);
    expect(summary?.length, path).toBeGreaterThan(3);
    expect(description?.length, path).toBeGreaterThan(10);
    expect(groups, path).toEqual(expect.arrayContaining(tags ?? ["no tag"]));
    expect(tags, path).toHaveLength(1);
    const isPublic = !path.startsWith("/v1/");
    const roles = isPublic ? [] : [{ key: [expect.stringMatching(/^(read|write|admin)$/)] }];
    expect(security, path).toEqual(roles);
  }
});

test("every route that is served is in the document, and the other way round", () => {
  // Those of standards take no keys and no JSON: docs/websub.md has them.
  const standard = new Set(protocolRoutes.map(({ path }) => routerPath(path)));
  const own = app.routes.filter(({ path }) => !standard.has(path));
  const served = own.map(({ method, path }) => `${method} ${path}`).sort();
  const documented = operations().map(({ method, path }) => `${method.toUpperCase()} ${routerPath(path)}`);
  expect(served).toEqual(documented.sort());
  expect(matcherOf("/v1/keys/{id}").test("/v1/keys/a")).toBe(true);
});

test("every parameter is described, and those of the path are said", () => {
  for (const { path, operationId, parameters = [] } of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const said = parameters.filter((one) => one.in === "path").map(({ name }) => name);
    expect(said, operationId).toEqual(inPath);
    for (const { name, schema, description } of parameters) {
      expect(schema?.type ?? schema?.enum, `${operationId} ${name}`).toBeDefined();
      expect(description, `${operationId} ${name}`).toBeTruthy();
    }
  }
});

test("every operation says each error it can answer with, under its status", () => {
  const said = new Set<string>();
  for (const { path, responses = {}, operationId } of operations()) {
    const failures = Object.entries(responses).filter(([status]) => /^[45]/.test(status));
    const statuses = failures.map(([status]) => status);
    const always = path.startsWith("/v1/") ? ["400", "401", "403", "429", "500", "503"] : ["400", "500"];
    expect(statuses, operationId).toEqual(expect.arrayContaining(always));
    expect(responses["default"], operationId).toBeUndefined();
    for (const [status, given] of failures) {
      const media = resolve(document, given)?.content?.["application/problem+json"];
      const own = media?.schema?.allOf?.find(({ properties }) => properties?.["code"]);
      for (const code of own?.properties?.["code"]?.enum ?? ["none"]) {
        said.add(String(code));
        expect(String(statusOf(code as never)), `${operationId} ${code}`).toBe(status);
      }
    }
  }
  // No operation answers so: there is none for such a path or method.
  expect([...said, "method-not-allowed"].sort()).toEqual([...PROBLEM_CODES].sort());
});

test("every body has an example, and every example fits its schema", () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: "document", components: document.components });
  const absolute = (schema: unknown): object =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/')) as object;
  const medias = operations().flatMap(({ operationId, requestBody, responses = {} }) => [
    ...Object.entries(requestBody?.content ?? {}).map(([, media]) => [`${operationId} body`, media] as const),
    ...Object.entries(responses).flatMap(([status, given]) =>
      Object.values(resolve(document, given)?.content ?? {}).map((media): readonly [string, MediaType] => [
        `${operationId} ${status}`,
        media,
      ]),
    ),
  ]);
  expect(medias.length).toBeGreaterThan(100);
  for (const [name, { schema, example }] of medias) {
    expect(example, name).toBeDefined();
    const validate = ajv.compile(absolute(schema));
    validate(example);
    expect(validate.errors, name).toBeNull();
  }
});

test("inputs refuse what they do not know, as the document says", () => {
  const bodies = operations().flatMap(({ operationId, requestBody }) =>
    // Bytes have no fields.
    Object.entries(requestBody?.content ?? {}).flatMap(([type, { schema }]) => {
      const whole = resolve(document, schema ?? {}) ?? {};
      // Bytes have no fields.
      const kinds = type === "*/*" ? [] : (whole.oneOf ?? whole.anyOf ?? [whole]);
      return kinds.map((kind) => [operationId, resolve(document, kind)?.additionalProperties]);
    }),
  );
  expect(bodies.length).toBeGreaterThan(10);
  expect(bodies.filter(([, more]) => more !== false)).toEqual([]);
});

test("an id of what is published is bounded as the library bounds it", () => {
  const named = (name: string) => operations().find(({ operationId }) => operationId === name);
  const ofContent = named("publishContent")?.parameters?.find((one) => one.in === "query")?.schema;
  const event = named("publishEvent")?.requestBody?.content?.["application/json"]?.schema;
  for (const schema of [ofContent, resolve(document, event ?? {})?.properties?.["id"]]) {
    const fits = (length: number) => new RegExp(schema?.pattern ?? "").test("x".repeat(length));
    expect([fits(0), fits(1), fits(255), fits(256)]).toEqual([false, true, true, false]);
  }
});
