import { posix } from "node:path";
// The test runner's parser: the compiler's own has no stable interface in this version.
import { parseAst } from "vitest/node";

const isNode = (value) => typeof value === "object" && value !== null && typeof value.type === "string";

const walk = (node, visit) => {
  visit(node);
  for (const value of Object.values(node)) {
    for (const below of Array.isArray(value) ? value : [value]) if (isNode(below)) walk(below, visit);
  }
};

const nameOf = (node) => node?.name ?? node?.value;
const isTypeOnly = (...nodes) =>
  nodes.some(({ importKind, exportKind }) => [importKind, exportKind].includes("type"));

/** Every name in a declaration, and every module that it reaches by `import("...")`: more than it refers to, never less. */
const mentionsOf = (node) => {
  const names = new Set();
  const modules = new Set();
  walk(node, (below) => {
    if (below.type === "Identifier") names.add(below.name);
    if (below.type === "TSImportType") modules.add(below.source.value);
  });
  return { names, modules };
};

const importedName = ({ type, imported }) => {
  if (type === "ImportNamespaceSpecifier") return "*";
  return type === "ImportDefaultSpecifier" ? "default" : nameOf(imported);
};

/**
 * What one declaration file says. `locals`: its declarations and imports by local name; `exports`: what each exported
 * name stands for, a local name or a name of another file; `stars`: the files whose exports are its own.
 */
const readDeclarations = (text) => {
  const file = { locals: new Map(), exports: new Map(), stars: [] };
  let previousEnd = 0;
  const declare = (declaration, node) => {
    const ids = declaration.type === "VariableDeclaration" ? declaration.declarations : [declaration];
    const names = ids.map(({ id }) => nameOf(id));
    const code = text.slice(previousEnd, node.end).trim();
    for (const name of names) {
      const overloads = file.locals.get(name)?.declarations ?? [];
      file.locals.set(name, {
        declarations: [...overloads, { code, start: node.start, ...mentionsOf(declaration) }],
      });
    }
    return names;
  };
  const readers = {
    ImportDeclaration: (node) => {
      for (const one of node.specifiers) {
        const isType = isTypeOnly(node, one);
        file.locals.set(one.local.name, { from: node.source.value, name: importedName(one), isType });
      }
    },
    ExportAllDeclaration: (node) => file.stars.push(node.source.value),
    ExportNamedDeclaration: (node) => {
      if (isNode(node.declaration)) {
        for (const name of declare(node.declaration, node))
          file.exports.set(name, { local: name, isInline: true });
      }
      for (const one of node.specifiers) {
        const from = node.source?.value;
        const stands = from === undefined ? { local: nameOf(one.local) } : { from, name: nameOf(one.local) };
        file.exports.set(nameOf(one.exported), { ...stands, isType: isTypeOnly(node, one) });
      }
    },
    ExportDefaultDeclaration: ({ declaration, ...node }) => {
      if (declaration.type === "Identifier") file.exports.set("default", { local: declaration.name });
      else file.exports.set("default", { local: declare(declaration, node)[0], isInline: true });
    },
  };
  for (const node of parseAst(text, { lang: "ts" }).body) {
    const read = readers[node.type] ?? ((other) => declare(other, other));
    read(node);
    previousEnd = node.end;
  }
  return file;
};

const fileOf = (from, specifier) =>
  specifier.startsWith(".")
    ? posix.join(posix.dirname(from), specifier.replace(/\.js$/, ".d.ts"))
    : undefined;

/** Follows names from the entry's exports through all files; answers what is wanted of each file. */
const reach = (files, entry) => {
  const wanted = new Map(
    [...files.keys()].map((path) => [path, { locals: new Set(), exports: new Set(), stars: new Set() }]),
  );
  const hasExport = (path, name) =>
    files.get(path).exports.has(name) ||
    files.get(path).stars.some((star) => hasExport(fileOf(path, star), name));

  const wantFrom = (path, specifier, name) => {
    const target = fileOf(path, specifier);
    if (target === undefined) return;
    if (name === "*") wantAll(target);
    else wantExport(target, name);
  };
  const wantLocal = (path, name) => {
    const local = files.get(path).locals.get(name);
    if (local === undefined || wanted.get(path).locals.has(name)) return;
    wanted.get(path).locals.add(name);
    if (local.from !== undefined) wantFrom(path, local.from, local.name);
    for (const { names, modules } of local.declarations ?? []) {
      for (const below of names) wantLocal(path, below);
      for (const specifier of modules) wantFrom(path, specifier, "*");
    }
  };
  const wantExport = (path, name) => {
    if (wanted.get(path).exports.has(name)) return;
    const stands = files.get(path).exports.get(name);
    if (stands !== undefined) {
      wanted.get(path).exports.add(name);
      if (stands.from === undefined) wantLocal(path, stands.local);
      else wantFrom(path, stands.from, stands.name);
      return;
    }
    const star = files.get(path).stars.find((specifier) => hasExport(fileOf(path, specifier), name));
    if (star === undefined) throw new Error(`${path} exports no ${name}`);
    wanted.get(path).stars.add(star);
    wantExport(fileOf(path, star), name);
  };
  const wantAll = (path) => {
    for (const name of files.get(path).exports.keys()) wantExport(path, name);
    for (const star of files.get(path).stars) {
      wanted.get(path).stars.add(star);
      wantAll(fileOf(path, star));
    }
  };
  wantAll(entry);
  return wanted;
};

const renamed = (name, as) => (name === as ? name : `${name} as ${as}`);

const importLine = (local, { from, name, isType }) => {
  const what = name === "*" ? `* as ${local}` : `{ ${renamed(name, local)} }`;
  return `import ${isType ? "type " : ""}${what} from "${from}";`;
};

const exportLine = (as, { local, from, name, isType }) => {
  const what = `export ${isType ? "type " : ""}{ ${renamed(from === undefined ? local : name, as)} }`;
  return from === undefined ? `${what};` : `${what} from "${from}";`;
};

const print = ({ locals, exports }, wanted) => {
  const kept = [...wanted.locals].map((name) => [name, locals.get(name)]);
  const declarations = kept
    .flatMap(([, local]) => local.declarations ?? [])
    .sort((a, b) => a.start - b.start);
  const lists = [...wanted.exports]
    .map((as) => [as, exports.get(as)])
    .filter(([, one]) => one.isInline !== true);
  const lines = [
    ...kept.filter(([, local]) => local.from !== undefined).map(([name, local]) => importLine(name, local)),
    ...new Set(declarations.map(({ code }) => code)),
    ...lists.map(([as, one]) => exportLine(as, one)),
    ...[...wanted.stars].map((star) => `export * from "${star}";`),
  ];
  return lines.length === 0 ? undefined : `${lines.join("\n")}\nexport {};\n`;
};

/**
 * Leaves of a set of declaration files only what the entry's exports reach, name by name, so that types of what is
 * bundled in, and of our own insides, do not travel along.
 * @param {Map<string, string>} texts by path, with relative specifiers that end in `.js`
 * @returns {Map<string, string>} what is left
 */
export const pruneDeclarations = (texts, entry) => {
  const files = new Map([...texts].map(([path, text]) => [path, readDeclarations(text)]));
  const wanted = reach(files, entry);
  const printed = [...files].map(([path, file]) => [path, print(file, wanted.get(path))]);
  return new Map(printed.filter(([, text]) => text !== undefined));
};
