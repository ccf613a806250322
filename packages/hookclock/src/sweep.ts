// The door to the sweep: deleting what is over, where the database does not do it by itself.
import { check, LIMITS } from "@hookclock/core";
import { createSweep as openSweep, type Sweep } from "@hookclock/store-dynamodb";
import * as z from "zod";
import { apiTableName } from "./api-state.ts";
import { type ConnectionOptions, checkConnection, connectionFields, tableName } from "./connection.ts";
import { stateFields } from "./state.ts";

/** The connection is given as for `Hooks`. A table that does not exist is passed over. */
export type SweepOptions = ConnectionOptions & {
  tasksTableName: string;
  logsTableName: string;
  /** Default `hookclock-api`. */
  apiTableName?: string;
  /** Default `hookclock-state`. */
  stateTableName?: string;
  /** Rows looked at in one step, at most. Default 100. */
  pageRows?: number;
};

const schema = z.strictObject({
  ...connectionFields,
  tasksTableName: tableName,
  logsTableName: tableName,
  apiTableName,
  stateTableName: stateFields.stateTableName,
  pageRows: z.number().int().min(1).max(LIMITS.pageSizeMax).optional(),
});
/** What deletes must not be told a time that is none. */
const instant = z.number().int().min(0).max(8.64e15);

/**
 * A sweep over all tables, page by page. Nothing is sent before the first step. It scans: on DynamoDB itself, which
 * deletes by TTL, it would only cost.
 *
 * @throws HookclockError `invalid-input` or `unknown-option`, here and at a step whose instant is none.
 */
export function createSweep(options: SweepOptions): Sweep {
  const checked = check(schema, options, "options");
  checkConnection(checked);
  const sweep = openSweep(checked);
  return {
    step: async (now) => sweep.step(check(instant, now, "now")),
    close: () => sweep.close(),
  };
}
