// Runs the built command as a child process, the way a user does.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "packages/hookclock/bin/hookclock.mjs");

/** Builds the command when a source is newer than it. */
export function buildIfStale(): void {
  const built =
    statSync(join(root, "packages/hookclock/dist/cli.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const packages = readdirSync(join(root, "packages"));
  const sources = packages.flatMap((name) =>
    readdirSync(join(root, "packages", name, "src"), { recursive: true, withFileTypes: true }),
  );
  const newest = Math.max(
    ...sources
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  if (newest > built)
    execFileSync(process.execPath, [join(root, "scripts/build.mjs"), "--code"], { cwd: root });
}

/** A folder of its own for one test file; gone when the scope ends. */
export function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "hookclock-cli-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Of the machine's own environment nothing that would steer the command; a login of its owner least of all. */
const environment = (cwd: string, more: Record<string, string>): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(HOOKCLOCK_|AWS_|NO_COLOR|FORCE_COLOR)/.test(name),
  );
  return { ...Object.fromEntries(kept), XDG_CONFIG_HOME: join(cwd, "config"), ...more };
};

export type Ended = { code: number | null; stdout: string; stderr: string };
export type CommandOptions = {
  cwd: string;
  env?: Record<string, string>;
  input?: string;
  /** Where its output goes instead of to us: a file descriptor. */
  outTo?: number;
};

/** Starts the command and collects what it writes. */
export function start(args: readonly string[], { cwd, env = {}, input, outTo }: CommandOptions) {
  const child: ChildProcess = spawn(process.execPath, [bin, ...args], {
    ...{ cwd, env: environment(cwd, env) },
    stdio: ["pipe", outTo ?? "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      written[name] += chunk;
      for (const watcher of watchers) watcher();
    });
  }
  child.stdin?.on("error", () => {}).end(input ?? "");
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...written })));
  /** Resolves with the first non-null answer about what was written so far; rejects when the command ends first. */
  const until = <Answer>(ask: (written: { stdout: string; stderr: string }) => Answer | null | undefined) =>
    new Promise<Answer>((resolve, reject) => {
      const look = () => {
        const answer = ask(written);
        if (answer === null || answer === undefined) return;
        watchers.delete(look);
        resolve(answer);
      };
      watchers.add(look);
      look();
      void ended.then(({ code, stderr }) => reject(new Error(`ended with ${code} first: ${stderr}`)));
    });
  return { child, written, ended, until, signal: (name: NodeJS.Signals) => child.kill(name) };
}

export const run = (args: readonly string[], options: CommandOptions): Promise<Ended> =>
  start(args, options).ended;

export type DevLine = { at: string; type: string; [more: string]: unknown };
export const linesOf = (stdout: string): DevLine[] =>
  stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as DevLine);

/** A running `hookclock dev --json`; its events can be waited for. */
export async function startDev(cwd: string, args: readonly string[] = []) {
  const process = start(["dev", "--port", "0", "--json", ...args], { cwd });
  const event = (fits: (line: DevLine) => boolean): Promise<DevLine> =>
    process.until(({ stdout }) => linesOf(stdout).find(fits));
  const started = await event(({ type }) => type === "started");
  return {
    ...process,
    event,
    started,
    endpoint: String(started["endpoint"]),
    apiUrl: String(started["apiUrl"]),
    async [Symbol.asyncDispose]() {
      process.signal("SIGKILL");
      await process.ended;
    },
  };
}
