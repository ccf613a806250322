// Builds the publishable package: packages/hookclock/dist. `node scripts/build.mjs` makes code and type declarations,
// with `--code` the code alone (which is what set-up needs, and takes a fraction of the time).
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { lodashByMethod } from "./lib/lodash-by-method.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packageDir = join(root, "packages/hookclock");
const dist = join(packageDir, "dist");

/** What may be bundled in. Whatever else is imported must be a declared dependency, or the build fails. */
const BUNDLED = [
  // Ships ES modules that plain Node cannot load, so it travels inside our build, with its two peers.
  "use-dynamodb",
  "use-async-helpers",
  "lodash",
];

const entryPoints = () => {
  const entries = { index: join(packageDir, "src/index.ts") };
  const cli = join(root, "packages/cli/src/main.ts");
  if (existsSync(cli)) entries.cli = cli;
  return entries;
};

const strangersIn = (metafile) => {
  const names = Object.keys(metafile.inputs).flatMap((path) => {
    const match = /(?:^|[/:])node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path);
    return match === null ? [] : [match[1]];
  });
  return [...new Set(names)].filter((name) => !BUNDLED.includes(name));
};

/** Writes beside and renames, so that a process reading dist at this moment sees the old file or the new one, never half of one. */
const writeAll = (outputFiles) => {
  const fresh = new Set();
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, contents);
    renameSync(`${path}.new`, path);
    fresh.add(path);
  }
  for (const name of readdirSync(dist, { recursive: true }).map(String)) {
    const path = join(dist, name);
    if (/\.js(\.map)?$/.test(name) && !fresh.has(path)) rmSync(path, { force: true });
  }
};

/** Bundles the library and the command line into dist, sharing chunks, dependencies left outside. */
export const buildCode = async () => {
  const { build } = await import("esbuild");
  const { dependencies } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8"));
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: entryPoints(),
    outdir: dist,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    conditions: ["hookclock-source"],
    external: Object.keys(dependencies),
    plugins: [lodashByMethod],
    sourcemap: true,
    sourcesContent: false,
    legalComments: "eof",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const strangers = strangersIn(metafile);
  if (strangers.length > 0) {
    const where = relative(root, join(packageDir, "package.json"));
    throw new Error(`${strangers.join(", ")} would be bundled in: declare under "dependencies" in ${where}`);
  }
  writeAll(outputFiles);
};

/** What a reader of the package's page wants to see is written once, in the root. */
const copyPages = () => {
  for (const name of ["README.md", "CHANGELOG.md"]) {
    if (existsSync(join(root, name))) copyFileSync(join(root, name), join(packageDir, name));
  }
};

const main = async () => {
  await buildCode();
  if (process.argv.includes("--code")) return;
  copyPages();
  const { buildDeclarations } = await import("./lib/declarations.mjs");
  await buildDeclarations({ root, dist });
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
