import { LIMITS } from "../limits.ts";
import type { Repeat, Unit } from "../task/row.ts";
import type { Grid } from "./grid.ts";

/** Lengths of the units in milliseconds. Days and weeks are fixed lengths here; calendar days are cron's business. */
export const UNIT_MS = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 24 * 3_600_000,
  weeks: 7 * 24 * 3_600_000,
} as const satisfies Record<Unit, number>;

/** Shortest interval a task may repeat at. */
export const INTERVAL_MS_MIN = 1_000;

/** The interval in whole milliseconds. Fractions are allowed: 1.5 hours = 5,400,000. */
export const intervalMs = (repeat: Pick<Repeat, "interval" | "unit">): number =>
  Math.round(repeat.interval * UNIT_MS[repeat.unit]);

/**
 * Slots every `stepMs` from the anchor on, which is itself a slot. All arithmetic: a task that was down for years
 * costs as much as one that is on time. Exact, because no instant in reach comes near 2^53.
 */
export function intervalGrid(anchorMs: number, stepMs: number): Grid {
  const stepsUpTo = (instantMs: number) => Math.floor((instantMs - anchorMs) / stepMs);
  return {
    after(instantMs) {
      const slot = anchorMs + Math.max(0, stepsUpTo(instantMs) + 1) * stepMs;
      return slot <= LIMITS.latestMs ? slot : null;
    },
    latest(instantMs, nth) {
      const step = stepsUpTo(Math.min(instantMs, LIMITS.latestMs)) - (nth - 1);
      return step < 0 ? null : anchorMs + step * stepMs;
    },
    count(afterMs, upToMs) {
      const upTo = Math.max(-1, stepsUpTo(Math.min(upToMs, LIMITS.latestMs)));
      return Math.max(0, upTo - Math.max(-1, stepsUpTo(afterMs)));
    },
  };
}
