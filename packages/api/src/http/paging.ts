// Pages of a call: bounded in items and in bytes, with signed cursors for the library's positions.
import type { Call } from "../route.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";

type Paged = Pick<Call<unknown, unknown>, "deps" | "cursorQuery">;
type Batch<Item, Position> = { items: Item[]; lastEvaluatedKey: Position | null };
type Read<Item, Position> = (limit: number, startKey: Position | null) => Promise<Batch<Item, Position>>;

/**
 * Bytes of the items of one answer. Lambda hands over 6 MB at most, and the text is quoted once more on that way,
 * which may double it.
 */
export const PAGE_BYTES_MAX = 3_000_000;
/** Items read in one go: what is read is never much more than what may be answered. */
const READ_MAX = 200;

/** One page: up to `limit` items as long as they fit, at least one when there is one, and the cursor to go on. */
export async function pageOfItems<Item, Position extends object>(
  call: Paged,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  read: Read<Item, Position>,
): Promise<{ items: Item[]; count: number; nextCursor: string | null }> {
  const start = (await positionAt(call, cursor)) as Position | null;
  const { items, lastEvaluatedKey } = await readBounded(limit, start, read);
  return { items, count: items.length, nextCursor: await cursorAt(call, lastEvaluatedKey) };
}

/** The position that a caller's cursor stands for; null without one. Throws `invalid-cursor`. */
export const positionAt = async (
  { deps, cursorQuery }: Paged,
  cursor: string | undefined,
): Promise<unknown> =>
  cursor === undefined ? null : decodeCursor(await deps.cursorSecret(), cursorQuery, cursor);

/** The cursor for a position of the library's; null for none. */
export const cursorAt = async (
  { deps, cursorQuery }: Paged,
  position: object | null,
): Promise<string | null> =>
  position === null ? null : encodeCursor(await deps.cursorSecret(), cursorQuery, position);

async function readBounded<Item, Position>(
  limit: number,
  start: Position | null,
  read: Read<Item, Position>,
): Promise<Batch<Item, Position>> {
  const items: Item[] = [];
  let bytes = 0;
  let position = start;
  for (;;) {
    const wanted = Math.min(limit - items.length, READ_MAX);
    const part = await read(wanted, position);
    const fitting = countFitting(part.items, PAGE_BYTES_MAX - bytes);
    if (fitting < part.items.length) {
      const least = items.length === 0 ? Math.max(1, fitting) : fitting;
      if (least === 0) return { items, lastEvaluatedKey: position };
      // A position is known only for the end of what was read: so read just as much as fits.
      const shorter = await read(least, position);
      items.push(...shorter.items);
      return { items, lastEvaluatedKey: shorter.lastEvaluatedKey };
    }
    items.push(...part.items);
    bytes += part.items.reduce((sum, item) => sum + sizeOf(item), 0);
    position = part.lastEvaluatedKey;
    // A part shorter than wanted means that little fits the filter: rather a short page than many reads.
    if (position === null || items.length >= limit || part.items.length < wanted) {
      return { items, lastEvaluatedKey: position };
    }
  }
}

/** Bytes of an item within a list. */
export const sizeOf = (item: unknown): number => Buffer.byteLength(JSON.stringify(item)) + 1;

function countFitting(items: readonly unknown[], bytesMax: number): number {
  let bytes = 0;
  const tooMany = items.findIndex((item) => {
    bytes += sizeOf(item);
    return bytes > bytesMax;
  });
  return tooMany === -1 ? items.length : tooMany;
}
