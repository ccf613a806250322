// A process of paper, for tests of whole command lines.
import type { Io } from "./io.ts";
import { runCli } from "./program.ts";

export type TestIoOptions = {
  env?: Record<string, string>;
  input?: string;
  files?: Record<string, string>;
  terminal?: boolean;
  columns?: number;
};

/** Runs one command line and hands back all that it said. */
export async function runTest(args: readonly string[], options: TestIoOptions = {}) {
  const said = { stdout: "", stderr: "" };
  const { terminal = false, columns = 120 } = options;
  const io: Io = {
    out: (text) => {
      said.stdout += text;
    },
    err: (text) => {
      said.stderr += text;
    },
    env: options.env ?? {},
    outIsTerminal: terminal,
    errIsTerminal: terminal,
    size: () => ({ columns, rows: 30 }),
    readInput: async () => options.input ?? "",
    readFile: async (path) => {
      const text = options.files?.[path];
      if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      return text;
    },
    now: () => Date.now(),
    sleep: async () => {},
    pid: 1,
    onExit: () => {},
    stopSignal: () => new AbortController().signal,
  };
  const code = await runCli(args, io, "1.2.3");
  return { code, ...said };
}
