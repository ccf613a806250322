// Words and widths of the screen. Pure.
const WIDE =
  /\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const ZERO = /\p{Mn}|\u200d/u;
/** A name of a task may hold anything: what moves the cursor or turns the text round must not reach a terminal. */
const UNSAFE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export const printable = (text: string): string => text.replace(UNSAFE, "\ufffd");

/** Columns a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

/** At most `width` columns; a cut shows as `…`. */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const char of text) {
    const more = widthOf(char);
    if (used + more > width - 1) break;
    kept += char;
    used += more;
  }
  return width > 0 ? `${kept}…` : "";
}

export const padTo = (text: string, width: number): string => {
  const cut = truncate(text, width);
  return cut + " ".repeat(Math.max(0, width - widthOf(cut)));
};

/** `12 ms`, `1.4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(size)} ms`;
  if (size < 59_950) return `${(size / 1_000).toFixed(1)} s`;
  const seconds = Math.round(size / 1_000);
  if (seconds < 3_600) return twoUnits(seconds, 60, "min", "s");
  if (seconds < 86_400) return twoUnits(Math.round(seconds / 60), 60, "h", "min");
  return twoUnits(Math.round(seconds / 3_600), 24, "d", "h");
}

function twoUnits(small: number, per: number, bigName: string, smallName: string): string {
  const rest = small % per;
  return `${Math.floor(small / per)} ${bigName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

/** Time of day with milliseconds, in a zone (the machine's own when left out). */
export function timeOfDay(at: number, timeZone?: string): string {
  const { hour, minute, second, fraction } = partsOf(at, timeZone);
  return `${hour}:${minute}:${second}.${fraction}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsOf(at: number, timeZone = "") {
  const known = formats.get(timeZone);
  const format =
    known ??
    new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      fractionalSecondDigits: 3,
      hourCycle: "h23",
      ...(timeZone === "" ? {} : { timeZone }),
    });
  if (known === undefined) formats.set(timeZone, format);
  const part: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(at)) part[type] = value;
  const { hour = "", minute = "", second = "", fractionalSecond: fraction = "" } = part;
  return { hour, minute, second, fraction };
}

/** `0:07`, `12:30`, `1:02:03`. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
