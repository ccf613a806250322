// Worker processes for the crash tests: bundled once per file, started, spoken to, and ended by their own id.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { HooksOptions, WebSubOptions } from "hookclock";
import type { Order, Report } from "./worker.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export type Child = {
  process: ChildProcess;
  tell(order: Order): void;
  /** Resolves with the next report of a type; reports that came before count. */
  told<Type extends Report["type"]>(type: Type): Promise<Extract<Report, { type: Type }>>;
  /** Sends a signal and, for those that end it, waits until it has ended. */
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
};

/** Bundles the worker for plain Node; `open` starts children that are ready to be told what to do. */
export async function workerFactory() {
  // Below the repository, so that the packages left outside the bundle are found.
  const cache = join(root, ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "crash-"));
  const outfile = join(folder, "worker.mjs");
  const manifest = await readFile(join(root, "packages/hookclock/package.json"), "utf8");
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
  await build({
    absWorkingDir: root,
    entryPoints: ["test/crash/worker.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    conditions: ["hookclock-source"],
    external: Object.keys(dependencies),
    logLevel: "error",
  });
  const children = new Set<ChildProcess>();
  return {
    /** With `webSub` it runs the tasks of WebSub as well. */
    async open(options: HooksOptions, webSub: WebSubOptions | null = null): Promise<Child> {
      const child = start(outfile);
      children.add(child.process);
      child.tell({ do: "open", options, webSub });
      await child.told("ready");
      return child;
    },
    async close(): Promise<void> {
      for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function start(outfile: string): Child {
  const child = fork(outfile, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const reports: Report[] = [];
  let wake = Promise.withResolvers<void>();
  child.on("message", (message) => {
    reports.push(message as Report);
    wake.resolve();
  });
  child.on("exit", () => wake.reject(new Error("the worker ended before it reported")));
  wake.promise.catch(() => {});
  return {
    process: child,
    tell: (order) => void child.send(order),
    async told(type) {
      for (;;) {
        const at = reports.findIndex((report) => report.type === type);
        if (at >= 0) return reports.splice(at, 1)[0] as never;
        await wake.promise;
        wake = Promise.withResolvers<void>();
        wake.promise.catch(() => {});
      }
    },
    async kill(signal) {
      const ended = once(child, "exit");
      child.kill(signal);
      return (await ended)[0] as number | null;
    },
  };
}
