// Draws the live screen in place: on the terminal's second page, so that what was there before comes back at the end.
import type { DevEvent } from "../events.ts";
import type { Size } from "./frame.ts";
import { ScreenModel } from "./model.ts";
import { paintFor } from "./paint.ts";
import { render, roomFor } from "./render.ts";

export type Terminal = { write(text: string): void; size(): Size; colour: boolean };

const ESC = "\u001b[";
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
const FRAME_MS = 100;

/** A screen that redraws itself ten times a second at most. `close` gives the terminal back; safe to call twice. */
export function openLiveScreen(terminal: Terminal, now: () => number, model = new ScreenModel()) {
  let shown = "";
  let open = true;
  const draw = () => {
    const frame = frameOf(model, terminal, now());
    if (frame === shown) return;
    shown = frame;
    terminal.write(frame);
  };
  terminal.write(ENTER);
  const timer = setInterval(draw, FRAME_MS);
  return {
    show: (event: DevEvent) => model.apply(event),
    draw,
    close() {
      if (!open) return;
      open = false;
      clearInterval(timer);
      terminal.write(LEAVE);
    },
  };
}

/** Every line is overwritten and cleared behind its end: nothing flickers, nothing old stays. */
function frameOf(model: ScreenModel, terminal: Terminal, now: number): string {
  const size = terminal.size();
  const all = model.view(now, { tasksMax: Number.MAX_SAFE_INTEGER, recentMax: 0 });
  const room = roomFor(size, { taskCount: all.tasks.length, captions: all.captions.length });
  const lines = render(model.view(now, room), { size, paint: paintFor(terminal.colour) });
  return `${ESC}H${lines.map((line) => `${line}${ESC}K`).join("\r\n")}${ESC}J`;
}
