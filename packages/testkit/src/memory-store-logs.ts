// The logs table in memory: a log is known by task, occurrence, rev and attempt; writing it again replaces it.
import { type LogRow, logIdOf } from "@hookclock/core";
import type { LogCursor, LogListQuery, LogStore, Page } from "@hookclock/engine";
import type { FaultScript } from "./memory-store-faults.ts";
import { compareText } from "./memory-store-tasks.ts";

const padded = (value: number): string => String(value).padStart(16, "0");
const positionOf = (log: LogRow): string =>
  JSON.stringify([log.taskId, padded(log.occurrence), padded(log.rev), padded(log.attempt)]);
const keyOf = (log: LogRow): string => JSON.stringify([log.namespace, positionOf(log)]);

export class MemoryLogs {
  readonly #rows = new Map<string, LogRow>();

  append(rows: readonly LogRow[]): void {
    for (const row of rows) this.#rows.set(keyOf(row), structuredClone(row));
  }

  list(query: LogListQuery): Page<LogRow, LogCursor> {
    // Logs of one task are ordered by occurrence and attempt, those of a namespace by time.
    const byTask = query.taskId !== undefined;
    const direction = query.descending ? -1 : 1;
    const compare = (a: LogCursor, b: LogCursor): number =>
      direction * ((byTask ? 0 : a.createdAt - b.createdAt) || compareText(a.position, b.position));
    const { after } = query;
    const found = [...this.#rows.values()]
      .filter((row) => matches(row, query))
      .map((row) => ({ namespace: row.namespace, createdAt: row.createdAt, position: positionOf(row), row }))
      .sort(compare)
      .filter((entry) => after === undefined || compare(entry, after) > 0);
    const page = found.slice(0, query.limit);
    const last = page.at(-1);
    const next =
      last === undefined || found.length === page.length
        ? null
        : { namespace: last.namespace, createdAt: last.createdAt, position: last.position };
    return { rows: structuredClone(page.map((entry) => entry.row)), next };
  }

  dump(): LogRow[] {
    return structuredClone([...this.#rows.values()]);
  }
}

function matches(row: LogRow, query: LogListQuery): boolean {
  return (
    row.namespace === query.namespace &&
    row.ttl * 1_000 >= query.now &&
    (query.taskId === undefined || row.taskId === query.taskId) &&
    (query.idPrefix === undefined || logIdOf(row).startsWith(query.idPrefix)) &&
    (query.status === undefined || row.status === query.status) &&
    (query.from === undefined || row.createdAt >= query.from) &&
    (query.to === undefined || row.createdAt <= query.to)
  );
}

/** The port over the table, each call obeying the script of faults. */
export const memoryLogStore = (table: MemoryLogs, { guard }: FaultScript): LogStore => ({
  append: guard("logs.append", (rows: readonly LogRow[]) => table.append(rows)),
  list: guard("logs.list", (query: LogListQuery) => table.list(query)),
});
