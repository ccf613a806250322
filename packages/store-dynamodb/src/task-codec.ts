// A task row as the table keeps it. Small on purpose: a row under 1 KB costs one unit per write, so what equals
// the format's default is left out, nested parts are one JSON attribute each, and rare words are short. What changes
// together is one attribute: each one more in an update is work for us and for the database.
//
//   attribute      holds                          left out when
//   namespace, id  the key
//   rev            rev
//   write          mark of the write that made this version: tells a repeat of our own write from another's
//   status         status
//   statusKey      namespace#status (by-status)   status is ACTIVE or DONE
//   reason         reason                         absent
//   fence          fence                          0
//   edit           scheduleEdit                   absent
//   prefix         idPrefix                       absent
//   kind           kind                           "http"
//   url, method    request.url, request.method    no request; method GET
//   head, body     request.headers, .body (JSON)  absent
//   data           payload (JSON)                 absent
//   lane           lane                           absent
//   scheduledAt    scheduledAt (by-time, by-status)
//   dueAt          dueAt (due)                    not due: then the row is in the due index no more
//   dueShard       shard as text (due)            never
//   repeat         repeat (JSON)                  absent
//   retry          retry (JSON list)              absent
//   catchUp        catchUp                        absent
//   timeout        timeoutMs                      absent
//   keep           keepSeconds                    absent
//   ttl            ttl: DynamoDB deletes by it    absent
//   occ, try       occurrence, attempt            0
//   extra          extraRun                       absent
//   claim          claim (JSON list)              absent
//   lost           lostClaims                     absent
//   settled        settled (JSON)                 absent
//   runs           execution.count, .successful, .failed, .firstAt, .lastAt (JSON list)   nothing ran
//   planned        execution.firstScheduledAt     absent
//   answer         execution.response (JSON list) absent
//   errors         errors (JSON)                  absent
//   print          fingerprint                    absent
//   __createdAt, __updatedAt, __ts                use-dynamodb's own: createdAt, updatedAt (ISO), updatedAt (ms)
import { requestSchema, type TaskKey, type TaskRow, taskRowSchema } from "@hookclock/core";
import type { UnreadableRow } from "@hookclock/engine";
import type { Item, Scalar } from "./attributes.ts";
import { INDEXED_STATUSES, statusKey } from "./keys.ts";

/** Bodies and payloads are JSON by the way they are stored; checking them again would only cost time. */
const storedSchema = taskRowSchema
  .omit({ payload: true })
  .extend({ request: requestSchema.omit({ body: true }).optional() });

const indexed: ReadonlySet<string> = new Set(INDEXED_STATUSES);

/** The row as attributes. `write` marks this one write; it must be unique. */
export function encodeTask(row: TaskRow, write: string): Item {
  const item: Item = {
    namespace: row.namespace,
    id: row.id,
    rev: row.rev,
    write,
    status: row.status,
    scheduledAt: row.scheduledAt,
    __createdAt: new Date(row.createdAt).toISOString(),
    __updatedAt: new Date(row.updatedAt).toISOString(),
    __ts: row.updatedAt,
  };
  if (indexed.has(row.status)) item["statusKey"] = statusKey(row.namespace, row.status);
  item["dueShard"] = String(row.shard);
  put(item, "dueAt", row.dueAt);
  put(item, "reason", row.reason);
  put(item, "fence", row.fence, 0);
  put(item, "edit", row.scheduleEdit);
  put(item, "prefix", row.idPrefix);
  put(item, "kind", row.kind, "http");
  put(item, "lane", row.lane);
  put(item, "catchUp", row.catchUp);
  put(item, "timeout", row.timeoutMs);
  put(item, "keep", row.keepSeconds);
  put(item, "ttl", row.ttl);
  put(item, "occ", row.occurrence, 0);
  put(item, "try", row.attempt, 0);
  put(item, "extra", row.extraRun);
  put(item, "lost", row.lostClaims);
  put(item, "print", row.fingerprint);
  putJson(item, "data", row.payload);
  putJson(item, "repeat", row.repeat);
  putJson(item, "settled", row.settled);
  putJson(item, "errors", row.errors);
  encodeParts(item, row);
  return item;
}

function encodeParts(item: Item, { request, retry, claim, execution }: TaskRow): void {
  if (request !== undefined) {
    item["url"] = request.url;
    put(item, "method", request.method, "GET");
    putJson(item, "head", request.headers);
    putJson(item, "body", request.body);
  }
  if (retry !== undefined) putJson(item, "retry", [retry.limit, retry.baseMs, retry.maxMs, retry.jitter]);
  if (claim !== undefined) putJson(item, "claim", [claim.owner, claim.until]);
  const { count, successful, failed, firstAt = null, lastAt = null, firstScheduledAt, response } = execution;
  const runs = JSON.stringify([count, successful, failed, firstAt, lastAt]);
  put(item, "runs", runs, NOTHING_RAN);
  put(item, "planned", firstScheduledAt);
  if (response !== undefined) {
    const { status, headers = null, body = null } = response;
    putJson(item, "answer", [status, headers, body]);
  }
}

const NOTHING_RAN = "[0,0,0,null,null]";

function put(item: Item, name: string, value: Scalar | undefined, unless?: Scalar): void {
  if (value !== undefined && value !== unless) item[name] = value;
}

function putJson(item: Item, name: string, value: unknown): void {
  if (value !== undefined) item[name] = JSON.stringify(value);
}

