// A process of paper, for tests of whole command lines.
import type { Io } from "./io.ts";
import { runCli } from "./program.ts";

export type TestIoOptions = {
  env?: Record<string, string>;
  /** What is piped in; without it, standard input is a terminal where `typed` is typed. */
  input?: string;
  typed?: string | null;
  /** Files that are there; private ones are written into it. */
  files?: Record<string, string>;
  terminal?: boolean;
  columns?: number;
};

const noSuchFile = () => Object.assign(new Error("no such file"), { code: "ENOENT" });

/** Runs one command line and hands back all that it said. */
export async function runTest(args: readonly string[], options: TestIoOptions = {}) {
  const said = { stdout: "", stderr: "" };
  const { terminal = false, columns = 120, files = {} } = options;
  const read = async (path: string): Promise<string> => {
    const text = files[path];
    if (text === undefined) throw noSuchFile();
    return text;
  };
  let ids = 0;
  const io: Io = {
    out: (text) => {
      said.stdout += text;
    },
    err: (text) => {
      said.stderr += text;
    },
    env: options.env ?? {},
    inIsTerminal: options.input === undefined && options.typed !== undefined,
    outIsTerminal: terminal,
    errIsTerminal: terminal,
    size: () => ({ columns, rows: 30 }),
    readInput: async () => options.input ?? "",
    readSecret: async (prompt) => {
      said.stderr += prompt;
      return options.typed ?? null;
    },
    readFile: read,
    readBytes: async (path) => Buffer.from(path === "-" ? (options.input ?? "") : await read(path)),
    readPrivateFile: read,
    writePrivateFile: async (path, text) => {
      files[path] = text;
    },
    removeFile: async (path) => Reflect.has(files, path) && Reflect.deleteProperty(files, path),
    now: () => Date.now(),
    sleep: async () => {},
    newId: () => `id-${process.pid}-${++ids}`,
    randomBytes: (size) => new Uint8Array(size).fill(++ids),
    pid: 1,
    onExit: () => {},
    stopSignal: () => new AbortController().signal,
  };
  const code = await runCli(args, io, "1.2.3");
  return { code, ...said };
}
