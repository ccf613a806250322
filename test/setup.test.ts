import { execFile, spawn } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROOT } from "./tidy/source.ts";

// The set-up script in a small workspace of its own, with an npm that writes down how it was called.

const exec = promisify(execFile);
type Result = { exitCode: number; stdout: string; stderr: string };
let home: string;

/** Lays down what the real npm would: packages, their list, the linked command and the pinned Node. */
const FAKE_NPM = `#!/bin/sh
echo "$@" >> npm-calls
if [ -f npm-fails ]; then cat npm-fails >&2; exit 1; fi
sleep 0.3
rm -rf node_modules
mkdir -p node_modules/.bin node_modules/node/bin
ln -s "${ROOT}node_modules/esbuild" node_modules/esbuild
touch node_modules/.bin/hookclock node_modules/node/bin/node
cp package-lock.json node_modules/.package-lock.json
`;

const manifest = { name: "workspace", dependencies: { zod: "1" }, scripts: {} };
const inner = { name: "hookclock", dependencies: {} };
const lockFor = (version: string) => ({
  packages: { "": manifest, "packages/hookclock": inner, "node_modules/zod": { version } },
});

const put = async (path: string, content: unknown): Promise<void> => {
  await mkdir(join(home, path, ".."), { recursive: true });
  await writeFile(join(home, path), typeof content === "string" ? content : JSON.stringify(content));
};
const setUp = (): Promise<Result> => {
  const env = { PATH: `${join(home, "bin")}:/usr/bin:/bin` };
  const done = exec(process.execPath, ["scripts/setup.mjs"], { cwd: home, env });
  return done.then(
    ({ stdout, stderr }) => ({ exitCode: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number } & Result) => ({ exitCode: code, stdout, stderr }),
  );
};
const npmCalls = async (): Promise<string[]> =>
  (await readFile(join(home, "npm-calls"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "hookclock-setup-"));
  await cp(join(ROOT, "scripts"), join(home, "scripts"), { recursive: true });
  await put("package.json", manifest);
  await put("package-lock.json", lockFor("1.0.0"));
  await put("packages/hookclock/package.json", inner);
  await put("packages/hookclock/src/index.ts", "export const answer: number = 42;\n");
  await put("bin/npm", FAKE_NPM);
  await chmod(join(home, "bin/npm"), 0o755);
});

afterEach(() => rm(home, { recursive: true, force: true }));

