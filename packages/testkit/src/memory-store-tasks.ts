// The tasks table in memory: same conditions, same order, same paging as the database.
import { HookclockError, isOver, type TaskKey, type TaskRow } from "@hookclock/core";
import type {
  Change,
  DueKey,
  Page,
  SaveResult,
  TaskCursor,
  TaskListQuery,
  TaskStore,
} from "@hookclock/engine";
import type { FaultScript } from "./memory-store-faults.ts";

/** `origin` is the object that was handed in: the same object again is a retry of the same write. */
type Stored = { row: TaskRow; origin: TaskRow; problem?: string };

export const keyOf = (key: TaskKey): string => JSON.stringify([key.namespace, key.id]);
/** DynamoDB orders strings by their UTF-8 bytes, not by UTF-16 units. */
export const compareText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const compareDue = (a: DueKey, b: DueKey): number =>
  a.dueAt - b.dueAt || compareText(a.namespace, b.namespace) || compareText(a.id, b.id);

const toDueKey = (row: TaskRow): DueKey => ({
  namespace: row.namespace,
  id: row.id,
  dueAt: row.dueAt ?? 0,
  ...(row.lane === undefined ? {} : { lane: row.lane }),
});

export class MemoryTasks {
  readonly #rows = new Map<string, Stored>();
  /** What is in the due index, by shard: a look need not go through every row. */
  readonly #due = new Map<number, Map<string, TaskRow>>();
  #dueSnapshot: TaskRow[] | null = null;

  insert(row: TaskRow): "inserted" | "exists" {
    const stored = this.#rows.get(keyOf(row));
    if (stored?.origin === row) return "inserted";
    if (stored !== undefined && !isOver(stored.row, row.createdAt)) return "exists";
    this.#put(row);
    return "inserted";
  }

  read(key: TaskKey): TaskRow | null {
    const result = this.readAny(key);
    if (result === null || !("unreadable" in result)) return result;
    throw new HookclockError("row-unreadable", `task ${key.namespace}/${key.id}: ${result.problem}`);
  }

  readAny(key: TaskKey) {
    const stored = this.#rows.get(keyOf(key));
    if (stored === undefined) return null;
    if (stored.problem !== undefined) {
      return { unreadable: true as const, namespace: key.namespace, id: key.id, problem: stored.problem };
    }
    return structuredClone(stored.row);
  }

  save({ before, after }: Change): SaveResult {
    const stored = this.#rows.get(keyOf(after));
    if (stored === undefined) return "conflict";
    if (stored.origin === after) return "saved";
    if (stored.problem !== undefined || stored.row.rev !== before.rev) return "conflict";
    this.#put(after);
    return "saved";
  }

  remove(key: TaskKey): TaskRow | null {
    const stored = this.#rows.get(keyOf(key));
    this.#rows.delete(keyOf(key));
    if (stored !== undefined) this.#due.get(stored.row.shard)?.delete(keyOf(key));
    return stored === undefined || stored.problem !== undefined ? null : structuredClone(stored.row);
  }

  quarantine(key: TaskKey): void {
    const stored = this.#rows.get(keyOf(key));
    if (stored === undefined) return;
    const { dueAt: _, claim: __, ...rest } = stored.row;
    this.#put({ ...rest, status: "FAILED", reason: "unreadable", rev: stored.row.rev + 1 });
  }

  /** Makes a stored row unreadable, as a foreign writer could. It stays in the due index. */
  corrupt(key: TaskKey, problem: string): void {
    const stored = this.#rows.get(keyOf(key));
    if (stored !== undefined) stored.problem = problem;
  }

