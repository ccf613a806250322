// What a user says about a consumer, checked, and the row it makes of the one that was there.
import {
  check,
  checkUrl,
  type EgressPolicy,
  HookclockError,
  LIMITS,
  namespaceField,
  parseSecret,
  REDACTED,
  refuse,
  validateHeaders,
} from "@hookclock/core";
import * as z from "zod";
import { CONSUMER_TYPES, type ConsumerRow, FORMATS, type HttpConsumerRow } from "./consumer.ts";
import { CONSUMER_DEFAULTS, CONSUMER_LIMITS } from "./limits.ts";

/** Names are parts of task ids and of addresses: short, and without signs that mean something there. */
export const consumerNameField = z
  .string()
  .regex(
    new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${CONSUMER_LIMITS.nameLengthMax - 1}}$`),
    `1 to ${CONSUMER_LIMITS.nameLengthMax} letters, digits, dots, dashes and underscores, a letter or digit first`,
  );
export const consumerKeySchema = z.object({ namespace: namespaceField, name: consumerNameField });

const retryMs = z.number().int().min(LIMITS.retryBaseMsMin).max(LIMITS.retryMaxMsMax);
const common = {
  namespace: namespaceField,
  name: consumerNameField,
  disableAfter: z.number().int().min(0).max(CONSUMER_LIMITS.disableAfterMax).optional(),
  retry: z
    .strictObject({
      limit: z.number().int().min(0).max(CONSUMER_LIMITS.retryLimitMax).optional(),
      baseMs: retryMs.optional(),
      maxMs: retryMs.optional(),
    })
    .optional(),
  timeoutMs: z.number().int().min(LIMITS.timeoutMsMin).max(LIMITS.timeoutMsMax).optional(),
};
const url = z.string().optional();
const schemas = {
  http: z.strictObject({
    type: z.literal("http"),
    ...common,
    url,
    format: z.enum(FORMATS).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    secrets: z.array(z.string()).max(CONSUMER_LIMITS.secretsMax).optional(),
  }),
  slack: z.strictObject({ type: z.literal("slack"), ...common, url }),
  log: z.strictObject({ type: z.literal("log"), ...common }),
};

const withoutNamespace = { namespace: true } as const;
/** What `put` takes, but for the namespace. */
export const newConsumer = z.discriminatedUnion("type", [
  schemas.http.omit(withoutNamespace),
  schemas.slack.omit(withoutNamespace),
  schemas.log.omit(withoutNamespace),
]);

/**
 * A consumer to be made or changed. What is left out stays as it is; a new one gets the defaults, and one of type
 * http a secret. `secrets` are Standard Webhooks secrets (`whsec_…`), the current one first; none of them = unsigned.
 */
export type ConsumerInput =
  | z.input<typeof schemas.http>
  | z.input<typeof schemas.slack>
  | z.input<typeof schemas.log>;
export type CheckedInput =
  | z.output<typeof schemas.http>
  | z.output<typeof schemas.slack>
  | z.output<typeof schemas.log>;

const typeSchema = z.looseObject({ type: z.enum(CONSUMER_TYPES) });

/**
 * Checks what can be known without the consumer that may be there already.
 *
 * @throws HookclockError `invalid-input`, `unknown-option` or `egress-refused`, naming the field and never a secret.
 */
export function checkConsumer(input: unknown, egress: EgressPolicy): CheckedInput {
  const { type } = check(typeSchema, input, "consumer");
  const given = check<z.ZodType<CheckedInput>>(schemas[type], input, "consumer");
  const { baseMs, maxMs } = given.retry ?? {};
  if (baseMs !== undefined && maxMs !== undefined && maxMs < baseMs) {
    refuse("retry.maxMs", maxMs, `at least retry.baseMs (${baseMs})`);
  }
  if (given.type === "log") return given;
  if (given.url !== undefined) {
    if (given.url.includes(REDACTED)) refuse("url", REDACTED, "the whole URL, or none to leave it as it is");
    checkUrl(given.url, egress, "url");
  }
  if (given.type === "http") checkHttp(given);
  return given;
}

function checkHttp({ headers = {}, secrets = [] }: z.output<typeof schemas.http>): void {
  validateHeaders(headers, "headers");
  for (const [name, value] of Object.entries(headers)) {
    if (value !== REDACTED) continue;
    const field = `headers.${name}`;
    const allowed = "its value, or no headers at all to leave them as they are";
    throw new HookclockError("invalid-input", `${field} is "${REDACTED}"; allowed: ${allowed}`, {
      field,
      allowed,
    });
  }
  for (const [at, secret] of secrets.entries()) parseSecret(secret, `secrets.${at}`);
  if (new Set(secrets).size < secrets.length) refuse("secrets.1", secrets[1], "another one than the first");
}

export type Making = {
  now: number;
  epoch: string;
  /** Makes a signing secret, for a new consumer whose user gave none. */
  newSecret: () => string;
};

/** The row of a consumer after `given`. One that changes its type begins anew, but stays disabled if it was. */
export function consumerRow(
  given: CheckedInput,
  before: ConsumerRow | null,
  { now, epoch, newSecret }: Making,
): ConsumerRow {
  const common = {
    name: given.name,
    epoch: before?.epoch ?? epoch,
    disableAfter: given.disableAfter ?? before?.disableAfter ?? CONSUMER_DEFAULTS.disableAfter,
    retry: retryOf(given.retry, before?.retry ?? CONSUMER_DEFAULTS.retry),
    timeoutMs: given.timeoutMs ?? before?.timeoutMs ?? CONSUMER_DEFAULTS.timeoutMs,
    ...(before?.disabled === undefined ? {} : { disabled: before.disabled }),
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
  if (given.type === "log") return { type: "log", ...common };
  const same = before?.type === given.type ? before : null;
  const url = given.url ?? (same && "url" in same ? same.url : undefined);
  if (url === undefined) return refuse("url of consumer", undefined, "an absolute http or https URL");
  if (given.type === "slack") return { type: "slack", ...common, url };
  return httpRow(given, common, { url, same: same?.type === "http" ? same : null, newSecret });
}

function httpRow(
  given: z.output<typeof schemas.http>,
  common: Omit<HttpConsumerRow, "type" | "url" | "format" | "headers" | "secrets">,
  { url, same, newSecret }: { url: string; same: HttpConsumerRow | null; newSecret: () => string },
): HttpConsumerRow {
  const format = given.format ?? same?.format ?? "envelope";
  const headers = given.headers ?? same?.headers ?? {};
  const typeHeader = Object.keys(headers).find((name) => name.toLowerCase() === "content-type");
  if (format === "envelope" && typeHeader !== undefined) {
    refuse(
      `headers: ${typeHeader}`,
      headers[typeHeader],
      "with format raw only: an envelope is application/json",
    );
  }
  const secrets = given.secrets?.map((secret) => ({ secret })) ?? same?.secrets ?? [{ secret: newSecret() }];
  return { type: "http", ...common, url, format, headers, secrets };
}

function retryOf(
  given: { limit?: number | undefined; baseMs?: number | undefined; maxMs?: number | undefined } | undefined,
  before: ConsumerRow["retry"],
): ConsumerRow["retry"] {
  const baseMs = given?.baseMs ?? before.baseMs;
  return {
    limit: given?.limit ?? before.limit,
    baseMs,
    maxMs: Math.max(baseMs, given?.maxMs ?? before.maxMs),
  };
}
