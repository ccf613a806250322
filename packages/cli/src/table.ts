// Tables for people: aligned, and never wider than the terminal. Pure.
import { type Paint, padTo, printable, type Tone, widthOf } from "@hookclock/local";

export type Cell = string | { text: string; tone: Tone };
export type Column<Row> = {
  title: string;
  cell: (row: Row) => Cell;
  /** The least it may be cut to; those without are never cut. */
  min?: number;
};

const GAP = 2;
const textOf = (cell: Cell): string => printable(typeof cell === "string" ? cell : cell.text);
const toneOf = (cell: Cell): Tone => (typeof cell === "string" ? "plain" : cell.tone);

/** One line a row below a line of titles. Columns that may be cut give way first, then the last ones are left out. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, paint }: { width: number; paint: Paint },
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...cells.map((line) => widthOf(textOf(line[index] ?? "")))),
  );
  const fitted = shrink(widths, columns, width);
  const title = columns
    .slice(0, fitted.length)
    .map((column, index) => padTo(column.title, fitted[index] ?? 0));
  const lines = cells.map((line) =>
    line
      .slice(0, fitted.length)
      .map((cell, index) => {
        const isLast = index === fitted.length - 1;
        const text = padTo(textOf(cell), fitted[index] ?? 0);
        return paint(toneOf(cell), isLast ? text.trimEnd() : text);
      })
      .join(" ".repeat(GAP)),
  );
  return [paint("quiet", title.join(" ".repeat(GAP)).trimEnd()), ...lines];
}

function shrink(widths: readonly number[], columns: readonly { min?: number }[], width: number): number[] {
  const fitted = [...widths];
  const total = () => fitted.reduce((sum, one) => sum + one, 0) + GAP * Math.max(0, fitted.length - 1);
  while (total() > width) {
    const widest = widestCuttable(fitted, columns);
    if (widest !== -1) fitted[widest] = (fitted[widest] ?? 0) - 1;
    else if (fitted.length > 1) fitted.pop();
    else return [Math.max(1, width)];
  }
  return fitted;
}

function widestCuttable(widths: readonly number[], columns: readonly { min?: number }[]): number {
  let widest = -1;
  for (const [index, width] of widths.entries()) {
    const min = columns[index]?.min ?? Number.POSITIVE_INFINITY;
    if (width > min && width > (widths[widest] ?? 0)) widest = index;
  }
  return widest;
}

/** `name  value` lines, names aligned. */
export function facts(pairs: readonly (readonly [string, Cell])[], paint: Paint): string[] {
  const width = Math.max(...pairs.map(([name]) => widthOf(name)));
  return pairs.map(
    ([name, cell]) => `${paint("quiet", padTo(name, width))}  ${paint(toneOf(cell), textOf(cell))}`,
  );
}
