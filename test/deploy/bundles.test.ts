import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { child, nodesOf, parseSource } from "../tidy/source.ts";
import { type Bundle, bundlePaths, makeBundles } from "./handlers/bundled.ts";

const FUNCTIONS = ["api", "react", "trigger", "wake"];
const BYTES_MAX = 1_000_000;
const BUNDLE_TIMEOUT_MS = 60_000;

let bundles: Bundle[] = [];
beforeAll(async () => {
  bundles = await makeBundles();
  const sizes = bundles.map(
    ({ name, bytes, laterBytes }) =>
      `${name} ${Math.round(bytes / 1000)} KB + ${Math.round(laterBytes / 1000)} KB later`,
  );
  console.log(`bundled functions: ${sizes.join(", ")}`);
}, BUNDLE_TIMEOUT_MS);

test("there is a bundle for each function", () => {
  expect(bundles.map(({ name }) => name).sort()).toEqual(FUNCTIONS);
});

test.each(FUNCTIONS)("%s starts with less than a megabyte", (name) => {
  expect(bundles.find((one) => one.name === name)?.bytes).toBeLessThan(BYTES_MAX);
});

const isBuiltIn = (name: string): boolean => name.startsWith("node:") || builtinModules.includes(name);

/** What a file imports, now or later. */
function wantedBy(path: string): string[] {
  const source = parseSource(path, readFileSync(path, "utf8"));
  const texts = [
    ...nodesOf(source, "ImportDeclaration", "ImportExpression", "ExportNamedDeclaration").map(
      (node) => child(node, "source")?.["value"],
    ),
    ...nodesOf(source, "CallExpression").flatMap((node) => {
      const callee = child(node, "callee");
      const [argument] = node["arguments"] as { value?: unknown }[];
      const isRequire = callee?.type === "Identifier" && callee["name"] === "require";
      return isRequire ? [argument?.value] : [];
    }),
  ];
  return texts.filter((text): text is string => typeof text === "string");
}

test.each(FUNCTIONS)("%s loads nothing that is not in it, now or later", (name) => {
  const paths = bundlePaths(name);
  const files = paths.map((path) => `./${basename(path)}`);
  const wanted = paths.flatMap((path) => wantedBy(path));
  expect(wanted.length).toBeGreaterThan(3);
  const strangers = wanted.filter((text) => !isBuiltIn(text) && !files.includes(text));
  expect([...new Set(strangers)]).toEqual([]);
});

/** The parsers of WebSub, and what deliveries are sent with. */
const LATER = ["feedsmith", "fast-xml-parser", "htmlparser2", "entities", "undici"];

test.each(["api", "trigger", "wake"])(
  "%s has what not every start needs, and does not start with it",
  (name) => {
    const { inputs = {}, laterInputs = {} } = bundles.find((one) => one.name === name) ?? {};
    expect(Object.keys(inputs)).not.toEqual(expect.arrayContaining([expect.stringMatching(LATER.join("|"))]));
    expect(Object.keys(laterInputs)).toEqual(expect.arrayContaining(LATER));
  },
);
