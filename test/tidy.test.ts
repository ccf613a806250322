import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bannedUses, type Permission } from "./tidy/calls.ts";
import { emptyTests, longFiles, narrowedTests, typeEscapes } from "./tidy/habits.ts";
import { ARROWS, importCircles, wrongImports } from "./tidy/imports.ts";
import { brokenLinks } from "./tidy/links.ts";
import {
  dependencyFaults,
  idleTools,
  lockFaults,
  type Manifest,
  publishedFaults,
  undocumented,
  versionFaults,
} from "./tidy/manifests.ts";
import { allFiles, folderOf, packageOf, parseSource, ROOT, readText } from "./tidy/source.ts";

// The rules of the house. They only ever get tighter: to pass, change the code, not the rule.

/** Files that may read the clock, chance, the environment or write to the console, and why. */
const PERMISSIONS: Permission[] = [
  {
    path: "packages/hookclock/src/system.ts",
    name: "Date.now",
    because: "the one clock, handed to all others",
  },
  { path: "packages/hookclock/src/system.ts", name: "performance.now", because: "the one stopwatch" },
  { path: "packages/hookclock/src/system.ts", name: "Math.random", because: "the one source of chance" },
  {
    path: "packages/cli/src/process-io.ts",
    name: "process.env",
    because: "the command's door to its process",
  },
  { path: "packages/cli/src/process-io.ts", name: "Date.now", because: "the command's door to its process" },
  { path: "functions/lib/wiring.ts", name: "process.env", because: "the functions' door to their process" },
  { path: "functions/lib/wiring.ts", name: "Date.now", because: "the functions' door to their process" },
  {
    path: "packages/store-dynamodb/src/create-stores.ts",
    name: "Math.random",
    because: "a default that only spreads retries in time, for stores made without the library around them",
  },
];

/** Files that may call `describe.skip` and its like: the helpers that skip loudly. */
const LOUD_SKIPS = ["packages/testkit/src/loud-skip.ts"];

const files = allFiles();
const sources = files
  .filter((path) => /\.(ts|mjs)$/.test(path))
  .map((path) => parseSource(path, readText(path)));
const typed = sources.filter(({ path }) => path.endsWith(".ts"));
const rooms = Object.keys(ARROWS);
const workspace = JSON.parse(readText("package.json")) as Manifest;
const packages = rooms.map((room) => ({
  room,
  manifest: JSON.parse(readText(`${folderOf(room)}/package.json`)) as Manifest,
  sources: typed.filter(({ path }) => packageOf(path) === room),
}));
const manifests = [workspace, ...packages.map(({ manifest }) => manifest)];

test("every package has its place in the table of arrows", () => {
  const there = files
    .filter((path) => /^(packages\/[^/]+|functions)\/package\.json$/.test(path))
    .map((path) => path.split("/").at(-2));
  expect(there.sort()).toEqual([...rooms].sort());
});

test("imports follow the arrows and stay outside other packages", () => {
  expect(wrongImports(typed)).toEqual([]);
});

test("no files import each other in a circle", () => {
  expect(importCircles(typed)).toEqual([]);
});

test("each package declares what it imports and imports what it declares", () => {
  expect(packages.flatMap((one) => dependencyFaults(one, workspace))).toEqual([]);
});

test("the published package asks for what is inside it", () => {
  expect(publishedFaults(packages, "hookclock")).toEqual([]);
});

test("a dependency has one version in the whole workspace", () => {
  expect(versionFaults(manifests)).toEqual([]);
});

test("every tool of the workspace is in use", () => {
  expect(idleTools(workspace, sources)).toEqual([]);
});

test("every dependency is explained", () => {
  expect(undocumented(manifests, readText("docs/dependencies.md"))).toEqual([]);
});

test("the lock file names no place but the public registry", () => {
  expect(lockFaults(JSON.parse(readText("package-lock.json")) as Parameters<typeof lockFaults>[0])).toEqual(
    [],
  );
});

test("files keep to their length", () => {
  expect(longFiles(sources)).toEqual([]);
});

test("clock, chance, environment and console stay where they belong", () => {
  expect(bannedUses(typed, PERMISSIONS)).toEqual([]);
});

test("nothing escapes the types", () => {
  expect(typed.flatMap(typeEscapes)).toEqual([]);
});

test("every test asserts", () => {
  expect(typed.flatMap(emptyTests)).toEqual([]);
});

test("no test is left out", () => {
  const isLoud = ({ path }: { path: string }): boolean => LOUD_SKIPS.includes(path);
  expect(typed.filter((source) => !isLoud(source)).flatMap(narrowedTests)).toEqual([]);
  expect(typed.filter(isLoud).flatMap(narrowedTests)).toHaveLength(LOUD_SKIPS.length);
});

test("links between pages lead somewhere", () => {
  const pages = new Map(files.filter((path) => path.endsWith(".md")).map((path) => [path, readText(path)]));
  expect(brokenLinks(pages, (path) => existsSync(join(ROOT, path)))).toEqual([]);
});
