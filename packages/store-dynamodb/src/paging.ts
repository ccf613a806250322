// One way to fill a page from queries whose filters may drop most of what was read.
import type { Item } from "./attributes.ts";

/** Pages read for one call; then a short page with a cursor is handed back instead of an unbounded read. */
const PAGES_MAX = 10;

/** A row of a page read, with its place in the index; null: it does not belong in the answer. */
export type Candidate<Row> = { position: Item; row: Row | null };
export type RawPage<Row> = { candidates: Candidate<Row>[]; last: Item | null };

/**
 * Reads pages until `limit` rows are taken, the end is reached, or enough was read.
 * `next` is the place to go on from, null at the end.
 */
export async function fillPage<Row>(
  limit: number,
  from: Item | undefined,
  readPage: (start: Item | undefined, missing: number) => Promise<RawPage<Row>>,
): Promise<{ rows: Row[]; next: Item | null }> {
  const rows: Row[] = [];
  let start = from;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { candidates, last } = await readPage(start, limit - rows.length);
    const taken = take(candidates, limit - rows.length);
    rows.push(...taken.rows);
    if (taken.stoppedAt !== null)
      return { rows, next: taken.isLast && last === null ? null : taken.stoppedAt };
    if (last === null) return { rows, next: null };
    start = last;
  }
  return { rows, next: start ?? null };
}

function take<Row>(candidates: readonly Candidate<Row>[], count: number) {
  const rows: Row[] = [];
  for (const [index, { row, position }] of candidates.entries()) {
    if (row === null) continue;
    rows.push(row);
    if (rows.length === count) return { rows, stoppedAt: position, isLast: index === candidates.length - 1 };
  }
  return { rows, stoppedAt: null, isLast: false };
}
