import { paintFor, plainPaint, widthOf } from "@hookclock/local";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Column, facts, table } from "./table.ts";

type Row = { id: string; url: string };
const columns: Column<Row>[] = [
  { title: "ID", cell: (row) => ({ text: row.id, tone: "strong" }) },
  { title: "URL", min: 5, cell: (row) => row.url },
];
const rows: Row[] = [
  { id: "a", url: "https://example.com/" },
  { id: "longer", url: "http://x/" },
];

test("columns are as wide as what is in them, without blanks at the end", () => {
  expect(table(rows, columns, { width: 80, paint: plainPaint })).toEqual([
    "ID      URL",
    "a       https://example.com/",
    "longer  http://x/",
  ]);
});

test("what may be cut gives way first, then the last columns are left out", () => {
  expect(table(rows, columns, { width: 14, paint: plainPaint })).toEqual([
    "ID      URL",
    "a       https…",
    "longer  http:…",
  ]);
  expect(table(rows, columns, { width: 9, paint: plainPaint })).toEqual(["ID", "a", "longer"]);
  expect(table(rows, columns, { width: 3, paint: plainPaint })).toEqual(["ID", "a", "lo…"]);
});

test("colour takes no columns", () => {
  const lines = table(rows, columns, { width: 80, paint: paintFor(true) });
  expect(lines[1]).toBe("\u001b[1ma     \u001b[0m  https://example.com/");
});

test("no line is ever wider than the terminal", () => {
  const anyRow = fc.record({ id: fc.string({ unit: "grapheme" }), url: fc.string({ unit: "grapheme" }) });
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 5 }), fc.integer({ min: 1, max: 60 }), (some, width) => {
      for (const line of table(some, columns, { width, paint: plainPaint })) {
        expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/\p{Cc}/u);
      }
    }),
  );
});

test("facts are aligned by their names", () => {
  expect(
    facts(
      [
        ["id", "a"],
        ["status", { text: "DONE", tone: "good" }],
      ],
      plainPaint,
    ),
  ).toEqual(["id      a", "status  DONE"]);
});
