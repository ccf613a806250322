/** Longer values are not looked at: the longest date of the standard has 33 characters. */
const LENGTH_MAX = 200;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const CLOCK = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";
/** The three date forms of RFC 9110 section 5.6.7. All are in GMT; another zone makes the value unreadable. */
const DATE_FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  `[a-z]{3}, (?<day>\\d{1,2}) (?<month>[a-z]{3}) (?<year>\\d{4}) ${CLOCK} (?:gmt|utc)`,
  // Sunday, 06-Nov-94 08:49:37 GMT
  `[a-z]{6,9}, (?<day>\\d{2})-(?<month>[a-z]{3})-(?<year>\\d{2}) ${CLOCK} (?:gmt|utc)`,
  // Sun Nov  6 08:49:37 1994
  `[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \\d]\\d) ${CLOCK} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`, "i"));

/**
 * Reads a `Retry-After` header (RFC 9110 section 10.2.3): how long the receiver wants us to wait from `nowMs` on, in
 * milliseconds. A number of seconds (a fraction is tolerated) or a date in any of the standard's three forms; a date
 * that has passed is 0. Of several values, whether in lines of their own or joined by commas, the first readable one
 * counts. Undefined for anything else: a wish we cannot read is no wish. Bounds are the backoff's business.
 */
export function parseRetryAfter(
  value: string | readonly string[] | null | undefined,
  nowMs: number,
): number | undefined {
  const lines = typeof value === "string" ? [value] : (value ?? []);
  for (const line of lines) {
    for (const candidate of candidatesOf(line)) {
      const waitMs = secondsToMs(candidate) ?? untilDateMs(candidate, nowMs);
      if (waitMs !== undefined) return waitMs;
    }
  }
  return undefined;
}

/** The values in one header line. Two of the date forms hold a comma, so each piece is also tried with the next. */
function candidatesOf(line: string): string[] {
  if (line.length > LENGTH_MAX) return [];
  const pieces = line.split(",").map((piece) => piece.trim());
  return pieces.flatMap((piece, index) => {
    const next = pieces[index + 1];
    return next === undefined ? [piece] : [piece, `${piece}, ${next}`];
  });
}

function secondsToMs(candidate: string): number | undefined {
  if (!/^\d+(?:\.\d+)?$/.test(candidate)) return undefined;
  return Math.min(Math.ceil(Number(candidate) * 1_000), Number.MAX_SAFE_INTEGER);
}

function untilDateMs(candidate: string, nowMs: number): number | undefined {
  for (const form of DATE_FORMS) {
    const parts = form.exec(candidate)?.groups;
    if (parts === undefined) continue;
    const dateMs = dateOf(parts, nowMs);
    return dateMs === undefined ? undefined : Math.max(0, dateMs - nowMs);
  }
  return undefined;
}

function dateOf(parts: Record<string, string | undefined>, nowMs: number): number | undefined {
  const { day = "", month = "", year = "", hour = "", minute = "", second = "" } = parts;
  const monthIndex = MONTHS.indexOf(month.toLowerCase());
  // A second of 60 is a leap second, which epoch time does not have: it becomes the next one.
  if (monthIndex < 0 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const dayMs = Date.UTC(fullYear(year, nowMs), monthIndex, Number(day));
  // Date.UTC turns 31 June into 1 July: a day that does not come back is none.
  if (new Date(dayMs).getUTCDate() !== Number(day)) return undefined;
  return dayMs + (Number(hour) * 3_600 + Number(minute) * 60 + Number(second)) * 1_000;
}

/**
 * Two digits stand for the latest year that ends so and is at most 50 years ahead (RFC 9110 section 5.6.7 sends
 * anything further ahead to the past).
 */
function fullYear(digits: string, nowMs: number): number {
  if (digits.length === 4) return Number(digits);
  const latestYear = new Date(nowMs).getUTCFullYear() + 50;
  return latestYear - ((latestYear - Number(digits)) % 100);
}
