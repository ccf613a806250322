// Where events go: a live screen on a terminal, plain lines on a pipe, JSON for programs.
import type { DevEvent } from "../events.ts";
import { jsonOf } from "../screen/json.ts";
import { openLiveScreen, type Terminal } from "../screen/live.ts";
import type { ScreenModel } from "../screen/model.ts";
import { paintFor } from "../screen/paint.ts";
import { linesOf } from "../screen/plain.ts";

export type Style = "live" | "plain" | "json";
export type Sink = { show(event: DevEvent): void; close(): void };

export function openSink(style: Style, terminal: Terminal, model: ScreenModel, now: () => number): Sink {
  if (style === "live") return openLiveScreen(terminal, now, model);
  const paint = paintFor(terminal.colour);
  return {
    show(event) {
      model.apply(event);
      const lines = style === "json" ? [jsonOf(event)] : linesOf(event, { paint });
      for (const line of lines) if (line !== null) terminal.write(`${line}\n`);
    },
    close() {},
  };
}
