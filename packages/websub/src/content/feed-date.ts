// Dates of feeds: RFC 3339 and its shorter W3C forms in Atom, RDF and JSON; RFC 822 in RSS. Pure: no local time zone.

const ISO =
  /^(?<year>\d{4})(?:-(?<month>\d{2})(?:-(?<day>\d{2})(?:[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?\s?(?<zone>z|[+-]\d{2}:?\d{2})?)?)?)?$/i;
const RFC_822 =
  /^(?:[a-z]{3,9},?\s+)?(?<day>\d{1,2})[\s-]+(?<monthName>[a-z]{3})[a-z]*[\s-]+(?<year>\d{4}|\d{2})(?:\s+(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2}))?(?:\s*(?<zone>[+-]\d{2}:?\d{2}|[a-z]{1,4}))?)?(?:\s*\([^)]*\))?$/i;
const LENGTH_MAX = 80;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** Hours east of Greenwich of the names that RFC 822 knows. Any other name is read as UTC, as RFC 2822 advises. */
const ZONE_HOURS: Readonly<Record<string, number>> = {
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};

const zoneMs = (zone: string | undefined): number => {
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? "");
  if (offset === null) return (ZONE_HOURS[(zone ?? "").toLowerCase()] ?? 0) * 3_600_000;
  const minutes = Number(offset[2]) * 60 + Number(offset[3]);
  return (offset[1] === "-" ? -minutes : minutes) * 60_000;
};

/** Two digits were meant in the century around 2000 (RFC 2822 section 4.3). */
const fullYear = (text: string): number => {
  const year = Number(text);
  return text.length > 2 ? year : year + (year < 50 ? 2000 : 1900);
};

type Parts = Record<string, string | undefined>;

const monthOf = ({ month, monthName }: Parts): number =>
  monthName === undefined ? Number(month ?? 1) - 1 : MONTHS.indexOf(monthName.toLowerCase());

const instantOf = (parts: Parts): number | undefined => {
  const month = monthOf(parts);
  const day = Number(parts["day"] ?? 1);
  const [hour, minute, second] = [parts["hour"], parts["minute"], parts["second"]].map((text) =>
    Number(text ?? 0),
  );
  if (month < 0 || hour! > 24 || minute! > 59 || second! > 60) return undefined;
  const year = fullYear(parts["year"] ?? "");
  const fractionMs = Math.trunc(Number(`0.${parts["fraction"] ?? "0"}`) * 1_000);
  const dayMs = Date.UTC(year, month, day);
  const isRealDay = new Date(dayMs).getUTCDate() === day && new Date(dayMs).getUTCMonth() === month;
  if (year < 100 || !isRealDay) return undefined;
  return dayMs + ((hour! * 60 + minute!) * 60 + second!) * 1_000 + fractionMs - zoneMs(parts["zone"]);
};

/** Epoch milliseconds of a date as feeds write them; without a zone it is UTC. Undefined when it is none. */
export const parseFeedDate = (text: string | undefined): number | undefined => {
  const value = text?.trim() ?? "";
  if (value === "" || value.length > LENGTH_MAX) return undefined;
  const parts = (ISO.exec(value) ?? RFC_822.exec(value))?.groups;
  return parts === undefined ? undefined : instantOf(parts);
};
