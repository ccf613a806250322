// Makes the workspace ready to run: installs what the lock file asks for, then builds, and does each only when something
// changed since. Plain JavaScript on any Node from 20 on, because it runs before anything is installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildFingerprint, installedMatchesLock, installFingerprint, lockDrift } from "./lib/fingerprint.mjs";
import { oneAtATime } from "./lib/one-at-a-time.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const INSTALL_STAMP = join(root, "node_modules/.hookclock-installed");
const BUILD_STAMP = join(root, "packages/hookclock/dist/.stamp");
const PINNED_NODE = join(root, "node_modules/node/bin/node");
const LINKED_COMMAND = join(root, "node_modules/.bin/hookclock");
const NODE_MAJOR_MIN = 24;
const REASON_LINES_MAX = 10;

/** A failure that the reader can act on: shown without a stack. */
class SetupError extends Error {}

/** Set-up's own, and the bundler's list of what does not build: their message says all. */
const isForReaders = (error) => error instanceof SetupError || Array.isArray(error.errors);

const stampOf = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

const isWindows = process.platform === "win32";
const isLinked = () => isWindows || existsSync(LINKED_COMMAND);

// Progress is for people: what a script prints for programs, such as `npm run bench -- --json`, stays clean.
const timed = async (what, work) => {
  const startedAt = performance.now();
  process.stderr.write(`setup: ${what} ... `);
  try {
    await work();
  } catch (error) {
    process.stderr.write("failed\n");
    throw error;
  }
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
};

/** The environment for npm: without our own node_modules/.bin, from which npm would run a Node that it is about to delete. */
const npmEnvironment = () => {
  const kept = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((dir) => !dir.endsWith(join("node_modules", ".bin")));
  return { ...process.env, PATH: kept.join(delimiter), npm_config_progress: "false" };
};

const run = (command, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: npmEnvironment(), shell: isWindows });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, output }));
  });

const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i;
const adviceFor = (output) => {
  if (OFFLINE.test(output)) {
    return "npm could not reach its registry. Check the connection (and HTTPS_PROXY), then run the same command again;\nwith everything in npm's cache, `npm ci --prefer-offline` may do.";
  }
  if (/ENOSPC/.test(output)) return "The disk is full. Free about 600 MB, then run the same command again.";
  if (/EACCES|EPERM/.test(output))
    return "npm may not write here. Check who owns this folder and node_modules.";
  if (/EUSAGE/.test(output))
    return "package.json and package-lock.json disagree: run `npm install` and commit both.";
  return "Run `npm ci` by hand to see the whole of it.";
};

/** What npm says went wrong, without its page of options and its own file names. */
const npmReason = (output) => {
  const [said] = output.split(/^npm error (?:Clean install a project|Usage:)/m);
  const errors = (said ?? "")
    .split("\n")
    .filter((line) => /^npm error \S/.test(line) && !line.includes("complete log"));
  return (errors.length > 0 ? errors : output.trim().split("\n")).slice(0, REASON_LINES_MAX).join("\n");
};

const install = async () => {
  const drift = lockDrift(root);
  if (drift !== undefined) {
    throw new SetupError(
      `${drift}.\nRun \`npm install\` to bring the lock file up to date, then run the same command again.`,
    );
  }
  await timed("installing packages (npm ci)", async () => {
    // `--include=dev`: with NODE_ENV=production npm would leave out the very Node that we run on.
    const { exitCode, output } = await run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"]).catch(
      (error) => {
        throw new SetupError(
          `npm could not be started (${error.message}). Install Node 20 or later with npm, then try again.`,
        );
      },
    );
    if (exitCode !== 0) {
      throw new SetupError(
        `npm ci ended with code ${exitCode}:\n${npmReason(output)}\n\n${adviceFor(output)}`,
      );
    }
  });
};

const ensureInstalled = async () => {
  const wanted = installFingerprint(root);
  if (stampOf(INSTALL_STAMP) === wanted && isLinked()) return;
  // Somebody may have run `npm install` by hand: what is there counts, not who put it there.
  if (!installedMatchesLock(root) || !isLinked() || lockDrift(root) !== undefined) await install();
  if (!existsSync(PINNED_NODE) && !isWindows && Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
    throw new SetupError(
      `The pinned Node was not laid down: npm's install scripts seem to be switched off (ignore-scripts).\nRun \`npm rebuild node --ignore-scripts=false\`, or use Node ${NODE_MAJOR_MIN} or later yourself (this is ${process.version}).`,
    );
  }
  writeFileSync(INSTALL_STAMP, wanted);
};

const ensureBuilt = async () => {
  const wanted = buildFingerprint(root);
  if (stampOf(BUILD_STAMP) === wanted) return;
  rmSync(BUILD_STAMP, { force: true });
  await timed("building hookclock", async () => {
    const { buildCode } = await import("./build.mjs");
    await buildCode();
  });
  writeFileSync(BUILD_STAMP, wanted);
};

const isReady = () =>
  existsSync(BUILD_STAMP) &&
  stampOf(INSTALL_STAMP) === installFingerprint(root) &&
  stampOf(BUILD_STAMP) === buildFingerprint(root) &&
  isLinked();

try {
  if (!isReady()) {
    const onWait = (pid) =>
      console.error(`setup: another set-up is running (process ${pid}), waiting for it`);
    await oneAtATime(
      join(root, ".cache/setup.lock"),
      async () => {
        await ensureInstalled();
        await ensureBuilt();
      },
      onWait,
    );
  }
} catch (error) {
  console.error(`\nsetup: ${isForReaders(error) ? error.message : error.stack}`);
  process.exitCode = 1;
}
