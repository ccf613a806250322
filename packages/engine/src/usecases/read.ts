// One task by its key, as callers see it: a row whose time is up does not exist, though it may still be there.
import { isOver, type TaskKey, type TaskRow } from "@hookclock/core";
import type { Engine } from "../engine.ts";

/** Null when there is none, or its time is up. */
export async function readTask(engine: Engine, key: TaskKey): Promise<TaskRow | null> {
  return live(engine, await engine.tasks.read(key));
}

/** Deletes the task and returns it. Null when there was none, or its time was up. */
export async function deleteTask(engine: Engine, key: TaskKey): Promise<TaskRow | null> {
  return live(engine, await engine.tasks.remove(key));
}

const live = (engine: Engine, row: TaskRow | null): TaskRow | null =>
  row === null || isOver(row, engine.clock.now()) ? null : row;
