import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { promisify } from "node:util";
import { pruneDeclarations } from "./prune-declarations.mjs";

/** Specifiers in declaration files: `from "x"`, `import "x"`, `import("x")`. */
const SPECIFIER = /(\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(["'])([^"'\n]+)\2/g;
const INNER = "@hookclock/";

const emit = async (root, outDir) => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const args = ["-p", join(root, "scripts/tsconfig.declarations.json"), "--outDir", outDir];
  try {
    await promisify(execFile)(process.execPath, [tsc, ...args], { cwd: root });
  } catch (error) {
    throw new Error(`tsc could not write the declarations:\n${error.stdout || error.message}`, {
      cause: error,
    });
  }
};

/** `core/src/task/row.d.ts` of tsc's output becomes `core/task/row.d.ts` of ours. */
const published = (path) => path.replace(/^([^/]+)\/src\//, "$1/");

/** Where a specifier inside `from` (both relative to tsc's output) leads, or undefined for a package of its own. */
const targetOf = (from, specifier) => {
  if (specifier.startsWith("."))
    return `${posix.join(posix.dirname(from), specifier.replace(/\.[cm]?[tj]s$/, ""))}.d.ts`;
  if (specifier.startsWith(INNER)) return `${specifier.slice(INNER.length)}/src/index.d.ts`;
  return undefined;
};

const specifierTo = (from, target) => {
  const path = posix.relative(posix.dirname(published(from)), published(target)).replace(/\.d\.ts$/, ".js");
  return path.startsWith(".") ? path : `./${path}`;
};

/** The emitted files that the entry leads to, by their published path, specifiers rewritten to go with it. */
const collect = (emitted, entry) => {
  const texts = new Map();
  const waiting = [entry];
  const seen = new Set(waiting);
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    const text = readFileSync(join(emitted, from), "utf8").replace(
      SPECIFIER,
      (whole, lead, quote, specifier) => {
        const target = targetOf(from, specifier);
        if (target === undefined) return whole;
        if (!existsSync(join(emitted, target))) throw new Error(`${from}: no declarations for ${specifier}`);
        if (!seen.has(target)) waiting.push(target);
        seen.add(target);
        return `${lead}${quote}${specifierTo(from, target)}${quote}`;
      },
    );
    texts.set(published(from), text);
  }
  return texts;
};

/**
 * Writes dist/index.d.ts and what it needs. The inner packages are not published, so their declarations travel along
 * under dist/types, with every `@hookclock/...` turned into a relative path; what the entry does not reach stays out.
 */
export const buildDeclarations = async ({ root, dist }) => {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const emitted = mkdtempSync(join(root, ".cache/declarations-"));
  try {
    await emit(root, emitted);
    const entry = "hookclock/src/index.d.ts";
    const texts = pruneDeclarations(collect(emitted, entry), published(entry));
    rmSync(join(dist, "types"), { recursive: true, force: true });
    for (const [name, text] of texts) {
      const path = join(dist, "types", name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    const home = `./types/${published(entry).replace(/\.d\.ts$/, ".js")}`;
    const hasDefault = /\bexport default\b|\bas default\b/.test(texts.get(published(entry)));
    const lines = [`export * from "${home}";`, ...(hasDefault ? [`export { default } from "${home}";`] : [])];
    writeFileSync(join(dist, "index.d.ts"), `${lines.join("\n")}\n`);
  } finally {
    rmSync(emitted, { recursive: true, force: true });
  }
};
