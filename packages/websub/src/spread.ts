// Tasks that are made in one go get milliseconds of their own. The embedded database tells rows of an index that have the
// same key apart by a part of a hash: of thousands that are due at the very same moment it may not find one.

/** So far before the moment that is meant, at most: what is due already waits for nothing. */
const SPREAD_MS = 1_000;

/** When one of many is due, of which none comes before another: at the moment itself or up to a second before it. */
export const dueAmongMany = (at: number, position: number): number => at - (position % SPREAD_MS);

/** The same for one of `count` in a row: the last is due at the moment itself, and none before one that stands ahead of it. */
export const dueInRow = (at: number, { position, count }: { position: number; count: number }): number =>
  at - Math.floor(Math.max(0, count - 1 - position) / Math.ceil(count / SPREAD_MS));
