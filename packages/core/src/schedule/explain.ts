import { cronLookup } from "./cron.ts";
import { gridOf, type Schedule } from "./next.ts";

/** What is special about a slot on a day the clock is moved. */
export type SlotNote =
  /** The wall-clock time does not exist that day: it runs at the moment the clock jumps. */
  | "moved-out-of-gap"
  /** The wall-clock time comes twice that day: this is the first. */
  | "first-of-two"
  | "second-of-two";

export type ExplainedSlot = {
  /** Epoch ms. */
  at: number;
  /** Wall clock in the schedule's zone with its offset: `2027-03-14T03:00:00-04:00`. */
  local: string;
  note?: SlotNote;
};

/**
 * The next `n` slots after `fromMs`, for people. For an interval `fromMs` must be a slot (the task's `scheduledAt`).
 * Fewer than `n` when the schedule ends.
 */
export function explainNext(schedule: Schedule, fromMs: number, n: number): ExplainedSlot[] {
  const { cron, timeZone = "UTC" } = schedule.repeat;
  const grid = gridOf(schedule.repeat, fromMs);
  const wallClock = wallClockOf(cron === undefined ? "UTC" : timeZone);
  const slots: ExplainedSlot[] = [];
  for (let at = grid.after(fromMs); at !== null && slots.length < n; at = grid.after(at)) {
    const moved = cron !== undefined && !cronLookup(cron, timeZone).matches(at);
    const note = moved ? "moved-out-of-gap" : twiceNote(wallClock, at);
    slots.push({ at, local: withOffset(wallClock(at), at), ...(note === undefined ? {} : { note }) });
  }
  return slots;
}

/** Makes a function that reads the clock on the wall as if it were UTC: epoch ms in, "local" epoch ms out. */
function wallClockOf(timeZone: string): (instantMs: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (instantMs) => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instantMs)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/** Clocks are put back by an hour, on Lord Howe Island by half of one. */
const SETBACKS_MS = [3_600_000, 1_800_000];

function twiceNote(wallClock: (instantMs: number) => number, at: number): SlotNote | undefined {
  const here = wallClock(at);
  if (SETBACKS_MS.some((setbackMs) => wallClock(at + setbackMs) === here)) return "first-of-two";
  if (SETBACKS_MS.some((setbackMs) => wallClock(at - setbackMs) === here)) return "second-of-two";
  return undefined;
}

function withOffset(wallMs: number, at: number): string {
  const offsetMinutes = Math.round((wallMs - at) / 60_000);
  const wall = new Date(wallMs).toISOString().slice(0, 19);
  if (offsetMinutes === 0) return `${wall}Z`;
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  const size = Math.abs(offsetMinutes);
  return `${wall}${offsetMinutes < 0 ? "-" : "+"}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`;
}
