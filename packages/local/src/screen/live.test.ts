import { expect, test } from "vitest";
import { openLiveScreen } from "./live.ts";
import { learned, NOON, started } from "./test-events.ts";

const open = () => {
  const written: string[] = [];
  const terminal = {
    write: (text: string) => void written.push(text),
    size: () => ({ columns: 60, rows: 20 }),
    colour: false,
  };
  return { written, screen: openLiveScreen(terminal, () => NOON) };
};

test("it draws from the top, clears behind each line, and not again while nothing changes", () => {
  const { written, screen } = open();
  screen.show(started());
  screen.draw();
  screen.draw();
  expect(written).toHaveLength(2);
  expect(written[1]?.startsWith("\u001b[Hhookclock dev")).toBe(true);
  for (const line of written[1]?.split("\r\n") ?? []) expect(line).toContain("\u001b[K");
  screen.show(learned({ id: "new" }));
  screen.draw();
  expect(written[2]).toContain("demo/new");
  screen.close();
});

test("it gives the terminal back, once", () => {
  const { written, screen } = open();
  screen.close();
  screen.close();
  expect(written).toEqual(["\u001b[?1049h\u001b[?25l", "\u001b[?25h\u001b[?1049l"]);
});
