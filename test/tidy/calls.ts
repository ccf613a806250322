import { importsOf } from "./imports.ts";
import { child, dottedName, isTestCode, nodesOf, packageOf, type Source } from "./source.ts";

/** Where a banned name is at home. Every entry has its reason; one that nothing needs any more fails the test. */
export type Permission = { path: string; name: string; because: string };

/** Reading these makes code depend on when, where and by whom it runs: they are handed in instead. */
const BANNED = ["Date.now", "Math.random", "process.env", "performance.now", "console"] as const;

/** What core may not even mention: it decides, and leaves doing to others. */
const BANNED_IN_CORE = [
  "fetch",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "process",
  "crypto.randomUUID",
  "crypto.getRandomValues",
] as const;
/** Node's modules without clock, disk, network or chance in what core takes from them. */
const PURE_NODE_MODULES = new Set(["node:buffer", "node:crypto", "node:net", "node:url", "node:util"]);
const IMPURE_NAMES = new Set([
  "randomBytes",
  "randomInt",
  "randomUUID",
  "randomFillSync",
  "createServer",
  "connect",
  "Socket",
]);

type Use = { path: string; name: string; where: string };

const use = (source: Source, name: string, offset: number): Use => ({
  path: source.path,
  name,
  where: source.at(offset),
});

const argumentCount = (node: { [field: string]: unknown }): number =>
  Array.isArray(node["arguments"]) ? node["arguments"].length : 0;

const usesOfNames = (source: Source, names: readonly string[]): Use[] => {
  const members = nodesOf(source, "MemberExpression").flatMap((node) => {
    const dotted = dottedName(node)?.replace(/^globalThis\./, "") ?? "";
    const name = names.find(
      (banned) => dotted === banned || (!banned.includes(".") && dotted.startsWith(`${banned}.`)),
    );
    return name === undefined ? [] : [use(source, name, node.start)];
  });
  const calls = nodesOf(source, "CallExpression").flatMap((node) => {
    const name = dottedName(child(node, "callee"));
    return name !== undefined && !name.includes(".") && names.includes(name)
      ? [use(source, name, node.start)]
      : [];
  });
  return [...members, ...calls];
};

/** `new Date()` without an argument, and `Date()`, read the clock as much as `Date.now()` does. */
const usesOfBareDate = (source: Source): Use[] =>
  nodesOf(source, "NewExpression", "CallExpression")
    .filter(
      (node) =>
        dottedName(child(node, "callee")) === "Date" &&
        (argumentCount(node) === 0 || node.type === "CallExpression"),
    )
    .map((node) => use(source, "new Date()", node.start));

const impureImports = (source: Source): Use[] => {
  const modules = importsOf(source)
    .filter(({ specifier }) => specifier.startsWith("node:") && !PURE_NODE_MODULES.has(specifier))
    .map(({ specifier, offset }) => use(source, specifier, offset));
  const names = nodesOf(source, "ImportSpecifier").flatMap((node) => {
    const name = dottedName(child(node, "imported")) ?? "";
    return IMPURE_NAMES.has(name) ? [use(source, name, node.start)] : [];
  });
  return [...modules, ...names];
};

const usesIn = (source: Source): Use[] => {
  const everywhere = [...usesOfNames(source, BANNED), ...usesOfBareDate(source)];
  if (packageOf(source.path) !== "core") return everywhere;
  return [...everywhere, ...usesOfNames(source, BANNED_IN_CORE), ...impureImports(source)];
};

/** Clock, chance, environment and console outside the places that may have them; and permissions that nobody uses. */
export const bannedUses = (sources: readonly Source[], permissions: readonly Permission[]): string[] => {
  const uses = sources
    .filter(({ path }) => packageOf(path) !== undefined && !isTestCode(path))
    .flatMap(usesIn);
  const allows =
    ({ path, name }: Permission) =>
    (one: Use) =>
      one.path === path && one.name === name;
  const refused = uses.filter((one) => !permissions.some((permission) => allows(permission)(one)));
  const idle = permissions.filter((permission) => !uses.some(allows(permission)));
  return [
    ...new Set(refused.map(({ where, name }) => `${where} uses ${name}`)),
    ...idle.map(({ path, name }) => `${path} has a permission for ${name} that nothing needs: remove it`),
  ];
};
