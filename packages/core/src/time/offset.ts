// How far a clock is from the database's, from the dates its answers carry. Pure.

/** One answer: the second it was dated with, and when it was asked for and arrived by one's own clock, epoch ms. */
export type DatedAnswer = { dateMs: number; sentAt: number; receivedAt: number };
/** The database's clock minus one's own lies between these, ms. */
export type OffsetRange = { min: number; max: number };

/** A header date names whole seconds: the instant it stands for lies within the next one. */
const DATE_WIDTH_MS = 999;
/** Two clocks drift apart by 100 millionths at most; beyond that an old range says nothing. */
const DRIFT = 1e-4;

/** What one answer alone tells. */
export const rangeOf = ({ dateMs, sentAt, receivedAt }: DatedAnswer): OffsetRange => ({
  min: dateMs - receivedAt,
  max: dateMs + DATE_WIDTH_MS - sentAt,
});

/**
 * What is known after one more answer: what both allow. If they contradict each other, one of the clocks was set
 * meanwhile, and only the new answer counts.
 */
export function narrow(known: OffsetRange | null, answer: DatedAnswer, elapsedMs: number): OffsetRange {
  const told = rangeOf(answer);
  if (known === null) return told;
  const drift = elapsedMs * DRIFT;
  const both = { min: Math.max(known.min - drift, told.min), max: Math.min(known.max + drift, told.max) };
  return both.min <= both.max ? both : told;
}

/** Servers keep the text of a date for a while: under load it may be a little old when it is sent. */
const STALE_DATE_MS = 5_000;

/** The least correction that agrees with all answers: 0 unless the clock is off beyond doubt. */
export function offsetFrom(range: OffsetRange | null): number {
  if (range === null) return 0;
  if (range.min > STALE_DATE_MS) return range.min;
  return range.max < -STALE_DATE_MS ? range.max : 0;
}
