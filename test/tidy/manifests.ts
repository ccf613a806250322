import { importsOf, packageNameOf, roomOf } from "./imports.ts";
import { folderOf, isTestCode, packageOf, type Source } from "./source.ts";

export type Manifest = {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
};

/** Declared for another's sake: nothing imports them, yet they must be there. */
export const UNIMPORTED: Record<string, string> = {
  lodash: "peer of use-dynamodb",
  "use-async-helpers": "peer of use-dynamodb",
};

/** Bundled into the published package, so its users never install them. */
export const BUNDLED = ["lodash", "use-async-helpers", "use-dynamodb"];

/** Development tools that are run, not imported. */
export const TOOLS = ["@biomejs/biome", "@types/node", "node", "sst", "typescript"];

const isOurs = (name: string): boolean => roomOf(name) !== undefined;

const externalNames = (sources: readonly Source[]): Set<string> =>
  new Set(
    sources.flatMap((source) => importsOf(source).flatMap(({ specifier }) => packageNameOf(specifier) ?? [])),
  );

export type Package = { room: string; manifest: Manifest; sources: readonly Source[] };

/** Imports that a package does not declare, and declarations that it does not use. Tests may use the workspace's own tools. */
export const dependencyFaults = ({ room, manifest, sources }: Package, workspace: Manifest): string[] => {
  const shipped = externalNames(sources.filter(({ path }) => !isTestCode(path)));
  const tested = externalNames(sources.filter(({ path }) => isTestCode(path)));
  const dependencies = Object.keys(manifest.dependencies ?? {});
  const devDependencies = Object.keys(manifest.devDependencies ?? {});
  // The published package may not ask for packages that are not published: they are bundled in.
  const forShipped = room === "hookclock" ? [...dependencies, ...devDependencies] : dependencies;
  const forTests = [
    ...dependencies,
    ...devDependencies,
    ...Object.keys(workspace.devDependencies ?? {}),
    "@hookclock/testkit",
  ];
  const own = manifest.name;
  const where = `${folderOf(room)}/package.json`;
  const used = new Set([...shipped, ...tested]);
  const isNeeded = (name: string): boolean =>
    (room === "testkit" ? used : shipped).has(name) ||
    name in UNIMPORTED ||
    (room === "hookclock" && !isOurs(name));
  return [
    ...[...shipped]
      .filter((name) => name !== own && !forShipped.includes(name))
      .map((name) => `${where} does not declare ${name}`),
    ...[...tested]
      .filter((name) => name !== own && !forTests.includes(name))
      .map((name) => `${where} does not declare ${name}, which its tests use`),
    ...dependencies
      .filter((name) => !isNeeded(name))
      .map((name) => `${where} declares ${name}, which nothing imports`),
    ...devDependencies
      .filter((name) => !used.has(name))
      .map((name) => `${where} declares ${name} for development, which nothing imports`),
  ];
};

/** The published package must ask for exactly what the code bundled into it imports, in the same versions. */
export const publishedFaults = (packages: readonly Package[], publishedRoom: string): string[] => {
  const wanted = new Map<string, string>();
  for (const { room, manifest } of packages) {
    // What is put on AWS brings its dependencies along by itself.
    if (room === publishedRoom || room === "functions") continue;
    for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
      if (!isOurs(name) && !BUNDLED.includes(name)) wanted.set(name, version);
    }
  }
  const published = packages.find(({ room }) => room === publishedRoom);
  if (published === undefined) return [`there is no package ${publishedRoom}`];
  const asked = published.manifest.dependencies ?? {};
  const where = `packages/${publishedRoom}/package.json`;
  const direct = externalNames(published.sources.filter(({ path }) => !isTestCode(path)));
  return [
    ...[...wanted]
      .filter(([name, version]) => asked[name] !== version)
      .map(
        ([name, version]) => `${where} must ask for ${name}@${version}, asks for ${asked[name] ?? "none"}`,
      ),
    ...Object.keys(asked)
      .filter((name) => !wanted.has(name) && !direct.has(name))
      .map((name) => `${where} asks for ${name}, which nothing inside needs`),
  ];
};

/** One version of a dependency in the whole workspace. */
export const versionFaults = (manifests: readonly Manifest[]): string[] => {
  const versions = new Map<string, Set<string>>();
  for (const { dependencies, devDependencies } of manifests) {
    for (const [name, version] of [
      ...Object.entries(dependencies ?? {}),
      ...Object.entries(devDependencies ?? {}),
    ]) {
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
  }
  return [...versions]
    .filter(([, all]) => all.size > 1)
    .map(([name, all]) => `${name} is asked for as ${[...all].join(" and ")}`);
};

/** Development tools of the workspace that nothing imports and nobody runs. */
export const idleTools = (workspace: Manifest, sources: readonly Source[]): string[] => {
  const imported = externalNames(
    sources.filter(({ path }) => isTestCode(path) || packageOf(path) === "testkit"),
  );
  return Object.keys(workspace.devDependencies ?? {})
    .filter((name) => !imported.has(name) && !TOOLS.includes(name))
    .map((name) => `package.json declares ${name}, which nothing imports`);
};

const REGISTRY = "https://registry.npmjs.org/";

/** Places in the lock file that npm would download from, other than the public registry. */
export const lockFaults = (lock: {
  packages: Record<string, { resolved?: string; link?: boolean }>;
}): string[] =>
  Object.entries(lock.packages).flatMap(([path, { resolved, link }]) => {
    if (resolved === undefined || resolved.startsWith(REGISTRY)) return [];
    if (link === true && /^(packages\/|functions$)/.test(resolved)) return [];
    return [`package-lock.json: ${path} comes from ${resolved}`];
  });

/** Dependencies without an entry in the page about them, and entries for what is no dependency any more. */
export const undocumented = (manifests: readonly Manifest[], page: string): string[] => {
  const declared = new Set(
    manifests.flatMap(({ dependencies, devDependencies }) =>
      [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})].filter(
        (name) => !isOurs(name),
      ),
    ),
  );
  const described = new Set([...page.matchAll(/^#{2,4} `([^`]+)`/gm)].map(([, name = ""]) => name));
  return [
    ...[...declared]
      .filter((name) => !described.has(name))
      .map((name) => `docs/dependencies.md says nothing about ${name}`),
    ...[...described]
      .filter((name) => !declared.has(name))
      .map((name) => `docs/dependencies.md describes ${name}, which is no dependency`),
  ];
};
