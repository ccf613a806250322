// An execution log as the table keeps it: one item of the task's own partition.
//
//   attribute  holds                                             left out when
//   pk, sk     namespace and taskId; occurrence, rev and attempt
//   digest     the digest that lists this log: the listing that counts when a log was written twice
//   createdAt  createdAt
//   ttl        ttl
//   ago        scheduledAt, dueAt, startedAt as ms before createdAt, comma-separated
//   status     status
//   outcome    outcome                                           "ok" and SUCCESS
//   kind       kind                                              "http"
//   limit      retryLimit                                        3
//   error, message                                               absent
//   url, method, body         request, as in a task row          absent
//   head       request.headers (JSON list of name and value, or one letter for what we send all the time)  absent
//   sent       true: there is a request, though without url
//   answer     response (JSON list)                              absent
//   took       timings (JSON list)                               absent
import { deliveryId, type LogRow, logRowSchema } from "@hookclock/core";
import { type Item, itemBytes, type Scalar } from "./attributes.ts";
import { parseTaskLogKey, taskLogSort, taskLogsPartition } from "./keys.ts";

/** Room below DynamoDB's 400 KB: what is counted here is a close estimate. */
const ITEM_BYTES_MAX = 380 * 1024;
/** Characters kept of an answer whose text grew too large by being escaped. */
const ANSWER_CHARS_KEPT = 16 * 1024;
const BODY_LEFT_OUT = "(left out: the log would not have fitted into a row)";

const storedSchema = logRowSchema.omit({ request: true });

export function encodeLog(log: LogRow, digest: string): Item {
  const item: Item = {
    pk: taskLogsPartition(log.namespace, log.taskId),
    sk: taskLogSort(log),
    digest,
    createdAt: log.createdAt,
    ttl: log.ttl,
    ago: [log.scheduledAt, log.dueAt, log.startedAt].map((instant) => log.createdAt - instant).join(","),
    status: log.status,
  };
  if (log.outcome !== "ok" || log.status !== "SUCCESS") item["outcome"] = log.outcome;
  put(item, "kind", log.kind, "http");
  put(item, "limit", log.retryLimit, 3);
  put(item, "error", log.error);
  put(item, "message", log.message);
  if (log.request !== undefined) encodeRequest(item, log.request, ownHeaders(log));
  if (log.response !== undefined) item["answer"] = encodeResponse(log.response);
  if (log.timings !== undefined) {
    const { dnsMs = null, connectMs = null, firstByteMs = null, totalMs } = log.timings;
    item["took"] = JSON.stringify([dnsMs, connectMs, firstByteMs, totalMs]);
  }
  return fitted(item, log);
}

/** Headers that we set ourselves and whose values can be told from the rest of the log. */
const ownHeaders = (log: Pick<LogRow, "namespace" | "taskId" | "occurrence" | "startedAt">) => ({
  a: ["accept", "*/*"],
  e: ["accept-encoding", "identity"],
  j: ["content-type", "application/json"],
  i: ["webhook-id", deliveryId(log.namespace, log.taskId, log.occurrence)],
  t: ["webhook-timestamp", String(Math.floor(log.startedAt / 1_000))],
});
type OwnHeaders = ReturnType<typeof ownHeaders>;

function encodeHeaders(headers: Record<string, string>, own: OwnHeaders): string {
  const letters = Object.entries(own);
  const list = Object.entries(headers).map((header) => {
    const known = letters.find(([, [name, value]]) => header[0] === name && header[1] === value);
    return known === undefined ? header : known[0];
  });
  return JSON.stringify(list);
}

function decodeHeaders(text: string, own: OwnHeaders): Record<string, string> {
  const list = JSON.parse(text) as ([string, string] | keyof OwnHeaders)[];
  const entries = list.map((header) => (typeof header === "string" ? own[header] : header));
  return Object.fromEntries(entries) as Record<string, string>;
}

function encodeRequest(
  item: Item,
  { url, method, headers, body }: NonNullable<LogRow["request"]>,
  own: OwnHeaders,
): void {
  if (url === undefined) item["sent"] = true;
  put(item, "url", url);
  put(item, "method", method);
  if (headers !== undefined) item["head"] = encodeHeaders(headers, own);
  if (body !== undefined) item["body"] = JSON.stringify(body);
}