  findDue(query: Parameters<TaskStore["findDue"]>[0], stale: boolean) {
    const rows =
      stale && this.#dueSnapshot !== null
        ? this.#dueSnapshot
        : [...(this.#due.get(query.shard)?.values() ?? [])];
    const direction = query.newestFirst === true ? -1 : 1;
    const { after } = query;
    const due = rows
      .filter((row) => row.dueAt !== undefined && row.shard === query.shard && row.dueAt <= query.upTo)
      .filter((row) => query.from === undefined || (row.dueAt ?? 0) >= query.from)
      .filter((row) => query.namespace === undefined || row.namespace === query.namespace)
      .map(toDueKey)
      .sort((a, b) => direction * compareDue(a, b))
      .filter((key) => after === undefined || direction * compareDue(key, after) > 0);
    const keys = due.slice(0, query.limit);
    return { keys, after: due.length > keys.length ? (keys.at(-1) ?? null) : null };
  }

  list(query: TaskListQuery): Page<TaskRow, TaskCursor> {
    const byId = query.idPrefix !== undefined;
    const direction = query.descending ? -1 : 1;
    const compare = (a: TaskCursor, b: TaskCursor): number =>
      direction * ((byId ? 0 : (a.scheduledAt ?? 0) - (b.scheduledAt ?? 0)) || compareText(a.id, b.id));
    const { after } = query;
    const rows = this.#all()
      .filter((row) => matches(row, query))
      .sort(compare)
      .filter((row) => after === undefined || compare(row, after) > 0);
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const next =
      last === undefined || rows.length === page.length
        ? null
        : { namespace: last.namespace, id: last.id, ...(byId ? {} : { scheduledAt: last.scheduledAt }) };
    return { rows: structuredClone(page), next };
  }

  takeSnapshot(): void {
    this.#dueSnapshot = structuredClone(this.#all());
  }

  dropSnapshot(): void {
    this.#dueSnapshot = null;
  }

  dump(): TaskRow[] {
    return structuredClone(this.#all());
  }

  #all(): TaskRow[] {
    return [...this.#rows.values()].map((one) => one.row);
  }

  #put(row: TaskRow): void {
    const stored = { row: structuredClone(row), origin: row };
    const key = keyOf(row);
    const before = this.#rows.get(key);
    if (before !== undefined) this.#due.get(before.row.shard)?.delete(key);
    this.#rows.set(key, stored);
    if (row.dueAt === undefined) return;
    const shard = this.#due.get(row.shard) ?? new Map<string, TaskRow>();
    this.#due.set(row.shard, shard.set(key, stored.row));
  }
}

function matches(row: TaskRow, query: TaskListQuery): boolean {
  return (
    row.namespace === query.namespace &&
    !isOver(row, query.now) &&
    (query.idPrefix === undefined || row.id.startsWith(query.idPrefix)) &&
    (query.status === undefined || row.status === query.status) &&
    (query.from === undefined || row.scheduledAt >= query.from) &&
    (query.to === undefined || row.scheduledAt <= query.to)
  );
}

/** The port over the table, each call obeying the script of faults. */
export function memoryTaskStore(table: MemoryTasks, script: FaultScript): TaskStore {
  const { guard } = script;
  const perRow = <Row, Result>(
    method: "tasks.saveMany" | "tasks.insertMany",
    rows: readonly Row[],
    idOf: (row: Row) => string,
    run: (row: Row) => Result,
  ): (Result | Error)[] =>
    rows.map((row) => {
      const fault = script.takeRowFault(method, idOf(row));
      if (fault?.when === "before") return fault.error;
      const result = run(row);
      return fault === undefined ? result : fault.error;
    });
  return {
    insert: guard("tasks.insert", (row: TaskRow) => table.insert(row)),
    insertMany: guard("tasks.insertMany", (rows: readonly { row: TaskRow; fresh: boolean }[]) =>
      perRow(
        "tasks.insertMany",
        rows,
        ({ row }) => row.id,
        ({ row }) => table.insert(row),
      ),
    ),
    read: guard("tasks.read", (key: TaskKey) => table.read(key)),
    readMany: guard("tasks.readMany", (keys: readonly TaskKey[]) => keys.map((key) => table.readAny(key))),
    findDue: guard("tasks.findDue", (query: Parameters<TaskStore["findDue"]>[0]) =>
      table.findDue(query, script.takeStaleCall()),
    ),
    save: guard("tasks.save", (change: Change) => table.save(change)),
    saveMany: guard("tasks.saveMany", (changes: readonly Change[]) =>
      perRow(
        "tasks.saveMany",
        changes,
        ({ after }) => after.id,
        (change) => table.save(change),
      ),
    ),
    remove: guard("tasks.remove", (key: TaskKey) => table.remove(key)),
    removeMany: guard("tasks.removeMany", (keys: readonly TaskKey[]) => {
      for (const key of keys) table.remove(key);
    }),
    quarantine: guard("tasks.quarantine", (key: TaskKey) => table.quarantine(key)),
    list: guard("tasks.list", (query: TaskListQuery) => table.list(query)),
  };
}
