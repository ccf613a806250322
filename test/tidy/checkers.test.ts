import { expect, test } from "vitest";
import { bannedUses } from "./calls.ts";
import { emptyTests, longFiles, narrowedTests, typeEscapes } from "./habits.ts";
import { importCircles, importsOf, packageNameOf, wrongImports } from "./imports.ts";
import { anchorOf, brokenLinks } from "./links.ts";
import {
  dependencyFaults,
  idleTools,
  lockFaults,
  type Package,
  publishedFaults,
  undocumented,
  versionFaults,
} from "./manifests.ts";
import { parseSource } from "./source.ts";

// The checkers must be able to fail: each is shown what it is there to find.

const inCore = "packages/core/src/a.ts";
const source = (text: string, path = inCore) => parseSource(path, text);
const file = (room: string, text: string, name = "a.ts") => source(text, `packages/${room}/src/${name}`);

test("imports of all forms are seen, those of types too", () => {
  const found = importsOf(
    source(`import a from "a"; import type { B } from "b"; import { type C } from "c"; export * from "d";
      export type * from "e"; export { f } from "f"; const g = await import("g"); import "h"; type I = import("i").I;`),
  );
  expect(
    found
      .map(({ specifier }) => specifier)
      .sort()
      .join(""),
  ).toBe("abcdefghi");
});

test.each([
  ["@aws-sdk/lib-dynamodb/dist", "@aws-sdk/lib-dynamodb"],
  ["zod/v4", "zod"],
  ["node:fs", undefined],
  ["./a.ts", undefined],
])("%s belongs to the package %s", (specifier, name) => {
  expect(packageNameOf(specifier)).toBe(name);
});

test.each([
  ["core", `import { run } from "@hookclock/engine";`, /against the arrows of core/],
  ["store-dynamodb", `export type { Send } from "@hookclock/transport-http";`, /against the arrows/],
  ["engine", `import { aTask } from "@hookclock/testkit";`, /against the arrows/],
  ["testkit", `import Hooks from "hookclock";`, /against the arrows/],
  ["engine", `import { x } from "@hookclock/core/src/errors.ts";`, /reaches inside/],
  ["engine", `import { x } from "../../core/src/errors.ts";`, /leaves its package/],
  ["engine", `import { x } from "./other.test.ts";`, /imports test code/],
  ["cellar", `import { x } from "@hookclock/core";`, /without an entry/],
])("an import in %s: %s", (room, text, fault) => {
  expect(wrongImports([file(room, text)])).toEqual([expect.stringMatching(fault)]);
});

test("imports along the arrows pass, and tests may use the testkit", () => {
  const good = [
    file("engine", `import { x } from "@hookclock/core"; import { y } from "./y.ts";`),
    file("engine", `import { aTask } from "@hookclock/testkit";`, "a.test.ts"),
    file("hookclock", `import { x } from "@hookclock/store-dynamodb";`),
  ];
  expect(wrongImports(good)).toEqual([]);
});

test("a circle is found however long, and where only types are imported too", () => {
  const ring = [
    file("core", `import { b } from "./b.ts";`, "a.ts"),
    file("core", `export * from "./deep/c.ts";`, "b.ts"),
    file("core", `import { a } from "../a.ts";`, "deep/c.ts"),
  ];
  const chain =
    "packages/core/src/a.ts -> packages/core/src/b.ts -> packages/core/src/deep/c.ts -> packages/core/src/a.ts";
  expect(importCircles(ring)).toEqual([chain]);
  const byType = file("core", `import type { A } from "../a.ts";`, "deep/c.ts");
  expect(importCircles([...ring.slice(0, 2), byType])).toEqual([chain]);
  expect(importCircles(ring.slice(0, 2))).toEqual([]);
  expect(importCircles([file("core", `import { a } from "./a.ts";`)])).toHaveLength(1);
});

