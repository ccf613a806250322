// A line typed on a terminal that does not show it.
import { StringDecoder } from "node:string_decoder";

const ENTER = /[\r\n]/;
const END_OF_INPUT = "\u0004";
const INTERRUPT = "\u0003";
const BACKSPACES = new Set(["\u007f", "\b"]);
const CLEAR_LINE = "\u0015";

/** What is known after another key; null for an interruption. Pure. */
export function typed(before: string, key: string): { line: string; done: boolean } | null {
  if (key === INTERRUPT) return null;
  if (ENTER.test(key) || key === END_OF_INPUT) return { line: before, done: true };
  if (BACKSPACES.has(key)) return { line: [...before].slice(0, -1).join(""), done: false };
  if (key === CLEAR_LINE) return { line: "", done: false };
  // Arrows and other control characters are no part of a secret.
  return { line: /\p{Cc}/u.test(key) ? before : before + key, done: false };
}

/** The terminal, as far as it is needed here. */
export type Terminal = {
  setRawMode(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  off(event: "data", listener: (chunk: Buffer) => void): unknown;
};

/** Reads one line without an echo. Null when it was interrupted by Ctrl-C. */
export function readSecret(terminal: Terminal): Promise<string | null> {
  const decoder = new StringDecoder("utf8");
  let line = "";
  return new Promise((resolve) => {
    const end = (answer: string | null) => {
      terminal.off("data", onData);
      terminal.setRawMode(false);
      terminal.pause();
      resolve(answer);
    };
    const onData = (chunk: Buffer) => {
      for (const key of decoder.write(chunk)) {
        const next = typed(line, key);
        if (next === null) return end(null);
        line = next.line;
        if (next.done) return end(line);
      }
    };
    terminal.setRawMode(true);
    terminal.on("data", onData);
    terminal.resume();
  });
}
