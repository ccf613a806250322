// A mark for each write, kept with the row: the way to know our own write again when its answer was lost.
import type { TaskRow } from "@hookclock/core";

export type WriteMarks = { of(row: TaskRow): string };

/**
 * The same row object always gets the same mark, so that whoever repeats a write with the object they hold is
 * recognised; two writers with equal content are told apart.
 */
export function makeWriteMarks(prefix: string): WriteMarks {
  const marks = new WeakMap<TaskRow, string>();
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
