// What the tasks of all parts have in common: payloads that only we write, lanes, and ids that say all about a task.
import { HookclockError, isHookclockError, type Json, type RegisterInput } from "@hookclock/core";
import * as z from "zod";
import type { Tasks } from "./ports.ts";

/**
 * How long tasks of WebSub are kept after they are DONE. A delivery is known by its id to have been made: as long as an
 * update can be fanned out once more, so long at least.
 */
export const OWN_TASK_KEPT_SECONDS = 7 * 86_400;

/** @throws HookclockError when the task was not made by this version of WebSub. */
export function payloadOf<S extends z.ZodType>(schema: S, payload: Json | undefined): z.output<S> {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  throw new HookclockError("invalid-input", "payload: these tasks are made by WebSub itself", {
    field: "payload",
    cause: result.error,
  });
}

const laneSchema = z.object({ lane: z.string() });

/** Lanes stand in the payload: a slow host holds up nobody but itself. */
export function laneIn(payload: Json | undefined): string | undefined {
  const result = laneSchema.safeParse(payload);
  return result.success ? result.data.lane : undefined;
}

/** For ids that say all about a task: one that is there already is the same, even where its time or wording differ. */
export async function registerOnce(tasks: Tasks, task: RegisterInput): Promise<void> {
  try {
    await tasks.register(task);
  } catch (error) {
    if (!isHookclockError(error, "id-conflict")) throw error;
  }
}
