// The fields that several inputs share, each said once.
// By subpath: the whole of date-fns takes a second to load.
import { isValid } from "date-fns/isValid";
import { parseISO } from "date-fns/parseISO";
import * as z from "zod";
import { LIMITS } from "../limits.ts";

const CONTROL = /\p{Cc}/u;
/** Namespaces of our own bookkeeping start so; nobody else's may. */
export const RESERVED_NAMESPACE = "#";

/** A name that people give: some text on one line, bounded in bytes of UTF-8. */
export const nameField = (bytesMax: number, lengthMin = 1) =>
  z
    .string()
    .min(lengthMin)
    .refine((text) => Buffer.byteLength(text) <= bytesMax, `at most ${bytesMax} bytes`)
    .refine((text) => !CONTROL.test(text), "no control characters")
    .refine((text) => text.isWellFormed(), "well-formed Unicode");

export const namespaceField = nameField(LIMITS.namespaceBytesMax).refine(
  (text) => !text.startsWith(RESERVED_NAMESPACE),
  `a name that does not start with "${RESERVED_NAMESPACE}"`,
);
export const idField = nameField(LIMITS.idBytesMax);
/** A prefix leaves room for the generated part: "#" and a UUID. An empty one is none. */
const ID_PREFIX_BYTES_MAX = LIMITS.idBytesMax - 37;
export const idPrefixField = nameField(ID_PREFIX_BYTES_MAX, 0);
export const kindField = z
  .string()
  .max(LIMITS.kindLengthMax)
  .regex(/^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/, 'a kind such as "http" or "websub.renew"');

const HAS_OFFSET = /(?:z|[+-]\d{2}(?::?\d{2})?)$/i;
const ISO =
  /^[+-]?\d{4,6}(?:-\d{2}(?:-\d{2})?)?(?:[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d{1,9})?)?)?(?:z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$/i;

/** Epoch ms of an ISO 8601 text or a Date; a text without an offset is UTC. Undefined when it is neither. */
export function parseInstant(value: unknown): number | undefined {
  if (value instanceof Date) return inRange(value.getTime());
  if (typeof value !== "string" || !ISO.test(value)) return undefined;
  const text = value.replace(",", ".").toUpperCase();
  const timed = /[T ]/.test(text);
  const parsed = parseISO(
    timed && HAS_OFFSET.test(text.slice(10)) ? text : `${timed ? text : `${text}T00:00:00`}Z`,
  );
  return isValid(parsed) ? inRange(parsed.getTime()) : undefined;
}

const inRange = (ms: number): number | undefined => (ms >= 0 && ms <= LIMITS.latestMs ? ms : undefined);

const instant = z.unknown().transform((value, context): number => {
  const ms = parseInstant(value);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: "custom",
    message:
      "an ISO 8601 date between 1970 and 9999, such as 2030-01-31T10:00:00Z or 2030-01-31T10:00:00+02:00",
  });
  return z.NEVER;
});
/** An instant of a caller: ISO 8601 with any offset, or a Date. Parsed to epoch ms. Documents say what JSON can carry of it. */
export const instantField = instant.meta({ type: "string", format: "date-time" });

export const isoOf = (ms: number): string => new Date(ms).toISOString();
