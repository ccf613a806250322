// Bundles each Lambda function into functions/dist/<name>, which the stacks deploy as it is: index.mjs with what it starts
// with, and files that are loaded when they are needed.
// `node scripts/bundle-functions.mjs [--json]` prints the sizes.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { leanFunctions } from "./lib/lean-functions.mjs";
import { lodashByMethod } from "./lib/lodash-by-method.mjs";
import { pastBarrels } from "./lib/past-barrels.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const functionsDir = join(root, "functions");

/** What CommonJS code inside an ES module expects to find. */
const BANNER = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** The functions: one source each, right under functions/. */
export const functionNames = () =>
  readdirSync(functionsDir)
    .filter((name) => /^[a-z-]+\.ts$/.test(name))
    .map((name) => basename(name, ".ts"))
    .sort();

/**
 * Makes all bundles anew and answers their sizes: `{ name, bytes, laterBytes, inputs, laterInputs }`. `bytes` is what a cold
 * start loads; inputs are bytes by package, largest first.
 */
export const bundleFunctions = async (outdir = join(functionsDir, "dist")) => {
  const { build } = await import("esbuild");
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  return Promise.all(functionNames().map((name) => bundleOne(build, name, join(outdir, name))));
};

const bundleOne = async (build, name, folder) => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { index: join(functionsDir, `${name}.ts`) },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: "part-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // `module` lets the SDK be taken by its ES modules, which can be shaken; the workspace is taken by its sources.
    conditions: ["hookclock-source", "module"],
    mainFields: ["module", "main"],
    // undici leaves its second parser out where this is defined.
    define: { esbuildDetection: "true" },
    plugins: [pastBarrels(root), lodashByMethod, leanFunctions],
    banner: { js: BANNER },
    minify: true,
    legalComments: "none",
    metafile: true,
    logLevel: "error",
  });
  const atStart = loadedAtStart(metafile.outputs);
  const later = Object.values(metafile.outputs).filter((output) => !atStart.has(output));
  return {
    name,
    ...{ bytes: sizeOf(atStart), laterBytes: sizeOf(later) },
    ...{ inputs: byPackage([...atStart]), laterInputs: byPackage(later) },
  };
};

const sizeOf = (outputs) => [...outputs].reduce((sum, { bytes }) => sum + bytes, 0);

/** The entry, and what it imports without being asked. */
const loadedAtStart = (outputs) => {
  const found = new Set(
    Object.values(outputs).filter(({ entryPoint }) => /^functions\/[a-z-]+\.ts$/.test(entryPoint)),
  );
  for (const { imports } of found) {
    for (const { path, kind, external } of imports)
      if (kind === "import-statement" && !external) found.add(outputs[path]);
  }
  return found;
};

const byPackage = (outputs) => {
  const sizes = new Map();
  for (const [path, { bytesInOutput }] of outputs.flatMap(({ inputs }) => Object.entries(inputs))) {
    const name =
      /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split("/").slice(0, 2).join("/");
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  return Object.fromEntries([...sizes].sort((a, b) => b[1] - a[1]));
};

const kilobytes = (bytes) => String(Math.round(bytes / 1000)).padStart(5);

const main = async () => {
  const bundles = await bundleFunctions();
  if (process.argv.includes("--json")) return console.log(JSON.stringify(bundles, null, 2));
  for (const { name, bytes, laterBytes, inputs } of bundles) {
    const largest = Object.entries(inputs)
      .slice(0, 6)
      .map(([input, size]) => `${input} ${Math.round(size / 1000)}`);
    console.log(
      `${name.padEnd(8)} ${kilobytes(bytes)} KB at start,${kilobytes(laterBytes)} KB later  (${largest.join(", ")})`,
    );
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
