import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importsOf, packageNameOf } from "./tidy/imports.ts";
import { parseSource, ROOT } from "./tidy/source.ts";

// What a user gets: the packed package, unpacked among the dependencies that it declares and no others.

const TARBALL_BYTES_MAX = 600_000;
const UNPACKED_BYTES_MAX = 2_500_000;

const exec = promisify(execFile);
let home: string;
let unpacked: string;
let tarball: string;
let dependencies: string[];

/** As on a user's machine: none of the flags and switches of the test run. */
const plainEnvironment = { PATH: process.env["PATH"], HOME: process.env["HOME"] };
const node = (...args: string[]) => exec(process.execPath, args, { cwd: home, env: plainEnvironment });

const link = async (name: string): Promise<void> => {
  const path = join(home, "node_modules", name);
  await mkdir(dirname(path), { recursive: true });
  await symlink(join(ROOT, "node_modules", name), path);
};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "hookclock-pack-"));
  const { stdout } = await exec(
    "npm",
    ["pack", "--workspace=hookclock", "--json", `--pack-destination=${home}`],
    {
      cwd: ROOT,
    },
  );
  const filename = /"filename":\s*"([^"]+)"/.exec(stdout)?.[1] ?? "";
  tarball = join(home, filename);
  unpacked = join(home, "node_modules/hookclock");
  await mkdir(unpacked, { recursive: true });
  await exec("tar", ["xzf", tarball, "-C", unpacked, "--strip-components=1"]);
  const manifest = JSON.parse(await readFile(join(unpacked, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  dependencies = Object.keys(manifest.dependencies);
  for (const name of dependencies) await link(name);
  await writeFile(join(home, "package.json"), JSON.stringify({ type: "module" }));
});

afterAll(() => rm(home, { recursive: true, force: true }));

const filesOf = async (dir: string): Promise<string[]> => {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

/** What is loaded by a file's static imports, files and packages. */
const loadedBy = async (entry: string): Promise<{ files: Set<string>; packages: Set<string> }> => {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const path of files) {
    const source = parseSource(path.replace(/\.js$/, ".mjs"), await readFile(path, "utf8"));
    const lazily = [...source.text.matchAll(/\bimport\(\s*"([^"]+)"/g)];
    const isLater = new Set(lazily.map(([, specifier]) => specifier));
    for (const { specifier } of importsOf(source).filter((one) => !isLater.has(one.specifier))) {
      const name = packageNameOf(specifier);
      if (name !== undefined) packages.add(name);
      if (specifier.startsWith(".")) files.add(join(dirname(path), specifier));
    }
  }
  return { files, packages };
};

describe("in plain Node", () => {
  const program = `
    import Hooks, { Hooks as named, HookclockError, isHookclockError } from "hookclock";
    const error = new HookclockError("invalid-input", "no");
    console.log(JSON.stringify({
      isClass: /^class\\b/.test(Function.prototype.toString.call(Hooks)),
      isSame: Hooks === named,
      isError: error instanceof Error && isHookclockError(error, "invalid-input"),
    }));`;

  test("the library is imported without flags or bundler, and its default is a class", async () => {
    const { stdout, stderr } = await node("--input-type=module", "--eval", program);
    expect(JSON.parse(stdout)).toEqual({ isClass: true, isSame: true, isError: true });
    expect(stderr).toBe("");
  });

  test("a dependency that is not there fails the import: nothing is found by accident", async () => {
    await unlink(join(home, "node_modules/zod"));
    try {
      await expect(node("--input-type=module", "--eval", program)).rejects.toThrow(
        /Cannot find package 'zod'/,
      );
    } finally {
      await link("zod");
    }
  });

  test("the command answers", async () => {
    const { stdout } = await node(join(unpacked, "bin/hookclock.mjs"), "--help");
    expect(stdout).toMatch(/usage:.*hookclock/i);
  });

  test("users of the library load neither the command line nor the embedded database", async () => {
    const { packages } = await loadedBy(join(unpacked, "dist/index.js"));
    expect([...packages].filter((name) => ["commander", "dynalite"].includes(name))).toEqual([]);
    expect([...packages].filter((name) => !dependencies.includes(name))).toEqual([]);
    // The check sees something at all.
    expect(packages).toContain("zod");
  });
});

describe("the type declarations", () => {
  const check = async (program: string): Promise<string[]> => {
    const compilerOptions = {
      target: "ES2024",
      module: "NodeNext",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      types: ["node"],
    };
    await writeFile(join(home, "user.ts"), program);
    await writeFile(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["user.ts"] }));
    const tsc = node(join(ROOT, "node_modules/typescript/bin/tsc"), "-p", home);
    const output = await tsc.then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
    // What is wrong inside the declarations of others is not ours to mend.
    return output.split("\n").filter((line) => /^(user\.ts|node_modules\/hookclock\/|error )/.test(line));
  };

  beforeAll(() => link("@types/node"));

  test("a strict program type-checks against them, and they are no any in disguise", async () => {
    const program = `
      import Hooks, { createWebSub, HookclockError, type HooksOptions, type RegisterInput, type Task, type WebSub } from "hookclock";
      type IsAny<T> = 0 extends 1 & T ? true : false;
      type Registered = Awaited<ReturnType<Hooks["register"]>>;
      export const precise: [IsAny<Hooks>, IsAny<HooksOptions>, IsAny<RegisterInput>, IsAny<Task>, IsAny<Registered>] =
        [false, false, false, false, false];
      type Subscribed = Awaited<ReturnType<WebSub["subscriptions"]["add"]>>;
      type Parts = [IsAny<WebSub>, IsAny<WebSub["hub"]>, IsAny<WebSub["events"]>, IsAny<WebSub["consumers"]>, IsAny<Subscribed>];
      export const preciseParts: Parts = [false, false, false, false, false];
      export const make = (options: HooksOptions): Hooks => new Hooks(options);
      const webSub = createWebSub({ baseUrl: "https://hooks.example.com" });
      export const hooks = make({ tasksTableName: "tasks", logsTableName: "logs", handlers: webSub.attach });
      export const code: string = new HookclockError("invalid-input", "no").code;`;
    expect(await check(program)).toEqual([]);
  });

  test("a wrong program does not", async () => {
    const wrong = `
      import { HookclockError } from "hookclock";
      export const error = new HookclockError("no-such-code", "no");`;
    expect(await check(wrong)).toEqual([expect.stringMatching(/^user\.ts\(3,.*no-such-code/)]);
  });

  test("they ask for nothing but declared dependencies", async () => {
    const declarations = (await filesOf(unpacked)).filter((path) => path.endsWith(".d.ts"));
    const names = new Set<string>();
    for (const path of declarations) {
      for (const { specifier } of importsOf(parseSource(path, await readFile(path, "utf8")))) {
        const name = packageNameOf(specifier);
        if (name !== undefined) names.add(name);
      }
    }
    expect(declarations.length).toBeGreaterThan(1);
    expect([...names].filter((name) => !dependencies.includes(name))).toEqual([]);
  });
});

describe("the pack", () => {
  test("holds the build and its papers, and nothing else", async () => {
    const names = (await filesOf(unpacked)).map((path) => path.slice(unpacked.length + 1));
    const isExpected = (name: string): boolean =>
      /^(bin\/hookclock\.mjs|dist\/.+\.(js|js\.map|d\.ts)|package\.json|LICENSE|README\.md|CHANGELOG\.md)$/.test(
        name,
      );
    expect(names.filter((name) => !isExpected(name))).toEqual([]);
    for (const name of ["LICENSE", "dist/index.js", "dist/index.d.ts", "dist/cli.js", "bin/hookclock.mjs"]) {
      expect(names).toContain(name);
    }
  });

  test("tells nothing of the machine that made it", async () => {
    for (const path of await filesOf(unpacked)) {
      const text = await readFile(path, "utf8");
      expect(text.includes(ROOT.replace(/\/$/, "")), path).toBe(false);
      expect(text.includes(`${homedir()}/`), path).toBe(false);
    }
  });

  test("stays small", async () => {
    const sizes = await Promise.all((await filesOf(unpacked)).map(async (path) => (await stat(path)).size));
    expect((await stat(tarball)).size).toBeLessThan(TARBALL_BYTES_MAX);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(UNPACKED_BYTES_MAX);
  });
});
