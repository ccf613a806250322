// How a command says its result: a table or a sentence for people, one JSON document for programs.
import { type Paint, paintFor } from "@hookclock/local";
import { type Io, wantsColour } from "./io.ts";
import { type Cell, type Column, facts, table } from "./table.ts";

export type Output = {
  json: boolean;
  paint: Paint;
  /** One JSON document, when JSON is wanted; otherwise the other way of saying it. */
  result(document: unknown, forPeople: () => void): void;
  lines(lines: readonly string[]): void;
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void;
  facts(pairs: readonly (readonly [string, Cell])[]): void;
  /** A remark beside the result: on stderr, so that it never gets into a pipe. */
  remark(text: string): void;
};

export function outputFor(io: Io, json: boolean): Output {
  const paint = paintFor(wantsColour(io));
  const lines = (all: readonly string[]) => io.out(all.map((line) => `${line}\n`).join(""));
  return {
    json,
    paint,
    lines,
    result(document, forPeople) {
      if (json) io.out(`${JSON.stringify(document, null, 2)}\n`);
      else forPeople();
    },
    table: (rows, columns) => lines(table(rows, columns, { width: io.size().columns, paint })),
    facts: (pairs) => lines(facts(pairs, paint)),
    remark: (text) => {
      if (!json) io.err(`${text}\n`);
    },
  };
}
