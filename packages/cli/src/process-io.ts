// The real process behind `Io`: the only room of the command line that touches it.
import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { readPrivateFile, removeFile, writePrivateFile } from "./private-file.ts";
import { readSecret } from "./read-secret.ts";

const COLUMNS_OF_A_PIPE = 160;

export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  // `hookclock logs | head` closes the pipe early: that is the reader's right, not an error.
  for (const stream of [stdout, stderr]) {
    stream.on("error", ({ code = "unknown reason" }: NodeJS.ErrnoException) => {
      if (code === "EPIPE") process.exit(EXIT.ok);
      // A full disk, say. Nobody should take half a document for a whole one.
      if (stream === stdout) stderr.write(`error[output-lost]: the output cannot be written (${code})\n`);
      process.exit(EXIT.error);
    });
  }
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    env: process.env,
    inIsTerminal: stdin.isTTY === true,
    outIsTerminal: stdout.isTTY === true,
    errIsTerminal: stderr.isTTY === true,
    size: () => ({ columns: stdout.columns || COLUMNS_OF_A_PIPE, rows: stdout.rows || 24 }),
    readInput: async () => (await inputBytes()).toString("utf8"),
    async readSecret(prompt) {
      stderr.write(prompt);
      const line = await readSecret(stdin);
      stderr.write("\n");
      return line;
    },
    readFile: (path) => readFile(path, "utf8"),
    readBytes: (path) => (path === "-" ? inputBytes() : readFile(path)),
    readPrivateFile,
    writePrivateFile,
    removeFile,
    now: () => Date.now(),
    sleep: (ms, signal) =>
      delay(Math.max(0, ms), undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
    newId: () => randomUUID(),
    randomBytes: (size) => randomBytes(size),
    pid: process.pid,
    onExit: (work) => void process.on("exit", work),
    stopSignal,
  };
}

async function inputBytes(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  // A terminal that is closed takes the instance with it, cleanly.
  process.on("SIGHUP", onSignal);
  return stop.signal;
}
