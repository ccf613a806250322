// What a user may do to one task. Each move is decided by core and written only if the row has not changed since.
import {
  HookclockError,
  type Patch,
  parseUpdate,
  patchOf,
  reschedule,
  retry,
  runNow,
  suspend,
  type TaskKey,
  type TaskRow,
  unsuspend,
  update,
} from "@hookclock/core";
import { announce, type Engine } from "../engine.ts";
import { readTask } from "./read.ts";
import { checkContent } from "./register.ts";

export type Move = (row: TaskRow, now: number) => TaskRow;

export const MOVES = { suspend, unsuspend, runNow, retry } as const satisfies Record<string, Move>;

const TRIES = 10;

/**
 * Applies a move to one task. Null when there is no such task; `wrong-status` when its state does not allow the move;
 * `edit-conflict` when others keep changing it at the same moment.
 */
export async function edit(engine: Engine, key: TaskKey, move: Move): Promise<TaskRow | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await readTask(engine, key);
    if (before === null) return null;
    const after = move(before, engine.clock.now());
    if ((await engine.tasks.save({ before, after })) === "saved") {
      announce(engine, after);
      return after;
    }
    if (tries > 1) await engine.clock.sleep(engine.random() * 10 * tries);
  }
  throw new HookclockError(
    "edit-conflict",
    `task "${key.id}" in namespace "${key.namespace}" kept changing; try again`,
  );
}

/** The move of the next run to an instant, epoch ms. */
export const rescheduling =
  (scheduledAt: number): Move =>
  (row, now) =>
    reschedule(row, scheduledAt, now);

export const rescheduleTask = (engine: Engine, key: TaskKey, scheduledAt: number): Promise<TaskRow | null> =>
  edit(engine, key, rescheduling(scheduledAt));

/**
 * Changes what a task does and, with `scheduledDate`, when. Fields that are not given stay, those of `request`,
 * `repeat` and `retry` one by one; `null` takes the request's headers or body away.
 */
export async function updateTask(engine: Engine, input: unknown): Promise<TaskRow | null> {
  const changes = parseUpdate(input);
  const { namespace, id } = changes;
  return edit(engine, { namespace, id }, (row, now) => {
    const patch = patchOf(row, changes);
    if (patch.request?.url === "") {
      throw new HookclockError(
        "invalid-input",
        `request.url is missing; allowed: an absolute URL, since this task of kind "${row.kind}" has no request to update yet`,
        { field: "request.url" },
      );
    }
    const needsCheck = patch.request ?? patch.payload ?? patch.repeat;
    if (needsCheck !== undefined) {
      const lane = checkContent(engine, contentOf(row, patch));
      if (lane !== undefined) patch.lane = lane;
    }
    return update(row, patch, now);
  });
}

function contentOf(row: TaskRow, patch: Patch) {
  const { kind, request = row.request, payload = row.payload, repeat } = { kind: row.kind, ...patch };
  return {
    kind,
    ...(request === undefined ? {} : { request }),
    ...(payload === undefined ? {} : { payload }),
    ...(repeat === undefined ? {} : { repeat }),
  };
}
