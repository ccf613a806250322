// How long a subscription lasts. Never for ever.

export type LeaseBounds = { defaultSeconds: number; minSeconds: number; maxSeconds: number };

/** A wish as it stands in a form: undefined when it is no positive whole number. */
export function leaseWish(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const seconds = Number(text);
  // More digits than a number holds are a wish for very long, which the bounds deal with.
  return seconds > 0 ? Math.min(seconds, Number.MAX_SAFE_INTEGER) : undefined;
}

/** What the hub grants: the wish within its bounds, its default without one. Seconds. */
export const grantedLease = (wish: number | undefined, bounds: LeaseBounds): number =>
  Math.min(Math.max(wish ?? bounds.defaultSeconds, bounds.minSeconds), bounds.maxSeconds);
