import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const DEPENDENCY_FIELDS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
/** What in a package.json decides what npm lays down. Scripts, descriptions and the like do not. */
const INSTALL_FIELDS = [
  ...DEPENDENCY_FIELDS,
  "name",
  "version",
  "bin",
  "overrides",
  "workspaces",
  "allowScripts",
];

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

export const packageDirs = (root) =>
  readdirSync(join(root, "packages"))
    .filter((name) => existsSync(join(root, "packages", name, "package.json")))
    .map((name) => `packages/${name}`)
    .sort();

/** One hash over everything that decides what `npm ci` lays down. */
export const installFingerprint = (root) => {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  for (const dir of ["", ...packageDirs(root)]) {
    const manifest = readJson(join(root, dir, "package.json"));
    hash.update(JSON.stringify([dir, INSTALL_FIELDS.map((field) => manifest[field] ?? null)]));
  }
  return hash.digest("hex");
};

/** The first place where a package.json and the lock file disagree, in words; undefined when they agree. */
export const lockDrift = (root) => {
  const lock = readJson(join(root, "package-lock.json"));
  for (const dir of ["", ...packageDirs(root)]) {
    const manifest = readJson(join(root, dir, "package.json"));
    const locked = lock.packages[dir];
    if (locked === undefined) return `${dir} is not in package-lock.json`;
    for (const field of DEPENDENCY_FIELDS) {
      const wanted = manifest[field] ?? {};
      const known = locked[field] ?? {};
      for (const name of new Set([...Object.keys(wanted), ...Object.keys(known)])) {
        if (wanted[name] === known[name]) continue;
        const path = join(dir, "package.json");
        return `${path} says ${name}@${wanted[name] ?? "(none)"}, package-lock.json says ${known[name] ?? "(none)"}`;
      }
    }
  }
  return undefined;
};

/** Whether what lies in node_modules is what the lock file asks for, whoever installed it. */
export const installedMatchesLock = (root) => {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const wanted = readJson(join(root, "package-lock.json")).packages;
  const present = readJson(installed).packages;
  // Optional packages are those of other platforms: absent by right.
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional === true || present[path]?.version === entry.version,
  );
};

const sourceFiles = (dir) =>
  readdirSync(dir, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(dir, name));

/** One hash over the name, size and time of every file that the built package is made from. */
export const buildFingerprint = (root) => {
  const files = ["scripts/build.mjs", "package-lock.json"].map((path) => join(root, path));
  for (const dir of packageDirs(root)) {
    files.push(join(root, dir, "package.json"));
    if (existsSync(join(root, dir, "src"))) files.push(...sourceFiles(join(root, dir, "src")));
  }
  const hash = createHash("sha256");
  for (const path of files.sort()) {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest("hex");
};
