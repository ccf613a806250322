// What a caller registers, as one schema, and the definition the engine makes of it.
import * as z from "zod";
import { showUrl } from "../egress/index.ts";
import { HookclockError } from "../errors.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import {
  CATCH_UP,
  type CatchUp,
  type Json,
  METHODS,
  type Repeat,
  type RetryPolicy,
  type TaskRequest,
  UNITS,
} from "../task/row.ts";
import { check, refuse } from "./check.ts";
import { idField, idPrefixField, instantField, kindField, namespaceField } from "./fields.ts";
import { toJson } from "./json.ts";

const url = z.string().describe("Where the request goes: http or https.");
const method = z.enum(METHODS).describe("GET unless said otherwise.");

const requestInput = z.strictObject({
  url: url.optional(),
  method: method.optional(),
  headers: z.record(z.string(), z.string()).nullish().describe("Sent along as they are."),
  body: z
    .unknown()
    .optional()
    .describe("Any JSON; with GET and HEAD the fields of an object go into the query."),
});

const repeatInput = z.strictObject({
  interval: z.number().positive().optional().describe("So many units from one occurrence to the next."),
  unit: z.enum(UNITS).optional().describe("A day is 24 hours, whatever clocks do."),
  max: z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe("Occurrences in all; 0 is without end."),
  cron: z.string().min(1).max(200).optional().describe("A cron expression in place of interval and unit."),
  timeZone: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("Of the cron expression: an IANA name such as `Europe/Berlin`; UTC unless said otherwise."),
});

const retryInput = z.strictObject({
  limit: z
    .number()
    .int()
    .min(0)
    .max(LIMITS.retryLimitMax)
    .optional()
    .describe("Further attempts after a failed one."),
  baseMs: z
    .number()
    .int()
    .min(LIMITS.retryBaseMsMin)
    .max(LIMITS.retryMaxMsMax)
    .optional()
    .describe("Wait before the first of them; it doubles each time."),
  maxMs: z
    .number()
    .int()
    .min(LIMITS.retryBaseMsMin)
    .max(LIMITS.retryMaxMsMax)
    .optional()
    .describe("The longest wait."),
  jitter: z.number().min(0).max(1).optional().describe("Share of a wait that is left to chance."),
});

/** What a task does and when: the fields that `register` and `update` share. */
export const behaviour = {
  request: requestInput.optional().describe("What is sent."),
  url: url.optional().describe("The same as `request.url`."),
  method: method.optional().describe("The same as `request.method`."),
  payload: z.unknown().optional().describe("Any JSON: the content of tasks of other kinds than `http`."),
  repeat: repeatInput.optional().describe("Left out, the task runs once."),
  retryLimit: z
    .number()
    .int()
    .min(0)
    .max(LIMITS.retryLimitMax)
    .optional()
    .describe("The same as `retry.limit`."),
  retry: retryInput.optional().describe("What follows a failed attempt."),
  catchUp: z
    .enum(CATCH_UP)
    .optional()
    .describe(
      "What follows missed occurrences: `skip` runs the pending one late, `one` one more, `all` each.",
    ),
  timeoutMs: z
    .number()
    .int()
    .min(LIMITS.timeoutMsMin)
    .max(LIMITS.timeoutMsMax)
    .optional()
    .describe("Time for one attempt."),
  keepSeconds: z
    .number()
    .int()
    .min(1)
    .max(LIMITS.keepSecondsMax)
    .nullish()
    .describe(
      "How long the task is kept after it is DONE; a FAILED one is kept 90 days at least. Left out or null: for ever.",
    ),
  scheduledDate: instantField
    .optional()
    .describe("When it runs first. Only a task with `repeat.cron` may leave it out."),
};

export const registerSchema = z.strictObject({
  namespace: namespaceField,
  id: idField.optional(),
  idPrefix: idPrefixField.optional(),
  kind: kindField.optional(),
  ...behaviour,
});

/** What `register` takes. `url` and `method` may stand at the top or in `request`, never different in both. */
export type RegisterInput = z.input<typeof registerSchema>;

/** A register call after all checks: defaults that the row leaves out are left out here too. */
export type Definition = {
  namespace: string;
  id?: string;
  idPrefix?: string;
  kind: string;
  request?: TaskRequest;
  payload?: Json;
  scheduledAt?: number;
  repeat?: Repeat;
  retry?: RetryPolicy;
  catchUp?: CatchUp;
  timeoutMs?: number;
  keepSeconds?: number;
};

