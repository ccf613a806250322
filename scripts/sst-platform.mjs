// Lays SST's platform (its components and Pulumi's packages) under .sst/platform, so that config and stacks can be checked
// without an AWS account: `node scripts/sst-platform.mjs`. Does nothing when the right version is there.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { oneAtATime } from "./lib/one-at-a-time.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PLATFORM = join(root, ".sst/platform");
const HOME = join(root, ".cache/sst-install");
/** What SST 4.17 asks for. It would download both; a package of npm has the one, and the other is only asked its version. */
const PULUMI_VERSION = "v3.215.0";
const BUN_VERSION = "1.2.1";
const BUN_PACKAGES = {
  "linux-x64": "@oven/bun-linux-x64",
  "linux-arm64": "@oven/bun-linux-aarch64",
  "darwin-x64": "@oven/bun-darwin-x64",
  "darwin-arm64": "@oven/bun-darwin-aarch64",
};
const OUTPUT_LINES_MAX = 15;

/** A reason for readers: shown without a stack. */
class PlatformError extends Error {}

const run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, output }));
  });

const lastLines = (output) => output.trim().split("\n").slice(-OUTPUT_LINES_MAX).join("\n");

const wantedVersion = () => {
  const manifest = join(root, "node_modules/sst/package.json");
  if (!existsSync(manifest)) throw new PlatformError("SST is not installed: run `npm ci` first.");
  return JSON.parse(readFileSync(manifest, "utf8")).version;
};

/** The version file is written before the packages are laid down: it alone would pass an install that was cut off. */
const isReady = (version) => {
  const needed = [
    "../provider-lock.json",
    "node_modules/@pulumi/pulumi/package.json",
    "node_modules/@pulumi/aws/package.json",
    "node_modules/esbuild/package.json",
  ];
  const stamp = join(PLATFORM, "version");
  return (
    existsSync(stamp) &&
    readFileSync(stamp, "utf8").trim() === version &&
    needed.every((path) => existsSync(join(PLATFORM, path)))
  );
};

/** Bun out of its npm package, or undefined where there is none: SST then installs with npm, which takes longer. */
const bunPath = async () => {
  const name = BUN_PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  const folder = join(root, `.cache/bun-${BUN_VERSION}`);
  const bun = join(folder, "package/bin/bun");
  if (!existsSync(bun)) {
    const draft = `${folder}.${process.pid}`;
    mkdirSync(draft, { recursive: true });
    try {
      const packed = await run("npm", ["pack", `${name}@${BUN_VERSION}`, "--silent", "--ignore-scripts"], {
        cwd: draft,
      });
      const file = packed.output.trim().split("\n").at(-1) ?? "";
      if (packed.exitCode !== 0 || !file.endsWith(".tgz")) return undefined;
      const unpacked = await run("tar", ["xzf", file, "package"], { cwd: draft });
      if (unpacked.exitCode !== 0) return undefined;
      rmSync(join(draft, file));
      rmSync(folder, { recursive: true, force: true });
      renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  // Built for another C library, it does not start.
  const started = await run(bun, ["--version"]).catch(() => ({ exitCode: 1, output: "" }));
  return started.exitCode === 0 ? bun : undefined;
};

/** Answers SST's question for Pulumi's version and can do nothing else. In a home of its own: a real deploy never meets it. */
const layStandIn = () => {
  // Linux looks under XDG_CONFIG_HOME, macOS under the home folder.
  for (const config of [join(HOME, "config"), join(HOME, "Library/Application Support")]) {
    const file = join(config, "sst/bin/pulumi");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho ${PULUMI_VERSION}\n`);
    chmodSync(file, 0o755);
  }
};

const installEnvironment = (bun) => {
  const ownNpmrc = process.env.NPM_CONFIG_USERCONFIG ?? join(homedir(), ".npmrc");
  const withoutCredentials = Object.entries(process.env).filter(([name]) => !/^(AWS|PULUMI|SST)_/.test(name));
  return {
    ...Object.fromEntries(withoutCredentials),
    PATH: [join(root, "node_modules/.bin"), process.env.PATH ?? ""].join(delimiter),
    HOME,
    XDG_CONFIG_HOME: join(HOME, "config"),
    XDG_CACHE_HOME: join(HOME, "cache"),
    BUN_INSTALL_CACHE_DIR: join(HOME, "bun-cache"),
    // Which registry to ask is the user's own affair, wherever home is.
    ...(existsSync(ownNpmrc) ? { NPM_CONFIG_USERCONFIG: ownNpmrc } : {}),
    SST_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
    ...(bun === undefined ? { SST_NO_BUN: "1" } : { SST_BUN_PATH: bun }),
  };
};

const install = async (version) => {
  if (process.platform === "win32")
    throw new PlatformError("SST's platform is not laid down on Windows; use WSL.");
  const startedAt = performance.now();
  process.stderr.write(`sst: laying down the platform of SST ${version} (about 420 MB) ... `);
  rmSync(PLATFORM, { recursive: true, force: true });
  layStandIn();
  const bun = await bunPath();
  const sst = join(root, "node_modules/sst/bin/sst.mjs");
  const { exitCode, output } = await run(process.execPath, [sst, "install", "--stage", "check"], {
    env: installEnvironment(bun),
  });
  if (exitCode !== 0 || !isReady(version)) {
    process.stderr.write("failed\n");
    rmSync(join(PLATFORM, "version"), { force: true });
    throw new PlatformError(`\`sst install\` ended with code ${exitCode}:\n${lastLines(output)}`);
  }
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
};

try {
  const version = wantedVersion();
  if (!isReady(version)) {
    await oneAtATime(join(root, ".cache/sst-install.lock"), async () => {
      if (!isReady(version)) await install(version);
    });
  }
} catch (error) {
  console.error(error instanceof PlatformError ? error.message : error.stack);
  process.exitCode = 1;
}
