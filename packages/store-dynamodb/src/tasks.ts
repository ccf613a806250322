// The tasks table behind the engine's port.
import { HookclockError } from "@hookclock/core";
import type { ReadResult, TaskStore } from "@hookclock/engine";
import { makeTaskBatches } from "./task-batches.ts";
import { decodeTask, isUnreadable, keyOf, rowIdOf } from "./task-codec.ts";
import { findDue, listTasks } from "./task-queries.ts";
import { insertTask, quarantineTask, removeTask, saveTask, type TaskTable } from "./task-writes.ts";

export function makeTaskStore(tasks: TaskTable, options: { statements: boolean }): TaskStore {
  const { database, table } = tasks;
  const { saveMany, insertMany } = makeTaskBatches(tasks, options);
  return {
    insert: (row) => insertTask(tasks, row),
    insertMany,
    async read(key) {
      const item = await database.get(table, keyOf(key));
      const row = item === null ? null : decodeTask(item);
      if (row === null || !isUnreadable(row)) return row;
      throw new HookclockError(
        "row-unreadable",
        `task ${key.namespace}/${key.id} cannot be read: ${row.problem}`,
      );
    },
    async readMany(keys): Promise<ReadResult[]> {
      const items = await database.getMany(table, keys.map(keyOf), rowIdOf);
      return items.map((item) => (item === null ? null : decodeTask(item)));
    },
    findDue: (query) => findDue(tasks, query),
    save: (change) => saveTask(tasks, change),
    saveMany,
    remove: (key) => removeTask(tasks, key),
    async removeMany(keys) {
      const unique = new Map(keys.map(keyOf).map((key) => [rowIdOf(key), key]));
      await database.writeMany(table, { deletes: [...unique.values()] });
    },
    quarantine: (key) => quarantineTask(tasks, key),
    list: (query) => listTasks(tasks, query),
  };
}
