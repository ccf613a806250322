import { posix } from "node:path";
import { child, folderOf, isTestCode, type Node, packageOf, type Source, walk } from "./source.ts";

export type Import = {
  specifier: string;
  offset: number;
};

const literal = (node: Node | undefined): string | undefined =>
  node?.type === "Literal" && typeof node["value"] === "string" ? node["value"] : undefined;

const importOf = (node: Node): Import | undefined => {
  const specifier = literal(child(node, "source"));
  if (specifier === undefined) return undefined;
  return { specifier, offset: node.start };
};

/** Every import, re-export and `import()` of a file, of values and of types. */
export const importsOf = (source: Source): Import[] => {
  const found: Import[] = [];
  walk(source.program, (node) => {
    const isImport = /^(Import|ExportNamed|ExportAll)(Declaration|Expression)$|^TSImportType$/.test(
      node.type,
    );
    const one = isImport ? importOf(node) : undefined;
    if (one !== undefined) found.push(one);
    return undefined;
  });
  return found;
};

/** `@aws-sdk/lib-dynamodb/x` → `@aws-sdk/lib-dynamodb`; undefined for relative paths and Node's own modules. */
export const packageNameOf = (specifier: string): string | undefined => {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
};

/** The room a bare specifier leads to: `@hookclock/core` → `core`, `hookclock` → `hookclock`. */
export const roomOf = (specifier: string): string | undefined => {
  const name = packageNameOf(specifier);
  if (name === "hookclock") return "hookclock";
  return name?.startsWith("@hookclock/") ? name.slice("@hookclock/".length) : undefined;
};

/** Which way the arrows point. What is not listed is refused. */
export const ARROWS: Record<string, readonly string[]> = {
  core: [],
  engine: ["core"],
  "store-dynamodb": ["core", "engine"],
  "transport-http": ["core", "engine"],
  testkit: ["core", "engine"],
  websub: ["core", "engine"],
  hookclock: ["core", "engine", "store-dynamodb", "transport-http", "websub"],
  api: ["core", "hookclock"],
  client: ["core", "hookclock"],
  local: ["core", "hookclock", "api"],
  cli: ["core", "local", "hookclock", "client"],
  functions: ["core", "hookclock", "api"],
};

/** Second doors beside a package's index, each for a reason. */
const SIDE_DOORS = new Set([
  // Imports the test runner, which must not be loaded where no test runs.
  "@hookclock/testkit/contract",
]);

const arrowFault = (path: string, room: string, specifier: string): string | undefined => {
  const target = roomOf(specifier);
  if (target === undefined || target === room) return undefined;
  if (packageNameOf(specifier) !== specifier && !SIDE_DOORS.has(specifier))
    return `reaches inside another package: ${specifier}`;
  if (target === "testkit" && isTestCode(path)) return undefined;
  const allowed = ARROWS[room];
  if (allowed === undefined) return `lives in a package without an entry in the table of arrows: ${room}`;
  return allowed.includes(target) ? undefined : `imports ${specifier}, against the arrows of ${room}`;
};

const relativeFault = (path: string, room: string, specifier: string): string | undefined => {
  const target = posix.join(posix.dirname(path), specifier);
  const isOwnManifest = target === `${folderOf(room)}/package.json`;
  if (packageOf(target) !== room && !isOwnManifest)
    return `leaves its package by a relative path: ${specifier}`;
  if (!isTestCode(path) && isTestCode(target)) return `imports test code: ${specifier}`;
  return undefined;
};

/** Imports against the arrows, past a package's index, out of a package by a path, or from shipped code into test code. */
export const wrongImports = (sources: readonly Source[]): string[] =>
  sources.flatMap((source) => {
    const room = packageOf(source.path);
    if (room === undefined) return [];
    return importsOf(source).flatMap(({ specifier, offset }) => {
      const judge = specifier.startsWith(".") ? relativeFault : arrowFault;
      const fault = judge(source.path, room, specifier);
      return fault === undefined ? [] : [`${source.at(offset)} ${fault}`];
    });
  });

/** Circles among files that import each other, types included, each named once. */
export const importCircles = (sources: readonly Source[]): string[] => {
  const edges = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => posix.join(posix.dirname(source.path), specifier)),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const follow = (path: string): void => {
    const from = trail.indexOf(path);
    if (from >= 0) circles.push([...trail.slice(from), path].join(" -> "));
    if (from >= 0 || done.has(path)) return;
    trail.push(path);
    for (const next of edges.get(path) ?? []) follow(next);
    trail.pop();
    done.add(path);
  };
  for (const path of edges.keys()) follow(path);
  return circles;
};
