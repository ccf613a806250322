// What a user may do to one task. Each move is decided by core and written only if the row has not changed since.
import {
  HookclockError,
  parseUpdate,
  reschedule,
  retry,
  runNow,
  suspend,
  type TaskKey,
  type TaskRequest,
  type TaskRow,
  unsuspend,
  update,
} from "@hookclock/core";
import { announce, type Engine } from "../engine.ts";
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
    const before = await engine.tasks.read(key);
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

export const rescheduleTask = (engine: Engine, key: TaskKey, scheduledAt: number): Promise<TaskRow | null> =>
  edit(engine, key, (row, now) => reschedule(row, scheduledAt, now));

/** Changes what a task does and, with `scheduledDate`, when. Fields that are not given stay. */
export function updateTask(engine: Engine, input: unknown): Promise<TaskRow | null> {
  const { namespace, id, request, ...changes } = parseUpdate(input);
  return edit(engine, { namespace, id }, (row, now) => {
    const merged = request && mergeRequest(row.request, request);
    const content = { kind: row.kind, ...(merged ? { request: merged } : {}), ...changes };
    if (merged && !merged.url) {
      throw new HookclockError(
        "invalid-input",
        `a task of kind "${row.kind}" without a request.url has no request to update`,
        {
          field: "request",
        },
      );
    }
    const needsCheck = merged !== undefined || changes.payload !== undefined || changes.repeat !== undefined;
    const lane = needsCheck ? checkContent(engine, contentOf(row, content)) : undefined;
    return update(
      row,
      { ...changes, ...(merged ? { request: merged } : {}), ...(lane === undefined ? {} : { lane }) },
      now,
    );
  });
}

function contentOf(row: TaskRow, changed: { kind: string; request?: TaskRequest }) {
  return {
    ...(row.request ? { request: row.request } : {}),
    ...(row.payload === undefined ? {} : { payload: row.payload }),
    ...changed,
  };
}

function mergeRequest(current: TaskRequest | undefined, change: Partial<TaskRequest>): TaskRequest {
  return { ...(current ?? { url: "", method: "GET" }), ...change };
}
