// Lists over the API's pages: the library's way of asking, with a cursor inside the start key.
import { check, HookclockError, isoOf, LIMITS } from "@hookclock/core";
import type {
  DryrunInput,
  DryrunResult,
  ExecutionLog,
  FetchInput,
  FetchResult,
  LogStartKey,
  LogsInput,
  LogsResult,
  Task,
  TaskStartKey,
} from "hookclock";
import { answers, read } from "./answers.ts";
import type { Connection, Query } from "./connection.ts";
import { cursorOf, filterOf, schemas } from "./inputs.ts";

/** As short a call as the library's: a filter may leave most of a page out. */
const PAGES_MAX = 10;

export async function fetchTasks(connection: Connection, input: FetchInput): Promise<FetchResult> {
  const {
    namespace,
    desc,
    limit,
    chunkLimit = LIMITS.pageSizeMax,
    onChunk,
    startKey,
    ...filter
  } = check(schemas.fetch, input, "fetch");
  checkLimit(limit, onChunk !== undefined);
  const query: Query = { ...filterOf({ namespace, ...filter }), ...orderOf(desc) };
  const items: Task[] = [];
  let count = 0;
  let cursor = cursorOf(startKey, namespace);
  let last: Task | undefined;
  for (let pages = 1; ; pages += 1) {
    const want = Math.min(chunkLimit, limit - count);
    const path = [...inNamespace(namespace), "tasks"];
    const { document } = await connection.call({
      method: "GET",
      path,
      query: { ...query, limit: want, cursor },
    });
    const page = read(answers.tasks, document, "the list of tasks");
    count += page.items.length;
    last = page.items.at(-1) ?? last;
    if (onChunk && page.items.length > 0) await onChunk({ items: page.items, count: page.items.length });
    if (!onChunk) items.push(...page.items);
    const { nextCursor } = page;
    const enough = count >= limit || (!onChunk && pages >= PAGES_MAX);
    if (nextCursor === null) return { items, count, lastEvaluatedKey: null };
    if (enough)
      return { items, count, lastEvaluatedKey: taskStartKey(namespace, lastOf(last, filter), nextCursor) };
    cursor = nextCursor;
  }
}

/** A list by id has no dates in its keys. */
const lastOf = (last: Task | undefined, { id }: { id?: string | undefined }) =>
  last === undefined || id === undefined ? last : { id: last.id };

function checkLimit(limit: number, isChunked: boolean): void {
  if (limit <= LIMITS.pageSizeMax || isChunked) return;
  const allowed = `at most ${LIMITS.pageSizeMax}, or more together with onChunk`;
  throw new HookclockError("invalid-input", `limit of fetch is ${limit}; allowed: ${allowed}`, {
    field: "limit",
  });
}

export async function fetchLogs(connection: Connection, input: LogsInput): Promise<LogsResult> {
  const given = check(schemas.logs, input, "fetchLogs");
  const { namespace, id, idPrefix, limit, desc } = given;
  const exact = id !== undefined && !idPrefix ? id : undefined;
  const task = given.taskId ?? (exact === undefined ? undefined : taskIdOf(exact));
  const { document } = await connection.call({
    method: "GET",
    path: [...inNamespace(namespace), "logs"],
    query: { ...filterOf(given), ...orderOf(desc), task, limit, cursor: cursorOf(given.startKey, namespace) },
  });
  const page = read(answers.logs, document, "the list of execution logs");
  const items = page.items.filter((log) => exact === undefined || log.id === exact);
  const last = page.items.at(-1);
  const lastEvaluatedKey = page.nextCursor === null ? null : logStartKey(namespace, last, page.nextCursor);
  return { items, count: items.length, lastEvaluatedKey };
}

/** A log's id is `<task id>#<occurrence>#<attempt>#<version>`. */
const taskIdOf = (logId: string): string => logId.split("#").slice(0, -3).join("#") || logId;

export async function dryrun(connection: Connection, input: DryrunInput = {}): Promise<DryrunResult> {
  const { namespace, id, date, limit } = check(schemas.dryrun, input, "triggerDryrun");
  const { document } = await connection.call({
    method: "GET",
    path: namespace === undefined ? ["v1", "due"] : [...inNamespace(namespace), "due"],
    query: { idPrefix: id, limit, until: date === null || date === undefined ? undefined : isoOf(date) },
  });
  const { items } = read(answers.due, document, "what is due");
  return { count: items.length, items };
}

export const inNamespace = (namespace: string): string[] => ["v1", "namespaces", namespace];
const orderOf = (desc: boolean): Query => ({ order: desc ? "desc" : "asc" });

/** Where the next page begins: the API's cursor counts, the rest is for people, and as the library has it. */
export const taskStartKey = (
  namespace: string,
  last: { id: string; scheduledDate?: string } | undefined,
  cursor: string,
): TaskStartKey & { cursor: string } => ({
  namespace,
  id: last?.id ?? "",
  ...(last?.scheduledDate === undefined ? {} : { scheduledDate: last.scheduledDate }),
  cursor,
});
const logStartKey = (
  namespace: string,
  last: ExecutionLog | undefined,
  cursor: string,
): LogStartKey & { cursor: string } => ({
  namespace,
  createdDate: last?.__createdAt ?? "",
  position: last?.id ?? "",
  cursor,
});
