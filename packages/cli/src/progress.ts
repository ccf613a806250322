// A bar for long work: on stderr, and only when that is a terminal.
import { stopwatch } from "@hookclock/local";
import type { Io } from "./io.ts";

export type Progress = { show(done: number, total?: number): void; end(): void };

const BAR_WIDTH = 24;
const REDRAW_MS = 100;

/** One line of progress. Pure. Without a total only what is done can be said. */
export function progressText(label: string, done: number, total: number | undefined, ranMs: number): string {
  const time = stopwatch(ranMs);
  if (total === undefined || total === 0) return `${label} ${done} · ${time}`;
  const filled = Math.round((Math.min(done, total) / total) * BAR_WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  return `${label} ${bar} ${done}/${total} · ${time}`;
}

export function startProgress(io: Io, label: string): Progress {
  if (!io.errIsTerminal) return { show() {}, end() {} };
  const startedAt = io.now();
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(done, total) {
      const now = io.now();
      if (now - shownAt < REDRAW_MS && done !== total) return;
      shownAt = now;
      io.err(`\r\u001b[K${progressText(label, done, total, now - startedAt)}`);
    },
    end: () => io.err("\r\u001b[K"),
  };
}
