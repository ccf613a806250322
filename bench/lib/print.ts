import type { Benchmark } from "./benchmark.ts";
import type { Line } from "./figures.ts";

const rounded = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();

const budgetOf = ({ atMost, atLeast }: Line): string => {
  if (atMost !== undefined) return `<= ${atMost}`;
  return atLeast === undefined ? "" : `>= ${atLeast}`;
};

const verdictOf = ({ met }: Line): string => (met === null ? "" : met ? "met" : "MISSED");

/** One benchmark as a table, with the command that makes it again. */
export function printed(benchmark: Benchmark, lines: readonly Line[], command: string): string {
  const manyRuns = lines.some(({ low, high }) => low !== high);
  const rows = [
    ["", "figure", "", ...(manyRuns ? ["lowest to highest"] : []), "budget", ""],
    ...lines.map((line) => [
      line.what,
      rounded(line.value),
      line.unit,
      ...(manyRuns ? [`${rounded(line.low)} to ${rounded(line.high)}`] : []),
      budgetOf(line),
      verdictOf(line),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const text = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return [benchmark.title, `(${benchmark.how})`, ...text, `again: ${command}`, ""].join("\n");
}
