// The logs table behind the engine's port.
import type { LogRow } from "@hookclock/core";
import type { LogStore } from "@hookclock/engine";
import { taskLogSort, taskLogsPartition } from "./keys.ts";
import { encodeLog } from "./log-codec.ts";
import { groupLogs } from "./log-digests.ts";
import { listNamespaceLogs } from "./namespace-log-queries.ts";
import { type LogTable, listTaskLogs } from "./task-log-queries.ts";

export function makeLogStore(logs: LogTable): LogStore {
  return {
    async append(rows) {
      const groups = groupLogs(withoutDoubles(rows));
      const puts = groups.flatMap((group) => [
        ...group.logs.map((log) => encodeLog(log, group.batch)),
        group.digest,
      ]);
      await logs.database.writeMany(logs.table, { puts });
    },
    async list(query) {
      const { taskId, idPrefix } = query;
      if (taskId === undefined) return listNamespaceLogs(logs, query);
      // A prefix is either shorter than the task's id, or goes on into the rest of a log's id.
      const fits = idPrefix === undefined || taskId.startsWith(idPrefix) || idPrefix.startsWith(`${taskId}#`);
      if (!fits) return { rows: [], next: null };
      return listTaskLogs(logs, query, taskId);
    },
  };
}

/** One batch must not hold a key twice; of a log handed in twice the later one counts. */
function withoutDoubles(rows: readonly LogRow[]): LogRow[] {
  const unique = new Map<string, LogRow>();
  for (const row of rows) {
    const key = `${taskLogsPartition(row.namespace, row.taskId)} ${taskLogSort(row)}`;
    unique.set(key, row);
  }
  return [...unique.values()];
}