describe("a workspace that needs something", () => {
  test("a fresh one is installed and built, a ready one costs not a word", async () => {
    const first = await setUp();
    expect(first).toMatchObject({ exitCode: 0, stdout: "" });
    expect(first.stderr).toMatch(/^setup: installing .* s\nsetup: building .* s\n$/);
    expect(await readFile(join(home, "packages/hookclock/dist/index.js"), "utf8")).toContain("42");
    expect(await setUp()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(await npmCalls()).toEqual(["ci --include=dev --no-audit --no-fund"]);
  });

  test("a changed source is built again, without npm", async () => {
    await setUp();
    await put("packages/hookclock/src/index.ts", "export const answer: number = 4321;\n");
    expect((await setUp()).stderr).toMatch(/^setup: building [^\n]*\n$/);
    expect(await readFile(join(home, "packages/hookclock/dist/index.js"), "utf8")).toContain("4321");
    expect(await npmCalls()).toHaveLength(1);
  });

  test("a source of the same length is noticed by its time", async () => {
    await setUp();
    await utimes(join(home, "packages/hookclock/src/index.ts"), new Date(0), new Date(0));
    expect((await setUp()).stderr).toContain("building");
  });

  test("tests and scripts of package.json change nothing", async () => {
    await setUp();
    await put("packages/hookclock/src/index.test.ts", "throw new Error();\n");
    await put("package.json", { ...manifest, scripts: { hello: "echo hello" } });
    expect((await setUp()).stderr).toBe("");
  });

  test("a changed lock file is installed", async () => {
    await setUp();
    await put("package-lock.json", lockFor("1.0.1"));
    expect((await setUp()).stderr).toContain("installing");
    expect(await npmCalls()).toHaveLength(2);
  });

  test("what was installed by hand is not installed again", async () => {
    await setUp();
    await put("package-lock.json", lockFor("1.0.1"));
    await put("node_modules/.package-lock.json", lockFor("1.0.1"));
    expect((await setUp()).stderr).not.toContain("installing");
    expect(await npmCalls()).toHaveLength(1);
  });
});

describe("two at once", () => {
  test("install and build once", async () => {
    const results = await Promise.all([setUp(), setUp(), setUp()]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(await npmCalls()).toHaveLength(1);
    expect(results.filter(({ stderr }) => stderr.includes("building"))).toHaveLength(1);
  });

  test("a set-up that was killed leaves nobody waiting", async () => {
    const dead = spawn(process.execPath, ["--eval", ""]);
    await new Promise((resolve) => dead.once("exit", resolve));
    await put(".cache/setup.lock", String(dead.pid));
    expect((await setUp()).exitCode).toBe(0);
    expect((await Promise.all([setUp(), setUp()])).map(({ stderr }) => stderr)).toEqual(["", ""]);
  });
});

describe("a failure says what to do next", () => {
  test.each([
    ["npm error code ENOTFOUND\nnpm error network request failed\n", /could not reach its registry/],
    [
      "npm error code EUSAGE\nnpm error Missing: zod@2 from lock file\nnpm error Usage:\nnpm error npm ci\n",
      /npm install/,
    ],
    ["npm error code ENOSPC\n", /disk is full/],
    ["npm error something else\n", /by hand/],
  ])("when npm says %j", async (said, advice) => {
    await put("npm-fails", said);
    const { exitCode, stderr } = await setUp();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(advice);
    expect(stderr).toContain(said.split("\n")[0]);
    expect(stderr).not.toMatch(/Usage:|\n\s+at /);
  });

  test("when package.json and the lock file disagree, npm is not even asked", async () => {
    await put("package.json", { ...manifest, dependencies: { zod: "2" } });
    const { exitCode, stderr } = await setUp();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("package.json says zod@2, package-lock.json says 1");
    expect(await npmCalls()).toEqual([]);
  });

  test("when npm is not there at all", async () => {
    await rm(join(home, "bin/npm"));
    await symlink(process.execPath, join(home, "bin/node"));
    const env = { PATH: join(home, "bin") };
    const failed = exec(process.execPath, ["scripts/setup.mjs"], { cwd: home, env });
    await expect(failed).rejects.toThrow(/npm could not be started/);
  });

  test("when a source does not build, and nothing is taken for built", async () => {
    await put("packages/hookclock/src/index.ts", "export const answer = ;\n");
    expect(await setUp()).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/Unexpected ";"/) });
    expect((await setUp()).exitCode).toBe(1);
  });
});

describe("the closing tally", () => {
  const tally = async (report: unknown): Promise<{ exitCode: number; lines: string[] }> => {
    await put("report.json", report);
    const done = exec(process.execPath, ["scripts/tally.mjs", "report.json"], { cwd: home });
    const { exitCode, stdout } = await done.then(
      ({ stdout: text }) => ({ exitCode: 0, stdout: text }),
      ({ code, stdout: text }: { code: number; stdout: string }) => ({ exitCode: code, stdout: text }),
    );
    return { exitCode, lines: stdout.trimEnd().split("\n") };
  };
  const file = (status: string, ...statuses: string[]) => ({
    name: "a.test.ts",
    status,
    message: "",
    assertionResults: statuses.map((one) => ({ status: one, fullName: "a test" })),
  });

  test("green only when something passed and nothing failed", async () => {
    const green = { success: true, testResults: [file("passed", "passed", "passed", "pending")] };
    expect(await tally(green)).toEqual({ exitCode: 0, lines: ["2 passed, 0 failed"] });
  });

  test.each([
    [
      "a failed test",
      { success: false, testResults: [file("failed", "passed", "failed")] },
      "1 passed, 1 failed",
    ],
    ["a file that does not load", { success: false, testResults: [file("failed")] }, "0 passed, 1 failed"],
    [
      "an error outside any test",
      { success: false, testResults: [file("passed", "passed")] },
      "1 passed, 1 failed",
    ],
    ["no test at all", { success: true, testResults: [] }, "0 passed, 0 failed"],
    ["no report", "", "0 passed, 1 failed"],
  ])("red for %s", async (_, report, line) => {
    const { exitCode, lines } = await tally(report);
    expect(exitCode).toBe(1);
    expect(lines.at(-1)).toBe(line);
  });
});
