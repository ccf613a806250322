// Bundles each Lambda function into functions/dist/<name>/index.mjs, which the stacks deploy as it is.
// `node scripts/bundle-functions.mjs [--json]` prints the sizes.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { leanFunctions } from "./lib/lean-functions.mjs";
import { lodashByMethod } from "./lib/lodash-by-method.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const functionsDir = join(root, "functions");

/** What CommonJS code inside an ES module expects to find. */
const BANNER = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** The functions: one file each, right under functions/. */
export const functionNames = () =>
  readdirSync(functionsDir)
    .filter((name) => /^[a-z-]+\.ts$/.test(name))
    .map((name) => basename(name, ".ts"))
    .sort();

/** Makes all bundles anew and answers their sizes: `{ name, bytes, inputs }`, inputs by package, largest first. */
export const bundleFunctions = async (outdir = join(functionsDir, "dist")) => {
  const { build } = await import("esbuild");
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  return Promise.all(functionNames().map((name) => bundleOne(build, name, join(outdir, name))));
};

const bundleOne = async (build, name, folder) => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(functionsDir, `${name}.ts`)],
    outfile: join(folder, "index.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // `module` lets the SDK be taken by its ES modules, which can be shaken; the workspace is taken by its sources.
    conditions: ["hookclock-source", "module"],
    mainFields: ["module", "main"],
    // undici leaves its second parser out where this is defined.
    define: { esbuildDetection: "true" },
    plugins: [lodashByMethod, leanFunctions],
    banner: { js: BANNER },
    minify: true,
    legalComments: "none",
    metafile: true,
    logLevel: "error",
  });
  const [output] = Object.values(metafile.outputs);
  return { name, bytes: output.bytes, inputs: byPackage(output.inputs) };
};

const byPackage = (inputs) => {
  const sizes = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name =
      /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split("/").slice(0, 2).join("/");
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  return Object.fromEntries([...sizes].sort((a, b) => b[1] - a[1]));
};

const main = async () => {
  const bundles = await bundleFunctions();
  if (process.argv.includes("--json")) return console.log(JSON.stringify(bundles, null, 2));
  for (const { name, bytes, inputs } of bundles) {
    const largest = Object.entries(inputs)
      .slice(0, 6)
      .map(([input, size]) => `${input} ${Math.round(size / 1000)}`);
    console.log(
      `${name.padEnd(8)} ${String(Math.round(bytes / 1000)).padStart(5)} KB  (${largest.join(", ")})`,
    );
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