test.each([
  "const at = Date.now();",
  "const clock = Date.now;",
  "const at = new Date();",
  "const at = Date();",
  "const dice = globalThis.Math.random;",
  "const { PATH } = process.env;",
  `console.error("no");`,
  "const at = performance.now();",
])("banned in an adapter: %s", (text) => {
  expect(bannedUses([file("transport-http", text)], [])).toHaveLength(1);
});

test.each([
  "setTimeout(() => {}, 1);",
  `const answer = await fetch("http://localhost");`,
  `import { readFile } from "node:fs/promises";`,
  `import { randomUUID } from "node:crypto";`,
  "const id = crypto.randomUUID();",
  "process.exit(1);",
])("banned in core alone: %s", (text) => {
  expect(bannedUses([file("core", text)], [])).toHaveLength(1);
  expect(bannedUses([file("transport-http", text)], [])).toEqual([]);
});

test("dates made from an argument, names in comments and strings, and test code pass", () => {
  const innocent = `const a = new Date(0); /* Date.now() */ const b = "Math.random()"; const c = clock.now();`;
  expect(bannedUses([file("core", innocent), file("core", "Date.now();", "a.test.ts")], [])).toEqual([]);
});

test("a permission covers its file and name only, and is refused when idle", () => {
  const permission = { path: inCore, name: "Date.now", because: "sample" };
  expect(bannedUses([source("Date.now(); Math.random();")], [permission])).toEqual([
    "packages/core/src/a.ts:1 uses Math.random",
  ]);
  expect(bannedUses([source("")], [permission])).toEqual([expect.stringMatching(/nothing needs: remove it/)]);
});

test.each([
  "const a: any = 1;",
  "const a = b as any;",
  "type A = Record<string, any>;",
  `// ${"@ts-"}ignore: because`,
  `// ${"@ts-"}expect-error`,
  `// ${"biome-"}ignore lint/style/useConst: no`,
])("an escape from the types: %s", (text) => {
  expect(typeEscapes(source(text))).toHaveLength(1);
});

test("an explained exception and the word any in prose pass", () => {
  const text = `// ${"@ts-"}expect-error: the option is refused at run time as well\nconst any = 1; // any number`;
  expect(typeEscapes(source(text))).toEqual([]);
});

test.each([
  `test.${"only"}("a", () => {});`,
  `describe.${"skip"}("a", () => {});`,
  `it.${"skipIf"}(x)("a", () => {});`,
])("a narrowed run: %s", (text) => {
  expect(narrowedTests(source(text))).toHaveLength(1);
});

test.each([
  `test("a", () => { run(); });`,
  `it.each([1])("a %s", async (n) => { await run(n); });`,
  `const helper = () => run(); test("a", () => { helper(); });`,
])("a test that asserts nothing: %s", (text) => {
  expect(emptyTests(source(text))).toHaveLength(1);
});

test.each([
  `test("a", () => { expect(1).toBe(1); });`,
  `test("a", async () => { await expect(run()).rejects.toThrow(); });`,
  `test("a", () => { fc.assert(fc.property(x, y)); });`,
  `const inner = () => expect(1).toBe(1); const outer = () => inner(); test.each([1])("a", () => { outer(); });`,
])("a test that asserts: %s", (text) => {
  expect(emptyTests(source(text))).toEqual([]);
});

test("long files are counted one by one and as a share", () => {
  const lines = (count: number) => ({ path: `${count}.ts`, text: "x\n".repeat(count) });
  expect(longFiles([lines(500), ...Array.from({ length: 9 }, () => lines(10))])).toEqual([]);
  expect(longFiles([lines(501), ...Array.from({ length: 9 }, () => lines(10))])).toEqual([
    "501.ts has 501 lines, at most 500",
  ]);
  expect(longFiles([lines(301), lines(10)])).toEqual([expect.stringMatching(/^1 of 2 files pass 300 lines/)]);
});

const engine = (text: string, dependencies: Record<string, string>): Package => ({
  room: "engine",
  manifest: { name: "@hookclock/engine", dependencies },
  sources: [file("engine", text)],
});

