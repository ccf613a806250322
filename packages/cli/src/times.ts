// Times as people write them. Pure: the instant that "now" means is handed in.
import { parseInstant } from "@hookclock/core";

export const TIMES_HELP = "ISO 8601, now, +10s, in 5 minutes, -1h, 10m ago";

const UNIT_MS: Record<string, number> = {};
const UNITS: [number, string][] = [
  [1, "ms millisecond milliseconds"],
  [1_000, "s sec secs second seconds"],
  [60_000, "m min mins minute minutes"],
  [3_600_000, "h hr hrs hour hours"],
  [86_400_000, "d day days"],
  [7 * 86_400_000, "w week weeks"],
];
for (const [ms, names] of UNITS) for (const name of names.split(" ")) UNIT_MS[name] = ms;

const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy;

/** Milliseconds of `90s`, `1.5 hours`, `1h 30m`; undefined when it is no length of time. */
export function parseDuration(text: string): number | undefined {
  const source = text.trim().toLowerCase();
  let ms = 0;
  let at = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(source); part !== null; part = PART.exec(source)) {
    const unitMs = UNIT_MS[part[2] ?? ""];
    if (unitMs === undefined) return undefined;
    ms += Number(part[1]) * unitMs;
    at = PART.lastIndex;
  }
  return source !== "" && at === source.length && Number.isSafeInteger(Math.round(ms))
    ? Math.round(ms)
    : undefined;
}

/** Epoch ms of a time as people write it, seen from `now`; undefined when it cannot be understood. */
export function parseTime(text: string, now: number): number | undefined {
  const source = text.trim();
  if (source.toLowerCase() === "now") return now;
  const ahead = /^(?:\+|in\s+)(.*)$/i.exec(source);
  if (ahead) return inRange(now, parseDuration(ahead[1] ?? ""));
  const back = /^-(.*)$/.exec(source) ?? /^(.*?)\s+ago$/i.exec(source);
  if (back) return inRange(now, negated(parseDuration(back[1] ?? "")));
  return parseInstant(source);
}

const negated = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : -ms);

const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const inRange = (now: number, offsetMs: number | undefined): number | undefined => {
  if (offsetMs === undefined) return undefined;
  const at = now + offsetMs;
  return at >= 0 && at <= LATEST_MS ? at : undefined;
};

const INTERVAL_UNITS = [
  [/^(s|secs?|seconds?)$/, "seconds"],
  [/^(m|mins?|minutes?)$/, "minutes"],
  [/^(h|hrs?|hours?)$/, "hours"],
  [/^(d|days?)$/, "days"],
  [/^(w|weeks?)$/, "weeks"],
] as const;

export type Interval = { interval: number; unit: (typeof INTERVAL_UNITS)[number][1] };

/** `30 seconds`, `30s`, `2h`, `day`; undefined when it is no interval of a task. */
export function parseInterval(text: string): Interval | undefined {
  const match = /^(\d+(?:\.\d+)?)?\s*([a-z]+)$/i.exec(text.trim());
  if (match === null) return undefined;
  const interval = Number(match[1] ?? 1);
  const unit = INTERVAL_UNITS.find(([names]) => names.test((match[2] ?? "").toLowerCase()))?.[1];
  return unit === undefined || !(interval > 0) ? undefined : { interval, unit };
}
