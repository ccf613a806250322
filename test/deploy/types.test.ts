import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { loudSkip } from "@hookclock/testkit";
import { describe, expect, test } from "vitest";
import { parseAst } from "vitest/node";
import { importsOf } from "../tidy/imports.ts";
import { allFiles, parseSource, readText } from "../tidy/source.ts";
import { missingPlatform, ROOT } from "./platform.ts";

const run = promisify(execFile);
const TSC_TIMEOUT_MS = 90_000;
const describeHere = loudSkip(describe, await missingPlatform());

describeHere("the config and the stacks", () => {
  test(
    "fit the types of SST's own platform",
    async () => {
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      const project = join(ROOT, "stacks/tsconfig.json");
      const output = await run(process.execPath, [tsc, "-p", project], { cwd: ROOT }).then(
        ({ stdout }) => stdout,
        (error: { stdout?: string }) => error.stdout ?? String(error),
      );
      expect(output).toBe("");
    },
    TSC_TIMEOUT_MS,
  );
});

// SST bundles the stacks with its own tools, and everything they load runs at each deployment.
test("stacks load each other, Node, and three files of ours that load nothing", () => {
  const stacks = allFiles().filter((path) => /^stacks\/.*\.ts$/.test(path));
  const loaded = stacks.flatMap((path) =>
    importsOf(parseSource(path, readText(path))).map(({ specifier }) =>
      specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier,
    ),
  );
  const others = [...new Set(loaded)].filter(
    (path) => !path.startsWith("stacks/") && !path.startsWith("node:"),
  );
  expect(others.sort()).toEqual([
    "functions/lib/metric-names.ts",
    "packages/core/src/settings/websub-variables.ts",
    "packages/store-dynamodb/src/shapes.ts",
  ]);
  expect(others.flatMap((path) => importsOf(parseSource(path, readText(path))))).toEqual([]);
});

describe("sst.config.ts", () => {
  const text = readFileSync(join(ROOT, "sst.config.ts"), "utf8");

  // SST refuses it when it starts; the compiler does not notice.
  test("imports nothing at its top level", () => {
    const { body } = parseAst(text, { lang: "ts" });
    expect(body.map(({ type }) => type)).toEqual(["ExportDefaultDeclaration"]);
  });

  test("is short", () => {
    expect(text.split("\n").length).toBeLessThan(40);
  });
});
