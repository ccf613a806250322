// Which delayed wake-ups to ask for, so that somebody is awake shortly before each moment at which tasks become due.

/** A moment at which something in a shard becomes due, epoch ms. */
export type DueMoment = { shard: number; at: number };
/** A wake-up to ask for now: it comes after `delaySeconds`, for a shard's moment `at` and what follows in its bucket. */
export type Wake = DueMoment & { delaySeconds: number };

export type WakeOptions = {
  /** The instant from which the delays count, epoch ms. */
  now: number;
  /** A wake-up comes so long before its moment, ms: time to start and to look. */
  leadMs: number;
  /** Moments of a shard within one bucket of this length share a wake-up, ms. */
  bucketMs: number;
  /** The longest delay that can be asked for (SQS: 900), seconds. */
  delayMaxSeconds: number;
};

/** When the wake-ups asked for earlier come, epoch ms, by shard and bucket: what `rememberWakes` keeps. */
export type AskedWakes = Map<string, number>;

/** Delays are whole seconds: a wake-up may come this much earlier than meant. */
const ROUNDING_MS = 1_000;

/**
 * How far whoever is woken has to look ahead, ms, to meet every moment its wake-up stands for: one that comes early
 * by the lead and the rounding covers its whole bucket.
 */
export const wakeWindowMs = ({ leadMs, bucketMs }: Pick<WakeOptions, "leadMs" | "bucketMs">): number =>
  leadMs + ROUNDING_MS + bucketMs;

/**
 * One wake-up for each shard and bucket that has a moment and none that was asked for earlier, will still come, and
 * comes neither too late for it nor too early. What is overdue counts as due now. A moment beyond the longest delay
 * gets a wake-up that comes too early for it: ask again nearer to it.
 * Tell `rememberWakes` once they are sent; what is not remembered is only asked for again.
 */
export function planWakes(
  moments: readonly DueMoment[],
  options: WakeOptions,
  alreadyAsked: ReadonlyMap<string, number> = new Map(),
): Wake[] {
  const firsts = new Map<string, DueMoment>();
  for (const { shard, at } of moments) {
    const key = bucketOf({ shard, at }, options);
    if (isCovered(at, alreadyAsked.get(key), options)) continue;
    const first = firsts.get(key);
    if (first === undefined || at < first.at) firsts.set(key, { shard, at });
  }
  return [...firsts.values()].map((moment) => ({ ...moment, delaySeconds: delayOf(moment, options) }));
}

/**
 * Keeps in mind that these wake-ups, planned with the same options, were sent; forgets those whose time has come, so
 * that no more is kept than lies within the longest delay.
 */
export function rememberWakes(asked: AskedWakes, wakes: readonly Wake[], options: WakeOptions): void {
  for (const [key, comesAt] of asked) if (comesAt <= options.now) asked.delete(key);
  for (const wake of wakes) {
    const comesAt = options.now + wake.delaySeconds * 1_000;
    if (comesAt > options.now) asked.set(bucketOf(wake, options), comesAt);
  }
}

function isCovered(at: number, comesAt: number | undefined, options: WakeOptions): boolean {
  if (comesAt === undefined || comesAt <= options.now) return false;
  return comesAt <= at && comesAt >= at - wakeWindowMs(options);
}

function delayOf({ at }: DueMoment, { now, leadMs, delayMaxSeconds }: WakeOptions): number {
  const seconds = Math.floor((at - leadMs - now) / 1_000);
  return Math.min(Math.max(seconds, 0), delayMaxSeconds);
}

const bucketOf = ({ shard, at }: DueMoment, { now, bucketMs }: WakeOptions): string =>
  `${shard}:${Math.floor(Math.max(at, now) / bucketMs)}`;