test("undeclared and unused dependencies are both found", () => {
  const workspace = { name: "workspace", devDependencies: { vitest: "1" } };
  expect(dependencyFaults(engine(`import "zod"; import "node:fs";`, {}), workspace)).toEqual([
    "packages/engine/package.json does not declare zod",
  ]);
  expect(dependencyFaults(engine("", { zod: "1" }), workspace)).toEqual([
    "packages/engine/package.json declares zod, which nothing imports",
  ]);
  // What only the workspace declares is there for tests, not for what is shipped.
  expect(dependencyFaults(engine(`import "vitest";`, {}), workspace)).toHaveLength(1);
  expect(dependencyFaults(engine(`import "zod";`, { zod: "1" }), workspace)).toEqual([]);
});

test("the published package must match what is inside it", () => {
  const published = (dependencies: Record<string, string>): Package => ({
    room: "hookclock",
    manifest: { name: "hookclock", dependencies },
    sources: [],
  });
  const inner = engine(`import "zod";`, { zod: "^1.0.0", lodash: "^4.0.0" });
  expect(publishedFaults([inner, published({ zod: "^1.0.0" })], "hookclock")).toEqual([]);
  expect(publishedFaults([inner, published({ zod: "^2.0.0" })], "hookclock")).toEqual([
    expect.stringMatching(/must ask for zod@\^1.0.0, asks for \^2.0.0/),
  ]);
  expect(publishedFaults([inner, published({ zod: "^1.0.0", left: "1" })], "hookclock")).toEqual([
    expect.stringMatching(/asks for left/),
  ]);
  expect(publishedFaults([inner], "hookclock")).toEqual([expect.stringMatching(/no package/)]);
});

test("two versions of one dependency, idle tools and strange registries are found", () => {
  const a = { name: "a", dependencies: { zod: "1" } };
  expect(versionFaults([a, { name: "b", devDependencies: { zod: "2" } }])).toEqual([
    "zod is asked for as 1 and 2",
  ]);
  expect(idleTools({ name: "w", devDependencies: { zod: "1", node: "24" } }, [])).toEqual([
    "package.json declares zod, which nothing imports",
  ]);
  const resolved = (url: string) => lockFaults({ packages: { "node_modules/a": { resolved: url } } });
  expect(resolved("https://npm.example.com/a.tgz")).toHaveLength(1);
  expect(resolved("http://registry.npmjs.org/a.tgz")).toHaveLength(1);
  expect(resolved("https://registry.npmjs.org/a/-/a-1.0.0.tgz")).toEqual([]);
});

test("dependencies without an entry, and entries without a dependency, are found", () => {
  const manifest = { name: "a", dependencies: { zod: "1", "@hookclock/core": "*" } };
  expect(undocumented([manifest], "## `zod`\n")).toEqual([]);
  expect(undocumented([manifest], "zod is good")).toEqual(["docs/dependencies.md says nothing about zod"]);
  expect(undocumented([manifest], "### `zod`\n### `gone`\n")).toEqual([
    expect.stringMatching(/describes gone/),
  ]);
});

test("links that lead nowhere are found, with their line", () => {
  const pages = new Map([
    [
      "README.md",
      "# Top\n[a](docs/a.md#the-heading) [b](docs/none.md)\n`[c](none.md)` [d](https://example.com)",
    ],
    [
      "docs/a.md",
      "## The heading\n[up](../README.md) [here](#nowhere)\n```md\n[e](none.md)\n```\n[f]: ../none.md",
    ],
  ]);
  expect(brokenLinks(pages, (path) => pages.has(path))).toEqual([
    "README.md:2 links to docs/none.md, which is not there",
    "docs/a.md:2 links to #nowhere, but there is no such heading",
    "docs/a.md:6 links to ../none.md, which is not there",
  ]);
});

test("anchors are those that the host of the pages makes", () => {
  expect(anchorOf("What `claim` means, and why")).toBe("what-claim-means-and-why");
});
