import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vitest/node";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A node of the syntax tree: ESTree with TypeScript's additions. */
export type Node = { type: string; start: number; end: number; [field: string]: unknown };

export type Source = {
  /** Relative to the root, with forward slashes. */
  path: string;
  text: string;
  program: Node;
  /** `path:line` of an offset, as editors understand it. */
  at(offset: number): string;
};

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

/** The child under `field`, when it is a node. */
export const child = (node: Node, field: string): Node | undefined => {
  const value = node[field];
  return isNode(value) ? value : undefined;
};

const children = (node: Node): Node[] =>
  Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value]).filter(isNode));

/** Calls `visit` for the node and all below it, parents first; `visit` may answer false to leave out what is below. */
export const walk = (node: Node, visit: (node: Node) => boolean | undefined): void => {
  if (visit(node) === false) return;
  for (const below of children(node)) walk(below, visit);
};

/** All nodes of the given types. */
export const nodesOf = (source: Source, ...types: string[]): Node[] => {
  const found: Node[] = [];
  walk(source.program, (node) => {
    if (types.includes(node.type)) found.push(node);
    return undefined;
  });
  return found;
};

/** `Date.now` for a chain of plain names, undefined for anything else. */
export const dottedName = (node: Node | undefined): string | undefined => {
  if (node === undefined) return undefined;
  if (node.type === "Identifier") return String(node["name"]);
  if (node.type === "ThisExpression") return "this";
  if (node.type !== "MemberExpression" || node["computed"] === true) return undefined;
  const object = dottedName(child(node, "object"));
  return object === undefined ? undefined : `${object}.${String(child(node, "property")?.["name"])}`;
};

export const parseSource = (path: string, text: string): Source => ({
  path,
  text,
  program: parseAst(text, { lang: path.endsWith(".mjs") ? "js" : "ts" }) as unknown as Node,
  at: (offset) => `${path}:${text.slice(0, offset).split("\n").length}`,
});

const LEFT_OUT = new Set(["node_modules", "dist", ".cache", ".git", ".hookclock", ".sst"]);

const walkFiles = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (LEFT_OUT.has(entry.name)) return [];
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return walkFiles(path);
    return entry.isFile() ? [relative(ROOT, path).split(sep).join("/")] : [];
  });

/** Made by the build from the pages in the root. */
const isCopied = (path: string): boolean => /^packages\/hookclock\/(README|CHANGELOG)\.md$/.test(path);

/** Every file of the project, relative to the root. */
export const allFiles = (): string[] =>
  walkFiles(ROOT)
    .filter((path) => !isCopied(path))
    .sort();

export const readText = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** `packages/core/src/errors.ts` → `core`, `functions/api.ts` → `functions`; undefined outside the packages' sources. */
export const packageOf = (path: string): string | undefined =>
  /^packages\/([^/]+)\/src\//.exec(path)?.[1] ?? /^(functions)\//.exec(path)?.[1];

/** Where a package lives: those that are put on AWS as they are stand beside `packages`. */
export const folderOf = (room: string): string => (room === "functions" ? room : `packages/${room}`);

/** Tests, and what only tests use: `x.test.ts`, `test-support.ts`, the testkit. Held to looser rules and never shipped. */
export const isTestCode = (path: string): boolean =>
  /\.test\.ts$|(^|\/)test-[^/]+\.ts$/.test(path) ||
  path.startsWith("packages/testkit/") ||
  !/^(packages|functions)\//.test(path);
