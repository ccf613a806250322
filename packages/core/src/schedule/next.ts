import { LIMITS } from "../limits.ts";
import type { CatchUp, Repeat } from "../task/row.ts";
import { cronGrid, cronLookup } from "./cron.ts";
import type { Grid } from "./grid.ts";
import { intervalGrid, intervalMs } from "./interval.ts";
import { refuseCron } from "./validate.ts";

export type Schedule = { repeat: Repeat; catchUp?: CatchUp | undefined };

export type NextOccurrence = {
  /** When the next occurrence is due, epoch ms, on the grid. */
  at: number;
  /** Slots jumped over to get there. Exact for intervals; for cron the count stops at `MISSED_COUNT_MAX`. */
  missed: number;
};

/**
 * A cron's missed slots are counted one by one, 40 µs each in a zone with daylight saving time, so the count ends
 * here: read it as "this many or more".
 */
export const MISSED_COUNT_MAX = 10;

/** The slots of a rule. An interval has no grid of its own: it starts at the anchor, a slot known before. */
export function gridOf(repeat: Repeat, anchorMs: number): Grid {
  const { cron, timeZone = "UTC" } = repeat;
  if (cron === undefined) return intervalGrid(anchorMs, intervalMs(repeat));
  try {
    return cronGrid(cronLookup(cron, timeZone));
  } catch (error) {
    throw refuseCron(cron, error);
  }
}

/**
 * The occurrence that follows the one scheduled at `scheduledAtMs`: a slot of the grid strictly after it, never
 * counted from now, so that neither a clock that went back nor one that fired a little early repeats or loses a slot.
 * Null = the schedule has no further slot (its next one would be after `LIMITS.latestMs`).
 *
 * What happens to slots that passed meanwhile is the task's `catchUp`:
 * `skip` drops them all · `one` runs the latest of them · `all` runs each, but only the last `LIMITS.catchUpMax`.
 */
export const nextOccurrence = (
  schedule: Schedule,
  scheduledAtMs: number,
  nowMs: number,
): NextOccurrence | null =>
  nextOnGrid(gridOf(schedule.repeat, scheduledAtMs), schedule.catchUp ?? "skip", scheduledAtMs, nowMs);

/** `nextOccurrence` on any grid. */
export function nextOnGrid(
  grid: Grid,
  catchUp: CatchUp,
  scheduledAtMs: number,
  nowMs: number,
): NextOccurrence | null {
  const firstMs = grid.after(scheduledAtMs);
  if (firstMs === null) return null;
  if (firstMs > nowMs) return { at: firstMs, missed: 0 };
  const at = afterMissed(grid, catchUp, firstMs, nowMs);
  if (at === null) return null;
  return { at, missed: at === firstMs ? 0 : grid.count(scheduledAtMs, at - 1, MISSED_COUNT_MAX) };
}

/** Where to go on when `firstMissedMs` has already passed. */
function afterMissed(grid: Grid, catchUp: CatchUp, firstMissedMs: number, nowMs: number): number | null {
  switch (catchUp) {
    case "skip":
      return grid.after(nowMs);
    case "one":
      return grid.latest(nowMs, 1);
    case "all": {
      // Counted first, because after most delays there are few and the way back from now would be long.
      const count = grid.count(firstMissedMs - 1, nowMs, LIMITS.catchUpMax + 1);
      return count <= LIMITS.catchUpMax ? firstMissedMs : grid.latest(nowMs, LIMITS.catchUpMax);
    }
  }
}

/**
 * First slot at or after an instant (epoch ms): when a new task runs for the first time. An interval starts at that
 * very instant. Null = there is none up to `LIMITS.latestMs`.
 */
export function firstOccurrence(repeat: Repeat, notBeforeMs: number): number | null {
  if (notBeforeMs > LIMITS.latestMs) return null;
  if (repeat.cron === undefined) return notBeforeMs;
  // Slots are whole milliseconds: "at or after" is "strictly after the millisecond before".
  return gridOf(repeat, notBeforeMs).after(Math.ceil(notBeforeMs) - 1);
}
