// A mark for each write, kept with the row: the way to know our own write again when its answer was lost.
import type { TaskRow } from "@hookclock/core";

export type WriteMarks<Row extends object = TaskRow> = { of(row: Row): string };

/**
 * The same row object always gets the same mark, so that whoever repeats a write with the object they hold is
 * recognised; two writers with equal content are told apart.
 */
export function makeWriteMarks<Row extends object = TaskRow>(prefix: string): WriteMarks<Row> {
  const marks = new WeakMap<Row, string>();
  let writes = 0;
  return {
    of(row) {
      const known = marks.get(row);
      if (known !== undefined) return known;
      writes += 1;
      const mark = `${prefix}${writes.toString(36)}`;
      marks.set(row, mark);
      return mark;
    },
  };
}