/** The row back from its attributes, or what is wrong with them. Never throws. */
export function decodeTask(item: Item): TaskRow | UnreadableRow {
  const namespace = String(item["namespace"]);
  const id = String(item["id"]);
  try {
    const parsed = storedSchema.safeParse(assemble(item));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const problem = `${issue?.path.join(".") ?? "row"}: ${issue?.message ?? "invalid"}`;
      return isQuarantined(item) ? salvage(item) : { unreadable: true, namespace, id, problem };
    }
    const row: TaskRow = parsed.data;
    if (row.request !== undefined && item["body"] !== undefined)
      row.request.body = JSON.parse(String(item["body"]));
    if (item["data"] !== undefined) row.payload = JSON.parse(String(item["data"]));
    return row;
  } catch (error) {
    if (isQuarantined(item)) return salvage(item);
    const problem = error instanceof Error ? error.message : String(error);
    return { unreadable: true, namespace, id, problem };
  }
}

/** Field by field, without checking: what is missing or misshapen is found by the schema. */
function assemble(item: Item): Record<string, unknown> {
  const request =
    item["url"] === undefined
      ? undefined
      : dropAbsent({ url: item["url"], method: item["method"] ?? "GET", headers: parsed(item["head"]) });
  return dropAbsent({
    namespace: item["namespace"],
    id: item["id"],
    idPrefix: item["prefix"],
    kind: item["kind"] ?? "http",
    rev: item["rev"],
    fence: item["fence"] ?? 0,
    scheduleEdit: item["edit"],
    status: item["status"],
    reason: item["reason"],
    request,
    lane: item["lane"],
    scheduledAt: item["scheduledAt"],
    dueAt: item["dueAt"],
    shard: Number(item["dueShard"]),
    repeat: parsed(item["repeat"]),
    retry: named(item["retry"], ["limit", "baseMs", "maxMs", "jitter"]),
    catchUp: item["catchUp"],
    timeoutMs: item["timeout"],
    keepSeconds: item["keep"],
    ttl: item["ttl"],
    occurrence: item["occ"] ?? 0,
    attempt: item["try"] ?? 0,
    extraRun: item["extra"],
    claim: named(item["claim"], ["owner", "until"]),
    lostClaims: item["lost"],
    settled: parsed(item["settled"]),
    execution: execution(item),
    errors: parsed(item["errors"]),
    fingerprint: item["print"],
    createdAt: instant(item["__createdAt"]),
    updatedAt: instant(item["__updatedAt"]),
  });
}

function execution(item: Item): unknown {
  const runs = parsed(item["runs"] ?? NOTHING_RAN);
  if (!Array.isArray(runs)) return runs;
  const [count, successful, failed, firstAt, lastAt] = runs as unknown[];
  return dropAbsent({
    ...{ count, successful, failed, firstAt: firstAt ?? undefined, lastAt: lastAt ?? undefined },
    firstScheduledAt: item["planned"],
    response: response(item["answer"]),
  });
}

function response(answer: Scalar | undefined): unknown {
  const list = parsed(answer);
  if (!Array.isArray(list)) return list;
  const [status, headers, body] = list as unknown[];
  return dropAbsent({ status, headers: headers ?? undefined, body: body ?? undefined });
}

function dropAbsent(fields: Record<string, unknown>): Record<string, unknown> {
  for (const name in fields) if (fields[name] === undefined) delete fields[name];
  return fields;
}

const parsed = (text: Scalar | undefined): unknown =>
  text === undefined ? undefined : JSON.parse(String(text));

function named(text: Scalar | undefined, names: readonly string[]): unknown {
  const list = parsed(text);
  if (!Array.isArray(list)) return list;
  return Object.fromEntries(names.map((name, index) => [name, list[index]]));
}

const instant = (iso: Scalar | undefined): unknown => (typeof iso === "string" ? Date.parse(iso) : iso);

const isQuarantined = (item: Item): boolean => item["status"] === "FAILED" && item["reason"] === "unreadable";

/** What can be said of a row that was set aside as unreadable: enough to list, show and delete it. */
export function salvage(item: Item): TaskRow {
  const whole = (name: string): number => {
    const value = item[name];
    return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : 0;
  };
  const shard = Number(item["dueShard"]);
  const createdAt = Date.parse(String(item["__createdAt"]));
  const updatedAt = Date.parse(String(item["__updatedAt"]));
  return {
    namespace: String(item["namespace"]),
    id: String(item["id"]),
    kind: typeof item["kind"] === "string" ? item["kind"] : "http",
    rev: whole("rev"),
    fence: whole("fence"),
    status: "FAILED",
    reason: "unreadable",
    scheduledAt: whole("scheduledAt"),
    shard: Number.isInteger(shard) && shard >= 0 ? shard : 0,
    occurrence: whole("occ"),
    attempt: whole("try"),
    execution: { count: 0, failed: 0, successful: 0 },
    createdAt: Number.isNaN(createdAt) ? 0 : createdAt,
    updatedAt: Number.isNaN(updatedAt) ? 0 : updatedAt,
  };
}

export const keyOf = ({ namespace, id }: TaskKey): Item => ({ namespace, id });
/** The key as one string, to find rows by. */
export const rowIdOf = (item: Item): string => JSON.stringify([item["namespace"], item["id"]]);
export const isUnreadable = (row: TaskRow | UnreadableRow): row is UnreadableRow => "unreadable" in row;
