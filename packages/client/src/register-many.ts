// Many tasks in few requests: by namespace, in batches that fit, each task with its own result in its own place.
import { check, HookclockError, parseDefinition, type RegisterInput, refuse } from "@hookclock/core";
import type { RegisterOutcome, Task } from "hookclock";
import { answers, read } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { schemas } from "./inputs.ts";
import { inNamespace } from "./lists.ts";
import { notOurs, problemError } from "./problem.ts";

export type RegisterManyOptions = { onProgress?: (progress: { done: number; total: number }) => void };

/** A batch ends at whichever comes first. The API takes more, but the answer holds the tasks too, and 3 MB of them at most. */
const BATCH_TASKS_MAX = 500;
const BATCH_BYTES_MAX = 2_500_000;
const EXTRA_MS = 30_000;

type Item = { index: number; namespace: string; body: object; bytes: number };

export async function registerMany(
  connection: Connection,
  tasks: readonly RegisterInput[],
  options: RegisterManyOptions = {},
): Promise<RegisterOutcome[]> {
  if (!Array.isArray(tasks)) refuse("registerMany", tasks, "a list of tasks");
  const { onProgress } = check(schemas.registerMany, options, "registerMany");
  const results: (RegisterOutcome | undefined)[] = tasks.map(() => undefined);
  const items: Item[] = [];
  for (const [index, task] of tasks.entries()) {
    const item = itemOf(task, index);
    if (item instanceof HookclockError) results[index] = { ok: false, error: item };
    else items.push(item);
  }
  let done = tasks.length - items.length;
  for (const batch of batchesOf(items)) {
    await registerBatch(connection, batch, results);
    done += batch.length;
    onProgress?.({ done, total: tasks.length });
  }
  if (items.length === 0) onProgress?.({ done, total: tasks.length });
  return results as RegisterOutcome[];
}

/** A task as the API takes it; its namespace is in the address. What is wrong with it needs no request to be known. */
export function bodyOf(task: RegisterInput): { namespace: string; body: object } {
  const { namespace } = parseDefinition(task);
  const { namespace: _namespace, ...body } = task;
  return { namespace, body };
}

function itemOf(task: RegisterInput, index: number): Item | HookclockError {
  try {
    const { namespace, body } = bodyOf(task);
    return { index, namespace, body, bytes: Buffer.byteLength(JSON.stringify(body)) + 1 };
  } catch (error) {
    if (error instanceof HookclockError) return error;
    throw error;
  }
}

function batchesOf(items: readonly Item[]): Item[][] {
  const batches: Item[][] = [];
  const open = new Map<string, { batch: Item[]; bytes: number }>();
  for (const item of items) {
    const current = open.get(item.namespace);
    const fits =
      current !== undefined &&
      current.batch.length < BATCH_TASKS_MAX &&
      current.bytes + item.bytes <= BATCH_BYTES_MAX;
    if (fits) {
      current.batch.push(item);
      current.bytes += item.bytes;
      continue;
    }
    const batch = [item];
    batches.push(batch);
    open.set(item.namespace, { batch, bytes: item.bytes });
  }
  return batches;
}

async function registerBatch(
  connection: Connection,
  batch: readonly Item[],
  results: (RegisterOutcome | undefined)[],
): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  const { document } = await connection.call({
    method: "POST",
    path: [...inNamespace(first.namespace), "tasks", "batch"],
    body: { tasks: batch.map(({ body }) => body) },
    extraMs: EXTRA_MS,
  });
  const { items } = read(answers.registered, document, "a batch of tasks");
  if (items.length !== batch.length)
    throw notOurs(connection.where, `${items.length} results for ${batch.length} tasks`);
  for (const [at, { index }] of batch.entries()) {
    const item = items[at];
    if (item?.ok) results[index] = await registered(connection, first.namespace, item);
    else if (item !== undefined)
      results[index] = {
        ok: false,
        error: problemError(item.problem) ?? notOurs(connection.where, "a problem without a code"),
      };
  }
}

/** A task that had no room in the answer is read by itself. */
async function registered(
  connection: Connection,
  namespace: string,
  { created, id, task }: { created: boolean; id: string; task: Task | null },
): Promise<RegisterOutcome> {
  if (task !== null) return { ok: true, created, task };
  try {
    const { document } = await connection.call({
      method: "GET",
      path: [...inNamespace(namespace), "tasks", id],
    });
    return { ok: true, created, task: read(answers.task, document, "a task") };
  } catch (error) {
    if (error instanceof HookclockError) return { ok: false, error };
    throw error;
  }
}
