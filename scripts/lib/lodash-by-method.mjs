import { readFileSync } from "node:fs";
import { relative } from "node:path";

/**
 * lodash as one CommonJS file cannot be tree-shaken: 540 KB for a handful of functions. This esbuild plugin gives every
 * `import _ from "lodash"` an object that holds only the functions which that file names.
 */
export const lodashByMethod = {
  name: "lodash-by-method",
  setup(build) {
    build.onResolve({ filter: /^lodash$/ }, ({ importer, kind, pluginData, resolveDir }) => {
      if (kind !== "import-statement" || pluginData === "itself") return undefined;
      // The path is written into the bundle as a comment: relative, so that no machine's folders show.
      const path = relative(build.initialOptions.absWorkingDir ?? process.cwd(), importer);
      return { path, namespace: "lodash-by-method", pluginData: { importer, resolveDir } };
    });
    build.onLoad({ filter: /.*/, namespace: "lodash-by-method" }, ({ path, pluginData }) => {
      const source = readFileSync(pluginData.importer, "utf8");
      const name = /import\s+(?:\*\s*as\s+)?([\w$]+)\s+from\s*["']lodash["']/.exec(source)?.[1];
      if (name === undefined) {
        return { errors: [{ text: `${path} imports lodash in a way this plugin does not know` }] };
      }
      const escaped = name.replaceAll("$", "\\$");
      const used = [
        ...new Set([...source.matchAll(new RegExp(`(?<![\\w$.])${escaped}\\.(\\w+)`, "g"))].map((m) => m[1])),
      ];
      // Bare uses, `_(value)` or `f(_)`, would need the whole of it.
      const bare = new RegExp(`(?<![\\w$.*])${escaped}(?![\\w$.])`, "g");
      if ([...source.matchAll(bare)].length > 1)
        return { errors: [{ text: `${path} uses lodash as a whole` }] };
      const lines = used.map((method) => `import ${method} from "lodash/${method}.js";`);
      return {
        contents: `${lines.join("\n")}\nexport default { ${used.join(", ")} };`,
        resolveDir: pluginData.resolveDir,
      };
    });
  },
};
