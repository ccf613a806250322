import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * esbuild splits by files: whatever one part of a program takes from a package's index is in every part that takes
 * anything from it. This plugin lets the workspace's modules import each name from the file that defines it, so that what
 * only a later part needs is in that part's file.
 */
export const pastBarrels = (root) => ({
  name: "past-barrels",
  setup(build) {
    const barrels = makeBarrels(root);
    build.onLoad({ filter: /[\\/](packages|functions)[\\/].*\.ts$/ }, ({ path }) => {
      if (/[\\/]node_modules[\\/]/.test(path)) return undefined;
      const contents = readFileSync(path, "utf8").replace(FROM_PACKAGE, (_whole, word, names, name) =>
        fromFiles(word, names, barrels.of(name)),
      );
      return { contents, loader: "ts" };
    });
  },
});

const FROM_PACKAGE = /^(import|export) \{([^}]*)\} from "(hookclock|@hookclock\/[a-z-]+)";/gm;
/** What an index imports is what it hands on by another statement. */
const FROM_FILE = /^(?:export|import) (type )?\{([^}]*)\} from "([^"]+)";/gm;

/** `a, type B, c as d` without types, as pairs of the name there and the name here. */
const valuesOf = (names) =>
  names
    .replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && !one.startsWith("type "))
    .map((one) => one.split(/\s+as\s+/))
    .map(([there, here = there]) => ({ there, here }));

const fromFiles = (word, names, definitionOf) =>
  valuesOf(names)
    .map(({ there, here }) => {
      const { file, name } = definitionOf(there);
      return `${word} { ${name} as ${here} } from ${JSON.stringify(file)};`;
    })
    .join(" ");

/** Where each name of a package comes from. */
const makeBarrels = (root) => {
  const known = new Map();
  const of = (name) => {
    const index = realpathSync(join(root, "node_modules", name, "src/index.ts"));
    const found = known.get(name) ?? definitions(index, of);
    known.set(name, found);
    return (exported) => found.get(exported) ?? { file: index, name: exported };
  };
  return { of };
};

const definitions = (index, of) => {
  const found = new Map();
  for (const [, type, names, from] of readFileSync(index, "utf8").matchAll(FROM_FILE)) {
    if (type !== undefined) continue;
    for (const { there, here } of valuesOf(names)) {
      found.set(
        here,
        from.startsWith(".") ? { file: join(dirname(index), from), name: there } : of(from)(there),
      );
    }
  }
  return found;
};
