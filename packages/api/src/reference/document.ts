// The part of an OpenAPI 3.1 document that the reference page reads.

export type Schema = {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  deprecated?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};

export type Parameter = {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
};
export type MediaType = {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value?: unknown }>;
};
export type Header = { $ref?: string; description?: string; schema?: Schema };
export type Body = {
  $ref?: string;
  description?: string;
  required?: boolean;
  content?: Record<string, MediaType>;
};
export type Answer = {
  $ref?: string;
  description?: string;
  headers?: Record<string, Header>;
  content?: Record<string, MediaType>;
};
export type Operation = {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  deprecated?: boolean;
  parameters?: Parameter[];
  requestBody?: Body;
  responses?: Record<string, Answer>;
  security?: Record<string, string[]>[];
};
export type PathItem = { parameters?: Parameter[] } & Partial<Record<Method, Operation>>;
export type OpenApi = {
  info: { title: string; version: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths?: Record<string, PathItem>;
  security?: Record<string, string[]>[];
  components?: Record<string, Record<string, unknown>>;
};

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
export type Method = (typeof METHODS)[number];

/** An operation with what it takes from its path. */
export type Listed = Operation & {
  id: string;
  method: Method;
  path: string;
  parameters: Parameter[];
  /** What a key must be allowed; null when no key is needed. */
  permission: string | null;
};
export type Group = { name: string; description: string | undefined; operations: Listed[] };

/** What a reference within the document leads to; the thing itself when it is none. Undefined for a dead one. */
export function resolve<T extends { $ref?: string }>(document: OpenApi, given: T): T | undefined {
  let found: T | undefined = given;
  for (let steps = 0; found?.$ref !== undefined; steps += 1) {
    const [, room, name] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(found.$ref) ?? [];
    if (room === undefined || name === undefined || steps > 20) return undefined;
    found = document.components?.[room]?.[decodeURIComponent(name)] as T | undefined;
  }
  return found;
}

/** The last part of a reference: the name of what it leads to. */
export const nameOfRef = (ref: string): string => decodeURIComponent(ref.split("/").at(-1) ?? ref);

function permissionOf(document: OpenApi, operation: Operation): string | null {
  const security = operation.security ?? document.security ?? [];
  const [first] = security.flatMap((schemes) => Object.values(schemes));
  if (first === undefined) return null;
  return first[0] ?? "any key";
}

/** Operations by their first tag, in the order in which the document names tags, then paths. */
export function groupsOf(document: OpenApi): Group[] {
  const groups = new Map<string, Group>();
  for (const { name, description } of document.tags ?? [])
    groups.set(name, { name, description, operations: [] });
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const name = operation.tags?.[0] ?? "Other";
      const group = groups.get(name) ?? { name, description: undefined, operations: [] };
      groups.set(name, group);
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].flatMap(
        (parameter) => resolve(document, parameter) ?? [],
      );
      const id = operation.operationId ?? `${method} ${path}`;
      const permission = permissionOf(document, operation);
      group.operations.push({ ...operation, id, method, path, parameters, permission });
    }
  }
  return [...groups.values()].filter(({ operations }) => operations.length > 0);
}
