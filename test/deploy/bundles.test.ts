import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { beforeAll, expect, test } from "vitest";
import { child, nodesOf, parseSource } from "../tidy/source.ts";
import { type Bundle, bundlePath, makeBundles } from "./handlers/bundled.ts";

const FUNCTIONS = ["api", "react", "trigger", "wake"];
const BYTES_MAX = 1_000_000;
const BUNDLE_TIMEOUT_MS = 60_000;

let bundles: Bundle[] = [];
beforeAll(async () => {
  bundles = await makeBundles();
  const sizes = bundles.map(({ name, bytes }) => `${name} ${Math.round(bytes / 1000)} KB`);
  console.log(`bundled functions: ${sizes.join(", ")}`);
}, BUNDLE_TIMEOUT_MS);

test("there is a bundle for each function", () => {
  expect(bundles.map(({ name }) => name).sort()).toEqual(FUNCTIONS);
});

test.each(FUNCTIONS)("%s is below a megabyte", (name) => {
  expect(bundles.find((one) => one.name === name)?.bytes).toBeLessThan(BYTES_MAX);
});

const isBuiltIn = (name: string): boolean => name.startsWith("node:") || builtinModules.includes(name);

test.each(FUNCTIONS)("%s loads nothing that is not in it, now or later", (name) => {
  const source = parseSource(`${name}.mjs`, readFileSync(bundlePath(name), "utf8"));
  const texts = [
    ...nodesOf(source, "ImportDeclaration", "ImportExpression").map(
      (node) => child(node, "source")?.["value"],
    ),
    ...nodesOf(source, "CallExpression").flatMap((node) => {
      const callee = child(node, "callee");
      const [argument] = node["arguments"] as { value?: unknown }[];
      const isRequire = callee?.type === "Identifier" && callee["name"] === "require";
      return isRequire ? [argument?.value] : [];
    }),
  ];
  const wanted = texts.filter((text): text is string => typeof text === "string");
  expect(wanted.length).toBeGreaterThan(3);
  expect([...new Set(wanted.filter((text) => !isBuiltIn(text)))]).toEqual([]);
});
