import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { readSecret } from "./read-secret.ts";

/** A terminal on which these chunks are typed; remembers what was asked of it. */
const typing = async (...chunks: string[]) => {
  const asked: string[] = [];
  const terminal = Object.assign(new EventEmitter(), {
    setRawMode: (raw: boolean) => asked.push(raw ? "raw" : "cooked"),
    pause: () => asked.push("pause"),
    resume: () => {
      asked.push("resume");
      for (const chunk of chunks) terminal.emit("data", Buffer.from(chunk, "latin1"));
    },
  });
  const line = await readSecret(terminal);
  return { line, asked, listeners: terminal.listenerCount("data") };
};

test.each([
  [["abc\r"], "abc"],
  [["a", "b", "c\n"], "abc"],
  [["abX\u007fc\r"], "abc"],
  [["wrong\u0015abc\r"], "abc"],
  [["\u007f\ba\r"], "a"],
  [["a\u0004"], "a"],
  [["ab\u0003c\r"], null],
  // Two halves of one character, as a terminal may send them.
  [["\u00c3", "\u00bc\r"], "ü"],
  [["abc\rmore"], "abc"],
])("typing %j is %j", async (chunks, line) => {
  expect(await typing(...chunks)).toEqual({
    line,
    asked: ["raw", "resume", "cooked", "pause"],
    listeners: 0,
  });
});