export function parseDefinition(input: unknown): Definition {
  const given = check(registerSchema, input, "task");
  const kind = given.kind ?? DEFAULTS.kind;
  const definition: Definition = { namespace: given.namespace, kind };
  if (given.id !== undefined) definition.id = given.id;
  if (given.idPrefix) {
    if (given.id !== undefined) refuse("idPrefix", given.idPrefix, "either id or idPrefix, not both");
    definition.idPrefix = given.idPrefix;
  }
  if (kind === DEFAULTS.kind && given.payload !== undefined) {
    refuse("payload", given.payload, `nothing for kind "http": its content is in request`);
  }
  if (kind === DEFAULTS.kind || given.request || given.url !== undefined) {
    definition.request = completeRequest(requestOf(given));
  }
  Object.assign(definition, behaviourOf(given));
  if (given.scheduledDate !== undefined) definition.scheduledAt = given.scheduledDate;
  else if (definition.repeat?.cron === undefined) {
    refuse("scheduledDate", undefined, "an ISO 8601 date; only a task with repeat.cron may leave it out");
  }
  return definition;
}

type GivenRequest = {
  request?: z.output<typeof requestInput> | undefined;
  url?: string | undefined;
  method?: TaskRequest["method"] | undefined;
};

/** What is given of a request, at the top or inside `request`. */
export function requestOf(given: GivenRequest): Partial<TaskRequest> {
  const inner = given.request;
  for (const field of ["url", "method"] as const) {
    const [outer, nested] = [given[field], inner?.[field]];
    if (outer === undefined || nested === undefined || outer === nested) continue;
    const allowed = `the same as the top-level ${field}, or only one of the two`;
    // A URL may hold a password or a token.
    const value = field === "url" ? showUrl(nested) : JSON.stringify(nested);
    throw new HookclockError("invalid-input", `request.${field} is ${value}; allowed: ${allowed}`, {
      field: `request.${field}`,
      allowed,
    });
  }
  const request: Partial<TaskRequest> = {};
  const url = given.url ?? inner?.url;
  const method = given.method ?? inner?.method;
  if (url !== undefined) request.url = url;
  if (method !== undefined) request.method = method;
  if (inner?.headers) request.headers = inner.headers;
  if (inner?.body !== undefined && inner.body !== null) request.body = toJson(inner.body, "request.body");
  return request;
}

function completeRequest(request: Partial<TaskRequest>): TaskRequest {
  const { url } = request;
  if (url === undefined) return refuse("request.url", undefined, "an absolute http or https URL");
  return { ...request, url, method: request.method ?? DEFAULTS.method };
}

function behaviourOf(given: z.output<typeof registerSchema>): Partial<Definition> {
  const definition: Partial<Definition> = {};
  if (given.payload !== undefined) definition.payload = toJson(given.payload, "payload");
  if (given.repeat) definition.repeat = repeatOf(given.repeat);
  const retry = retryOf(given.retry, given.retryLimit);
  if (retry) definition.retry = retry;
  if (given.catchUp) definition.catchUp = given.catchUp;
  if (given.timeoutMs !== undefined) definition.timeoutMs = given.timeoutMs;
  if (given.keepSeconds) definition.keepSeconds = given.keepSeconds;
  return definition;
}

export type GivenRepeat = z.output<typeof repeatInput>;
export type GivenRetry = z.output<typeof retryInput>;

export function repeatOf(given: GivenRepeat): Repeat {
  if (given.cron !== undefined && (given.interval !== undefined || given.unit !== undefined)) {
    refuse("repeat.cron", given.cron, "either cron (with timeZone) or interval and unit, not both");
  }
  if (given.cron === undefined && given.timeZone !== undefined) {
    refuse(
      "repeat.timeZone",
      given.timeZone,
      "only together with repeat.cron; intervals are fixed lengths of time",
    );
  }
  // A cron schedule runs until it is stopped unless `max` says otherwise; an interval keeps the default of one run.
  const max = given.max ?? (given.cron === undefined ? 1 : 0);
  const repeat: Repeat = { interval: given.interval ?? 1, unit: given.unit ?? "minutes", max };
  if (given.cron !== undefined) repeat.cron = given.cron;
  if (given.timeZone !== undefined) repeat.timeZone = given.timeZone;
  return repeat;
}

export function retryOf(given: GivenRetry | undefined, retryLimit?: number): RetryPolicy | undefined {
  if (given === undefined && retryLimit === undefined) return undefined;
  if (given?.limit !== undefined && retryLimit !== undefined && given.limit !== retryLimit) {
    refuse("retry.limit", given.limit, "the same as retryLimit, or only one of the two");
  }
  const baseMs = given?.baseMs ?? DEFAULTS.retryBaseMs;
  const maxMs = given?.maxMs ?? Math.max(DEFAULTS.retryMaxMs, baseMs);
  if (maxMs < baseMs) refuse("retry.maxMs", maxMs, `at least retry.baseMs (${baseMs})`);
  return {
    limit: given?.limit ?? retryLimit ?? DEFAULTS.retryLimit,
    baseMs,
    maxMs,
    jitter: given?.jitter ?? DEFAULTS.retryJitter,
  };
}
