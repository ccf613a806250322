import { HookclockError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Repeat } from "../task/row.ts";
import { CRON_NICKNAMES, parseCron } from "./cron.ts";
import { INTERVAL_MS_MIN, intervalMs } from "./interval.ts";

/** Longest cron expression and zone name looked at: keeps parsing bounded. */
const CRON_LENGTH_MAX = 256;
const TIME_ZONE_LENGTH_MAX = 64;
const CRON_ALLOWED = `5 fields (minute hour day-of-month month day-of-week), 6 with seconds first, or one of ${CRON_NICKNAMES.join(" ")}`;
const TIME_ZONE_ALLOWED = "an IANA zone name such as Europe/Lisbon, or UTC";
/** The Gregorian calendar repeats every 400 years, so what does not fire from here on never does. */
const SEARCH_FROM = new Date(Date.UTC(2000, 0, 1));

/** Refuses a rule that cannot run. Throws `invalid-input` that names the field, the value and what is allowed. */
export function validateRepeat(repeat: Repeat): void {
  const { cron, timeZone } = repeat;
  if (cron === undefined) {
    validateInterval(repeat);
    if (timeZone !== undefined) {
      throw refuse(
        "repeat.timeZone",
        timeZone,
        "has no cron beside it",
        "repeat.timeZone beside repeat.cron",
      );
    }
    return;
  }
  if (timeZone !== undefined) validateTimeZone(timeZone);
  validateCron(cron, timeZone ?? "UTC");
}

function validateInterval(repeat: Repeat): void {
  const stepMs = intervalMs(repeat);
  if (stepMs >= INTERVAL_MS_MIN && stepMs <= LIMITS.latestMs) return;
  throw refuse(
    "repeat.interval",
    `${repeat.interval} ${repeat.unit}`,
    "is not a length of time that a task can repeat at",
    `from ${INTERVAL_MS_MIN / 1_000} second to ${LIMITS.latestMs} milliseconds in all`,
  );
}

function validateTimeZone(timeZone: string): void {
  // Offsets such as +02:00 pass Intl but know no daylight saving time; names are what people mean.
  const looksLikeName =
    timeZone.length <= TIME_ZONE_LENGTH_MAX && /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(timeZone);
  try {
    if (looksLikeName && new Intl.DateTimeFormat("en", { timeZone })) return;
  } catch (error) {
    throw refuse("repeat.timeZone", timeZone, "is not a known time zone", TIME_ZONE_ALLOWED, error);
  }
  throw refuse("repeat.timeZone", timeZone, "is not a known time zone", TIME_ZONE_ALLOWED);
}

function validateCron(cron: string, timeZone: string): void {
  if (cron.length > CRON_LENGTH_MAX) {
    throw refuseCron(cron, new RangeError(`it is longer than ${CRON_LENGTH_MAX} characters`));
  }
  // croner reads anything with a colon as a date, and dates belong in scheduledDate.
  if (!/^[\w \t*,/\-#?+@]*$/.test(cron)) {
    throw refuseCron(cron, new TypeError("it holds characters that no field can have"));
  }
  let firstRun: Date | null;
  try {
    firstRun = parseCron(cron, timeZone).nextRun(SEARCH_FROM);
  } catch (error) {
    throw refuseCron(cron, error);
  }
  if (firstRun === null) throw refuse("repeat.cron", cron, "never fires: no such day exists", CRON_ALLOWED);
}

/** The refusal of an expression that croner could not read. */
export function refuseCron(cron: string, cause: unknown): HookclockError {
  const why = cause instanceof Error ? cause.message.replace(/^Cron\w*: /, "") : String(cause);
  return refuse("repeat.cron", cron, `is not a cron expression: ${why}`, CRON_ALLOWED, cause);
}

function refuse(
  field: string,
  value: string,
  problem: string,
  allowed: string,
  cause?: unknown,
): HookclockError {
  const shown = JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  return new HookclockError("invalid-input", `${field} ${shown} ${problem}. Allowed: ${allowed}.`, {
    field,
    allowed,
    cause,
  });
}
