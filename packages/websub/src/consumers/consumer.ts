// A consumer as it is stored, and as people may see it.
import { isoOf, LIMITS, REDACTED } from "@hookclock/core";
import * as z from "zod";

export const CONSUMER_TYPES = ["http", "slack", "log"] as const;
export type ConsumerType = (typeof CONSUMER_TYPES)[number];
/** `envelope`: the message as JSON. `raw`: the content as it came, or the text of the template. */
export const FORMATS = ["envelope", "raw"] as const;
export type Format = (typeof FORMATS)[number];
/** `gone`: it answered 410. `failures`: too many failed deliveries in a row. `by-hand`: somebody asked for it. */
export const DISABLED_REASONS = ["gone", "failures", "by-hand"] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

const epochMs = z.number().int().min(0).max(LIMITS.latestMs);
const common = {
  name: z.string(),
  /** Another one each time it is made or enabled: what was decided about an earlier one does not count any more. */
  epoch: z.string(),
  /** Failed deliveries in a row that disable it; 0 = never. */
  disableAfter: z.number().int().min(0),
  retry: z.object({ limit: z.number().int().min(0), baseMs: z.number(), maxMs: z.number() }),
  timeoutMs: z.number().int(),
  disabled: z.object({ at: epochMs, reason: z.enum(DISABLED_REASONS), message: z.string() }).exactOptional(),
  createdAt: epochMs,
  updatedAt: epochMs,
};
const httpSchema = z.object({
  type: z.literal("http"),
  ...common,
  url: z.string(),
  format: z.enum(FORMATS),
  headers: z.record(z.string(), z.string()),
  /** The current one first; one with an end is an old one that signs along until then. */
  secrets: z.array(z.object({ secret: z.string(), endsAt: epochMs.exactOptional() })),
});
const slackSchema = z.object({ type: z.literal("slack"), ...common, url: z.string() });
const logSchema = z.object({ type: z.literal("log"), ...common });
export const consumerRowSchema = z.discriminatedUnion("type", [httpSchema, slackSchema, logSchema]);

export type HttpConsumerRow = z.infer<typeof httpSchema>;
export type SlackConsumerRow = z.infer<typeof slackSchema>;
export type ConsumerRow = z.infer<typeof consumerRowSchema>;

/** A consumer without its secrets: what may be one is shown as `[redacted]`. */
export type Consumer = {
  namespace: string;
  name: string;
  type: ConsumerType;
  enabled: boolean;
  disabled: { date: string; reason: DisabledReason; message: string } | null;
  /** Where it listens; null for one of type log. */
  url: string | null;
  /** Of type http only, null otherwise. */
  format: Format | null;
  headers: Record<string, string>;
  signing: { secrets: number; oldSecretEndsDate: string | null };
  disableAfter: number;
  retry: { limit: number; baseMs: number; maxMs: number };
  timeoutMs: number;
  createdDate: string;
  updatedDate: string;
};

/** One whose row cannot be read. Nothing is delivered to it; it can be deleted and made anew. */
export type UnreadableConsumer = {
  namespace: string;
  name: string;
  type: null;
  enabled: false;
  /** Why it cannot be read. */
  problem: string;
};
export type ShownConsumer = Consumer | UnreadableConsumer;

/** Headers that say nothing but what the body is. */
const HARMLESS_HEADERS = new Set(["accept", "accept-language", "content-type", "user-agent"]);

/** Names stay; the values of headers that a user chose may be secrets, whatever they are called. */
export const shownHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      HARMLESS_HEADERS.has(name.toLowerCase()) ? value : REDACTED,
    ]),
  );

/** Where a consumer listens, as it may be written down: the path of a Slack hook and every query are secrets. */
export function shownUrl(consumer: ConsumerRow): string | null {
  if (consumer.type === "log") return null;
  const url = new URL(consumer.url);
  if (consumer.type === "slack") return `${url.origin}/${REDACTED}`;
  return `${url.origin}${url.pathname}${url.search === "" ? "" : `?${REDACTED}`}`;
}

/** The other side: attempts at one of them share a limit. */
export const laneOf = (consumer: ConsumerRow): string =>
  consumer.type === "log" ? "log" : new URL(consumer.url).host;

/** What it signs with at an instant, the current secret first. */
export const secretsAt = ({ secrets }: HttpConsumerRow, now: number): string[] =>
  secrets.filter(({ endsAt }) => endsAt === undefined || endsAt > now).map(({ secret }) => secret);

export function toConsumer(namespace: string, row: ConsumerRow, now: number): Consumer {
  const { name, type, disabled, disableAfter, retry, timeoutMs } = row;
  const secrets = row.type === "http" ? row.secrets : [];
  const ends = secrets.flatMap((one) => (one.endsAt !== undefined && one.endsAt > now ? [one.endsAt] : []));
  return {
    namespace,
    name,
    type,
    enabled: disabled === undefined,
    disabled:
      disabled === undefined
        ? null
        : { date: isoOf(disabled.at), reason: disabled.reason, message: disabled.message },
    url: shownUrl(row),
    format: row.type === "http" ? row.format : null,
    headers: row.type === "http" ? shownHeaders(row.headers) : {},
    signing: {
      secrets: row.type === "http" ? secretsAt(row, now).length : 0,
      oldSecretEndsDate: ends.length === 0 ? null : isoOf(Math.max(...ends)),
    },
    disableAfter,
    retry,
    timeoutMs,
    createdDate: isoOf(row.createdAt),
    updatedDate: isoOf(row.updatedAt),
  };
}
