// How long the row of a finished task is kept. Pure: the instant is handed in.
import { LIMITS } from "../limits.ts";
import type { TaskRow } from "./row.ts";

type Ending = Pick<TaskRow, "status" | "keepSeconds">;

/** Seconds a row in this state is kept from now on; undefined: for ever. */
function keptSeconds({ status, keepSeconds }: Ending): number | undefined {
  if (keepSeconds === undefined) return undefined;
  if (status === "DONE") return keepSeconds;
  // People find out about failures and bring them back: they are given as long as execution logs are there to read.
  if (status === "FAILED") return Math.max(keepSeconds, LIMITS.failedKeptSecondsMin);
  return undefined;
}

/**
 * The row with the end its state calls for: counted from `now` when it is finished and has `keepSeconds`, none
 * otherwise. Every move that may finish a task or bring it back ends with this.
 */
export function withEnd(row: TaskRow, now: number): TaskRow {
  const { ttl: _ttl, ...rest } = row;
  const seconds = keptSeconds(row);
  return seconds === undefined ? rest : { ...rest, ttl: Math.ceil(now / 1_000) + seconds };
}

/** True when the row's time is up: for readers it does not exist, though the database may delete it days later. */
export const isOver = ({ ttl }: Pick<TaskRow, "ttl">, now: number): boolean =>
  ttl !== undefined && ttl * 1_000 <= now;