const encodeResponse = ({
  status,
  headers,
  body,
  encoding,
  truncated,
}: NonNullable<LogRow["response"]>): string =>
  JSON.stringify([
    status,
    headers,
    body,
    ...(encoding === undefined && truncated === undefined ? [] : [encoding ?? null]),
    ...(truncated === undefined ? [] : [truncated]),
  ]);

/** A log that would be refused for its size gives up its request body first, then most of the answer. */
function fitted(item: Item, log: LogRow): Item {
  if (itemBytes(item) <= ITEM_BYTES_MAX) return item;
  item["body"] = JSON.stringify(BODY_LEFT_OUT);
  if (itemBytes(item) > ITEM_BYTES_MAX && log.response !== undefined) {
    const { status, body } = log.response;
    item["answer"] = encodeResponse({
      ...log.response,
      status,
      body: body.slice(0, ANSWER_CHARS_KEPT),
      truncated: true,
    });
  }
  return item;
}

function put(item: Item, name: string, value: Scalar | undefined, unless?: Scalar): void {
  if (value !== undefined && value !== unless) item[name] = value;
}

/** The log back from its attributes. Null when they make no log: a list goes on without it. */
export function decodeLog(item: Item): LogRow | null {
  try {
    const parsed = storedSchema.safeParse(assemble(item));
    if (!parsed.success) return null;
    const log: LogRow = parsed.data;
    if (item["url"] !== undefined || item["sent"] !== undefined)
      log.request = decodeRequest(item, ownHeaders(log));
    return log;
  } catch {
    // Attributes that are not even JSON: no log of ours.
    return null;
  }
}

function assemble(item: Item): Record<string, unknown> {
  const createdAt = Number(item["createdAt"]);
  const [scheduledAgo, dueAgo, startedAgo] = String(item["ago"]).split(",").map(Number);
  const fields: Record<string, unknown> = {
    ...parseTaskLogKey(String(item["pk"]), String(item["sk"])),
    kind: item["kind"] ?? "http",
    retryLimit: item["limit"] ?? 3,
    status: item["status"],
    outcome: item["outcome"] ?? "ok",
    scheduledAt: createdAt - (scheduledAgo ?? Number.NaN),
    dueAt: createdAt - (dueAgo ?? Number.NaN),
    startedAt: createdAt - (startedAgo ?? Number.NaN),
    createdAt,
    ttl: item["ttl"],
  };
  if (item["error"] !== undefined) fields["error"] = item["error"];
  if (item["message"] !== undefined) fields["message"] = item["message"];
  if (item["answer"] !== undefined) fields["response"] = decodeResponse(String(item["answer"]));
  if (item["took"] !== undefined) fields["timings"] = decodeTimings(String(item["took"]));
  return fields;
}

function decodeRequest(item: Item, own: OwnHeaders): NonNullable<LogRow["request"]> {
  const request: NonNullable<LogRow["request"]> = {};
  if (item["url"] !== undefined) request.url = String(item["url"]);
  if (item["method"] !== undefined) request.method = String(item["method"]);
  if (item["head"] !== undefined) request.headers = decodeHeaders(String(item["head"]), own);
  if (item["body"] !== undefined) request.body = JSON.parse(String(item["body"]));
  return request;
}

function decodeResponse(text: string): Record<string, unknown> {
  const [status, headers, body, encoding, truncated] = JSON.parse(text) as unknown[];
  const response: Record<string, unknown> = { status, headers, body };
  if (encoding !== undefined && encoding !== null) response["encoding"] = encoding;
  if (truncated !== undefined) response["truncated"] = truncated;
  return response;
}

function decodeTimings(text: string): Record<string, unknown> {
  const [dnsMs, connectMs, firstByteMs, totalMs] = JSON.parse(text) as unknown[];
  const phases = Object.entries({ dnsMs, connectMs, firstByteMs, totalMs });
  return Object.fromEntries(phases.filter(([, value]) => value !== null));
}
