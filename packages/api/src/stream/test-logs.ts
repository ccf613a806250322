// Execution logs in memory that become visible later than they were written, as those of several workers do.
import type { ExecutionLog, LogsInput, LogsResult } from "hookclock";

export const aLog = (id: string, writtenMs: number, more: Partial<ExecutionLog> = {}): ExecutionLog => ({
  ...{ namespace: "app", id, taskId: id.split("#")[0] ?? id, kind: "http", status: "SUCCESS", outcome: "ok" },
  ...{
    error: null,
    message: null,
    occurrence: 0,
    attempt: 1,
    latenessMs: 0,
    timings: { totalMs: 1 },
    ttl: 2e9,
  },
  request: { url: "https://example.com/", method: "GET", headers: {}, body: null },
  response: { status: 200, ok: true, headers: {}, body: "", encoding: "utf8", truncated: false },
  retry: { count: 0, limit: 3 },
  scheduledDate: new Date(writtenMs).toISOString(),
  startedDate: new Date(writtenMs).toISOString(),
  __createdAt: new Date(writtenMs).toISOString(),
  __updatedAt: new Date(writtenMs).toISOString(),
  ...more,
});

export type LogTable = {
  logs: { log: ExecutionLog; visibleMs: number }[];
  asked: LogsInput[];
  fetchLogs(input: LogsInput): Promise<LogsResult>;
};

/** `now`: rows whose moment has not come are not there yet. */
export function logTable(now: () => number, pageMax = 1_000): LogTable {
  const table: LogTable = {
    logs: [],
    asked: [],
    async fetchLogs(input) {
      table.asked.push(input);
      const { namespace, id = "", status, from = 0, limit = 100, startKey } = input;
      const all = table.logs
        .filter(({ log, visibleMs }) => visibleMs <= now() && log.namespace === namespace)
        .map(({ log }) => log)
        .filter((log) => log.id.startsWith(id) && (status === undefined || log.status === status))
        .filter((log) => Date.parse(log.__createdAt) >= new Date(from).getTime())
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      const rest = startKey ? all.filter((log) => keyOf(log) > startKey.position) : all;
      const items = rest.slice(0, Math.min(limit, pageMax));
      const last = items.at(-1);
      const next =
        last && items.length < rest.length
          ? { namespace, createdDate: last.__createdAt, position: keyOf(last) }
          : null;
      return { items, count: items.length, lastEvaluatedKey: next };
    },
  };
  return table;
}

const keyOf = (log: ExecutionLog): string => `${log.__createdAt} ${log.id}`;
