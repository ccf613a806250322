import {
  checkUrl,
  classifyFailure,
  classifyStatus,
  DEFAULTS,
  failureMessage,
  HookclockError,
  type Json,
  type Outcome,
  parseRetryAfter,
  portOf,
  type Received,
  redactHeaders,
  type Sent,
  signatureHeaders,
  type TaskRequest,
  type TaskRow,
} from "@hookclock/core";
import type { AttemptContext, Clock, Handler } from "@hookclock/engine";
import { buildRequest, validateRequest } from "./request.ts";
import type { Delivery, Outgoing, Transport } from "./transport.ts";

/** Signing secrets of a task, the current one first. Several sign while they rotate; none leaves it unsigned. */
export type SecretsOf = (task: TaskRow) => Promise<readonly string[]> | readonly string[];

export type HttpHandlerOptions = {
  transport: Transport;
  clock: Clock;
  secrets?: SecretsOf | undefined;
};

export type HttpHandler = Handler & {
  /** Loads what the first attempt would have to wait for: a task that is due at a moment would be late by it. */
  prepare(): void;
  /** Waits for attempts in flight and ends the transport's connections. */
  close(): Promise<void>;
};

/**
 * Who a request talks to: lower-case host and port. Attempts of one lane share a concurrency limit.
 * A URL that cannot be read shares one lane with its like.
 */
export const laneOf = (request: Pick<TaskRequest, "url">): string => {
  if (!URL.canParse(request.url)) return "invalid-url";
  const url = new URL(request.url);
  return `${url.hostname.replace(/\.$/, "")}:${portOf(url)}`;
};

const sentOf = (outgoing: Outgoing, body: Json | undefined): Sent => {
  const { url, method, headers } = outgoing;
  const sent: Sent = { url, method, headers: redactHeaders(headers) };
  return outgoing.body === undefined || body === undefined ? sent : { ...sent, body };
};

const statusMessage = (status: number): string =>
  status >= 300 && status <= 399
    ? `The receiver answered ${status}: redirects are not followed`
    : `The receiver answered ${status}`;

type Answered = Extract<Delivery, { kind: "answered" }>;

const outcomeOfAnswer = (delivery: Answered, sent: Sent, nowMs: number): Outcome => {
  const { kind: _kind, timings, ...answer } = delivery;
  const received: Received = { ...answer, headers: redactHeaders(answer.headers) };
  const outcomeClass = classifyStatus(delivery.status);
  const outcome: Outcome = { class: outcomeClass, sent, received, timings };
  if (outcomeClass === "ok") return outcome;
  const retryAfterMs = parseRetryAfter(delivery.headers["retry-after"], nowMs);
  const failed: Outcome = { ...outcome, error: "status", message: statusMessage(delivery.status) };
  return retryAfterMs === undefined ? failed : { ...failed, retryAfterMs };
};

const outcomeOf = (delivery: Delivery, sent: Sent, lane: string, nowMs: number): Outcome => {
  if (delivery.kind === "answered") return outcomeOfAnswer(delivery, sent, nowMs);
  const { word, message, timings } = delivery;
  return {
    class: classifyFailure(word),
    error: word,
    message: `${failureMessage(word, lane)} (${message})`,
    sent,
    timings,
  };
};

const requestOf = (content: { request?: TaskRequest | undefined }): TaskRequest => {
  if (content.request !== undefined) return content.request;
  throw new HookclockError("invalid-input", "request: missing; allowed is an object with at least a url", {
    field: "request",
    allowed: "an object with at least a url",
  });
};

/**
 * The handler of kind `http`: builds the request, signs it (Standard Webhooks), sends it and says what came of it.
 * What it reports is fit to be written down: values of headers that may be secrets are redacted on both sides.
 */
export const createHttpHandler = ({ transport, clock, secrets }: HttpHandlerOptions): HttpHandler => ({
  kind: "http",

  validate(content) {
    const request = requestOf(content);
    checkUrl(request.url, transport.egress);
    validateRequest(request);
    // With the fields of a GET's body in its query, the URL may have become too long.
    checkUrl(buildRequest(request).url, transport.egress);
  },

  laneOf: ({ request }) => (request === undefined ? undefined : laneOf(request)),

  async run(task: TaskRow, context: AttemptContext): Promise<Outcome> {
    const { request } = task;
    if (request === undefined) {
      return { class: "permanent", error: "invalid-request", message: "The task has no request to send" };
    }
    const keys = secrets === undefined ? [] : await secrets(task);
    const unsigned = buildRequest(request);
    const message = { id: context.deliveryId, timestampMs: context.startedAt, body: unsigned.body ?? "" };
    const headers = { ...unsigned.headers, ...signatureHeaders(message, keys) };
    const outgoing = { ...unsigned, headers };
    const timeoutMs = task.timeoutMs ?? DEFAULTS.timeoutMs;
    const delivery = await transport.send(outgoing, { signal: context.signal, timeoutMs });
    return outcomeOf(delivery, sentOf(outgoing, request.body), laneOf(request), clock.now());
  },

  prepare: () => transport.prepare(),

  close: () => transport.close(),
});
