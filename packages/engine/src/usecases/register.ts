// Accepting tasks: all checks first, then one conditional write each.
import {
  type Definition,
  HookclockError,
  newRow,
  parseDefinition,
  shown,
  type TaskRow,
  validateRepeat,
} from "@hookclock/core";
import { announce, type Engine } from "../engine.ts";
import { readTask } from "./read.ts";

export type RegisterResult = { task: TaskRow; created: boolean };

/**
 * Registers a task. With the caller's own `id` it is idempotent: the same content gives back the task that is there,
 * other content is an `id-conflict`.
 */
export async function register(engine: Engine, input: unknown): Promise<RegisterResult> {
  const { read, write } = await shardCounts(engine);
  const row = prepare(engine, input, Math.min(read, write));
  const inserted = await engine.tasks.insert(row);
  if (inserted === "exists") return sameTask(engine, row);
  announce(engine, row);
  return { task: row, created: true };
}

export type RegisterManyResult =
  | { ok: true; task: TaskRow; created: boolean }
  | { ok: false; error: HookclockError };
export type BatchOptions = { onProgress?: (progress: { done: number; total: number }) => void };

/** For an id that others keep taking and freeing at this moment. */
const TRIES = 3;
/** Rows per step: enough to fill several database batches, few enough for progress to be seen. */
const STEP = 500;

/** Registers many; each has its own result, in order. A bad one does not stop the others. */
export async function registerMany(
  engine: Engine,
  inputs: readonly unknown[],
  options: BatchOptions = {},
): Promise<RegisterManyResult[]> {
  const { read, write } = await shardCounts(engine);
  const results: RegisterManyResult[] = [];
  for (let from = 0; from < inputs.length; from += STEP) {
    const step = inputs
      .slice(from, from + STEP)
      .map((input) => attempt(() => prepare(engine, input, Math.min(read, write))));
    results.push(...(await insertStep(engine, step, inputs.slice(from, from + STEP))));
    options.onProgress?.({ done: results.length, total: inputs.length });
  }
  return results;
}

async function insertStep(
  engine: Engine,
  step: readonly (TaskRow | HookclockError)[],
  inputs: readonly unknown[],
): Promise<RegisterManyResult[]> {
  const rows = step.flatMap((row, index) =>
    row instanceof HookclockError
      ? []
      : [{ row, fresh: (inputs[index] as { id?: unknown }).id === undefined }],
  );
  const inserted = await engine.tasks.insertMany(rows);
  let at = 0;
  return Promise.all(
    step.map(async (row): Promise<RegisterManyResult> => {
      if (row instanceof HookclockError) return { ok: false, error: row };
      const result = inserted[at++];
      if (result === "inserted") {
        announce(engine, row);
        return { ok: true, task: row, created: true };
      }
      if (result !== "exists") return { ok: false, error: asError(result) };
      return sameTask(engine, row).then(
        (result) => ({ ok: true, ...result }),
        (error: unknown) => ({ ok: false, error: asError(error) }),
      );
    }),
  );
}

/** Checks everything that can be known without the database and makes the row. */
function prepare(engine: Engine, input: unknown, shards: number): TaskRow {
  const definition = parseDefinition(input);
  const lane = checkContent(engine, definition);
  return newRow(definition, {
    now: engine.clock.now(),
    random: engine.random,
    newId: engine.newId,
    shards,
    lane,
  });
}

/** What the kind's handler and the schedule have to say. Returns the lane. */
export function checkContent(
  engine: Engine,
  content: Pick<Definition, "kind" | "request" | "payload" | "repeat">,
): string | undefined {
  const handler = engine.handlers.get(content.kind);
  if (handler === undefined) {
    const known = [...engine.handlers.keys()];
    throw new HookclockError("unknown-kind", `kind is ${shown(content.kind)}; allowed: ${known.join(", ")}`, {
      field: "kind",
      allowed: known,
    });
  }
  if (content.repeat) validateRepeat(content.repeat);
  handler.validate?.(content);
  return handler.laneOf?.(content);
}

/** What an id that was taken comes to. The task that had it may be gone a moment later: then the id is free again. */
async function sameTask(engine: Engine, row: TaskRow): Promise<RegisterResult> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const existing = await readTask(engine, row);
    if (existing !== null && existing.fingerprint !== row.fingerprint) break;
    if (existing !== null) return { task: existing, created: false };
    const now = engine.clock.now();
    const again: TaskRow = { ...row, createdAt: now, updatedAt: now };
    if ((await engine.tasks.insert(again)) === "exists") continue;
    announce(engine, again);
    return { task: again, created: true };
  }
  throw new HookclockError(
    "id-conflict",
    `id "${row.id}" is taken in namespace "${row.namespace}" by a task with other content; use another id, or update that task`,
    { field: "id" },
  );
}

const shardCounts = (engine: Engine) => engine.leases.shardCounts(engine.clock.now());

function attempt(step: () => TaskRow): TaskRow | HookclockError {
  try {
    return step();
  } catch (error) {
    return asError(error);
  }
}

function asError(error: unknown): HookclockError {
  if (error instanceof HookclockError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HookclockError("store-unavailable", message, { cause: error });
}
