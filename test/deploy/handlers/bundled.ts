// Bundled functions as processes of their own, as far from the workspace as they are on Lambda.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { ROOT } from "../platform.ts";

const run = promisify(execFile);
const RUNNER = join(ROOT, "test/deploy/handlers/run-bundle.mjs");
const ANSWER_MARK = "@answer ";
const SAID_CHARACTERS_MAX = 1_500;

/** `bytes` and `inputs`: what a cold start loads, in all and by package. */
export type Bundle = {
  name: string;
  bytes: number;
  laterBytes: number;
  inputs: Record<string, number>;
  laterInputs: Record<string, number>;
};

/** Makes all bundles, as a deployment does. */
export async function makeBundles(): Promise<Bundle[]> {
  const { stdout } = await run(process.execPath, [join(ROOT, "scripts/bundle-functions.mjs"), "--json"], {
    cwd: ROOT,
  });
  return JSON.parse(stdout) as Bundle[];
}

const bundleFolder = (name: string): string => join(ROOT, "functions/dist", name);
/** All files of a bundle, `index.mjs` first. */
export const bundlePaths = (name: string): string[] => {
  const files = readdirSync(bundleFolder(name)).filter((file) => file !== "index.mjs");
  return ["index.mjs", ...files].map((file) => join(bundleFolder(name), file));
};

export type BundledFunction = AsyncDisposable & {
  /** Calls the handler; rejects with what it threw. */
  call(event: unknown): Promise<unknown>;
};
type Answer = { ready?: string; result?: unknown; error?: string };

/** Starts a bundle out of an empty folder, with this environment and no other. */
export async function startBundle(
  name: string,
  environment: Record<string, string>,
): Promise<BundledFunction> {
  const folder = mkdtempSync(join(tmpdir(), "hookclock-bundle-"));
  cpSync(bundleFolder(name), folder, { recursive: true });
  copyFileSync(RUNNER, join(folder, "run.mjs"));
  const child = spawn(process.execPath, ["run.mjs", join(folder, "index.mjs")], {
    cwd: folder,
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const nextAnswer = answersOf(child);
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { ready } = await nextAnswer();
    if (ready !== "function") throw new Error(`${name} exports no handler, but ${String(ready)}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async call(event) {
      child.stdin?.write(`${JSON.stringify(event)}\n`);
      const { result, error } = await nextAnswer();
      if (error !== undefined) throw new Error(`${name} failed: ${error}`);
      return result;
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Answers one after the other; rejects with what the process said when it ends before. */
function answersOf(child: ChildProcess): () => Promise<Answer> {
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said += String(chunk);
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return async () => {
    for (;;) {
      const { value, done } = await lines.next();
      // A bundle is one long line, which Node shows before it says what went wrong.
      if (done === true) throw new Error(`the bundle's process ended: ${said.slice(-SAID_CHARACTERS_MAX)}`);
      if (value.startsWith(ANSWER_MARK)) return JSON.parse(value.slice(ANSWER_MARK.length)) as Answer;
    }
  };
}
