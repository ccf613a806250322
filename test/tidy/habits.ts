import { child, dottedName, type Node, nodesOf, type Source, walk } from "./source.ts";

/** `any` in any position, and comments that silence the compiler or the linter without saying why. */
export const typeEscapes = (source: Source): string[] => {
  const anys = nodesOf(source, "TSAnyKeyword").map((node) => `${source.at(node.start)} uses any`);
  const silenced = [
    ...source.text.matchAll(/\/[/*]\s*(@ts-(?:ignore|nocheck|expect-error)|biome-ignore[^\n:]*)(:?[^\n]*)/g),
  ];
  const comments = silenced.flatMap(({ index, 1: what = "", 2: reason = "" }) => {
    const isBanned = what.startsWith("@ts-ignore") || what.startsWith("@ts-nocheck");
    if (!isBanned && reason.replace(/[:\s]/g, "").length >= REASON_LENGTH_MIN) return [];
    return [`${source.at(index)} ${isBanned ? "uses" : "gives no reason for"} ${what.trim()}`];
  });
  return [...anys, ...comments];
};
const REASON_LENGTH_MIN = 10;

const TEST_NAMES = new Set(["test", "it"]);
const SUITE_NAMES = new Set([...TEST_NAMES, "describe", "suite"]);
const NARROWING = new Set(["only", "skip", "todo", "fails", "skipIf", "runIf"]);

/** The names along `test.each(rows)` or `describe.skip`: ["test", "each"]. */
const chainOf = (node: Node | undefined): string[] => {
  if (node === undefined) return [];
  if (node.type === "CallExpression") return chainOf(child(node, "callee"));
  if (node.type === "TaggedTemplateExpression") return chainOf(child(node, "tag"));
  return dottedName(node)?.split(".") ?? [];
};

/** Tests that run only sometimes or alone. A machine that lacks a part says so through the helper for it, never silently. */
export const narrowedTests = (source: Source): string[] =>
  nodesOf(source, "MemberExpression").flatMap((node) => {
    const [first = "", ...rest] = dottedName(node)?.split(".") ?? [];
    const last = rest.at(-1) ?? "";
    if (!SUITE_NAMES.has(first) || !NARROWING.has(last)) return [];
    return [`${source.at(node.start)} narrows the run with ${first}.${last}`];
  });

const namesCalledIn = (body: Node): Set<string> => {
  const names = new Set<string>();
  walk(body, (node) => {
    if (node.type === "CallExpression") names.add(chainOf(node)[0] ?? "").add(chainOf(node).at(-1) ?? "");
    return undefined;
  });
  return names;
};

const ASSERTS = /^(expect|assert)/;

/** Functions of the file that assert, directly or through one another. */
const assertingFunctions = (source: Source): Set<string> => {
  const calls = new Map<string, Set<string>>();
  for (const node of nodesOf(source, "VariableDeclarator", "FunctionDeclaration")) {
    const name = dottedName(child(node, "id"));
    const body = child(node, node.type === "FunctionDeclaration" ? "body" : "init");
    if (name !== undefined && body !== undefined) calls.set(name, namesCalledIn(body));
  }
  const asserting = new Set<string>();
  for (let before = -1; before !== asserting.size; ) {
    before = asserting.size;
    for (const [name, called] of calls) {
      if ([...called].some((one) => ASSERTS.test(one) || asserting.has(one))) asserting.add(name);
    }
  }
  return asserting;
};

const callbackOf = (node: Node): Node | undefined => {
  const given = Array.isArray(node["arguments"]) ? (node["arguments"] as Node[]) : [];
  return given.find(({ type }) => type === "ArrowFunctionExpression" || type === "FunctionExpression");
};

/** Tests that assert nothing: they pass whatever the code does. */
export const emptyTests = (source: Source): string[] => {
  const asserting = assertingFunctions(source);
  return nodesOf(source, "CallExpression").flatMap((node) => {
    const callback = callbackOf(node);
    if (callback === undefined || !TEST_NAMES.has(chainOf(node)[0] ?? "")) return [];
    const asserts = [...namesCalledIn(callback)].some((name) => ASSERTS.test(name) || asserting.has(name));
    return asserts ? [] : [`${source.at(node.start)} asserts nothing`];
  });
};

export const FILE_LINES_MAX = 500;
export const FILE_LINES_USUAL = 300;
/** Share of files that may pass the usual length. */
export const LONG_FILES_SHARE_MAX = 0.1;

const lineCount = ({ text }: { text: string }): number => text.trimEnd().split("\n").length;

export const longFiles = (sources: readonly { path: string; text: string }[]): string[] => {
  const tooLong = sources.filter((source) => lineCount(source) > FILE_LINES_MAX);
  const long = sources.filter((source) => lineCount(source) > FILE_LINES_USUAL);
  const faults = tooLong.map(
    (source) => `${source.path} has ${lineCount(source)} lines, at most ${FILE_LINES_MAX}`,
  );
  if (long.length > sources.length * LONG_FILES_SHARE_MAX) {
    faults.push(
      `${long.length} of ${sources.length} files pass ${FILE_LINES_USUAL} lines: ${long.map(({ path }) => path).join(", ")}`,
    );
  }
  return faults;
};
