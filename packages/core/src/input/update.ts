// What a caller changes of a task, and what of the task then is other than before.
import * as z from "zod";
import type { Patch } from "../task/edit.ts";
import type { Repeat, RetryPolicy, TaskRequest, TaskRow } from "../task/row.ts";
import { check } from "./check.ts";
import { behaviour, type GivenRepeat, type GivenRetry, repeatOf, requestOf, retryOf } from "./definition.ts";
import { idField, namespaceField } from "./fields.ts";
import { toJson } from "./json.ts";

const updateSchema = z.strictObject({ namespace: namespaceField, id: idField, ...behaviour });
export type UpdateInput = z.input<typeof updateSchema>;

/** An `update` call after the checks that need no task. */
export type Update = {
  namespace: string;
  id: string;
  request?: Partial<TaskRequest>;
  /** Fields of the request that are to be taken away: those given as `null`. */
  without: ("headers" | "body")[];
  repeat?: GivenRepeat;
  retry?: GivenRetry;
} & Omit<Patch, "request" | "repeat" | "retry" | "lane">;

export function parseUpdate(input: unknown): Update {
  const given = check(updateSchema, input, "update");
  const { namespace, id, payload, catchUp, timeoutMs, keepSeconds, scheduledDate, repeat } = given;
  const update: Update = { namespace, id, without: [] };
  const request = requestOf(given);
  if (given.request?.headers === null) update.without.push("headers");
  if (given.request?.body === null) update.without.push("body");
  if (Object.keys(request).length > 0 || update.without.length > 0) update.request = request;
  if (payload !== undefined) update.payload = toJson(payload, "payload");
  if (catchUp !== undefined) update.catchUp = catchUp;
  if (timeoutMs !== undefined) update.timeoutMs = timeoutMs;
  if (keepSeconds !== undefined) update.keepSeconds = keepSeconds;
  if (scheduledDate !== undefined) update.scheduledAt = scheduledDate;
  if (repeat !== undefined) {
    // A contradiction within the call is one whatever the task is.
    repeatOf(repeat.cron === undefined ? { ...repeat, timeZone: undefined } : repeat);
    update.repeat = repeat;
  }
  const retry = given.retry ?? (given.retryLimit === undefined ? undefined : {});
  if (retry !== undefined) {
    const policy = retryOf({ ...retry, maxMs: undefined }, given.retryLimit);
    const hasLimit = retry.limit !== undefined || given.retryLimit !== undefined;
    update.retry = hasLimit ? { ...retry, limit: policy?.limit } : retry;
  }
  return update;
}

/** The changes for this very task: `request`, `repeat` and `retry` are merged over what it has, field by field. */
export function patchOf(row: TaskRow, update: Update): Patch {
  const { namespace: _namespace, id: _id, request, without, repeat, retry, ...patch } = update;
  const merged: Patch = patch;
  if (request) merged.request = mergedRequest(row.request, request, without);
  if (repeat) merged.repeat = mergedRepeat(row.repeat, repeat);
  if (retry) merged.retry = mergedRetry(row.retry, retry);
  return merged;
}

function mergedRequest(
  current: TaskRequest | undefined,
  change: Partial<TaskRequest>,
  without: readonly ("headers" | "body")[],
): TaskRequest {
  const merged: TaskRequest = { ...(current ?? { url: "", method: "GET" }), ...change };
  for (const field of without) delete merged[field];
  return merged;
}

/** A cron takes the place of an interval and the other way round; how often it runs stays. */
function mergedRepeat(current: Repeat | undefined, change: GivenRepeat): Repeat {
  if (current === undefined) return repeatOf(change);
  const max = change.max ?? current.max;
  if (change.interval !== undefined || change.unit !== undefined) {
    const { interval = current.interval, unit = current.unit } = change;
    return repeatOf({ ...change, interval, unit, max });
  }
  const { cron = current.cron, timeZone = current.timeZone } = change;
  if (cron !== undefined) return repeatOf({ cron, timeZone, max });
  return repeatOf({ interval: current.interval, unit: current.unit, timeZone, max });
}

const mergedRetry = (current: RetryPolicy | undefined, change: GivenRetry): RetryPolicy | undefined =>
  retryOf({ ...current, ...present(change) });

const present = <T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
