// Every key of the tasks and the logs table, said once.
import type { TaskKey } from "@hookclock/core";

export { INDEX } from "./shapes.ts";

/** Bookkeeping rows live in the tasks table under a namespace that no caller can have: theirs never start with `#`. */
export const BOOKKEEPING = "#hookclock";
export const META_KEY: TaskKey = { namespace: BOOKKEEPING, id: "meta" };
export const leaseKey = (shard: number): TaskKey => ({ namespace: BOOKKEEPING, id: `lease#${shard}` });

/** Digests of one namespace are spread over this many keys, so that no partition takes all of its writes. */
export const DIGEST_SPREAD = 4;

/** Makes a part of a composed key free of the separator: `a#b` + `c` must never equal `a` + `b#c`. */
export const escapePart = (part: string): string => part.replaceAll("%", "%25").replaceAll("#", "%23");
export const unescapePart = (part: string): string => part.replaceAll("%23", "#").replaceAll("%25", "%");

/** Statuses that few tasks are in for long. A task that goes ACTIVE → DONE never touches their index. */
export const INDEXED_STATUSES = ["FAILED", "SUSPENDED", "PROCESSING"] as const;
export const statusKey = (namespace: string, status: string): string => `${escapePart(namespace)}#${status}`;

/** Fixed width, so that text order is number order. 15 digits hold every instant up to the year 33658. */
const TIME_DIGITS = 15;
const OCCURRENCE_DIGITS = 12;
const ATTEMPT_DIGITS = 5;
/** Versions start at random below 2^40 and are written to base 36: 9 digits hold all that can come. */
const REV_DIGITS = 9;
const padded = (value: number, digits: number): string => String(value).padStart(digits, "0");

export const taskLogsPartition = (namespace: string, taskId: string): string =>
  `task#${escapePart(namespace)}#${escapePart(taskId)}`;
/** By occurrence, and within it by version: the order in which a task's attempts were made. */
export const taskLogSort = ({ occurrence, rev, attempt }: LogPlace): string =>
  [
    padded(occurrence, OCCURRENCE_DIGITS),
    rev.toString(36).padStart(REV_DIGITS, "0"),
    padded(attempt, ATTEMPT_DIGITS),
  ].join("#");
export type LogPlace = { occurrence: number; rev: number; attempt: number };

/** The identity of a log, read back from its key. */
export function parseTaskLogKey(pk: string, sk: string) {
  const [, namespace = "", taskId = ""] = pk.split("#");
  const [occurrence = "", rev = "", attempt = ""] = sk.split("#");
  return {
    namespace: unescapePart(namespace),
    taskId: unescapePart(taskId),
    occurrence: Number(occurrence),
    attempt: Number(attempt),
    rev: Number.parseInt(rev, 36),
  };
}

export const digestPartition = (namespace: string, part: number): string =>
  `time#${escapePart(namespace)}#${part}`;
/** Instants before 1970 do not occur: logs are stamped when they are written. */
export const digestSort = (createdAt: number, batch: string): string =>
  `${padded(createdAt, TIME_DIGITS)}#${batch}`;
export const digestTime = (createdAt: number): string => padded(createdAt, TIME_DIGITS);
