import type { Hooks, ManyInput, ManyResult, TaskKey } from "hookclock";

/**
 * What works the same on a database and over the API. `deleteMany` promises keys only: the API does not send a thousand
 * tasks back just because they are gone.
 */
export type HooksLike = Pick<
  Hooks,
  | "ready"
  | "checkTables"
  | "growShards"
  | "register"
  | "registerMany"
  | "trigger"
  | "triggerDryrun"
  | "get"
  | "fetch"
  | "fetchLogs"
  | "stats"
  | "update"
  | "reschedule"
  | "delete"
  | "suspend"
  | "unsuspend"
  | "runNow"
  | "retry"
  | "suspendMany"
  | "unsuspendMany"
  | "retryMany"
  | "runNowMany"
  | "rescheduleMany"
  | "clear"
  | "close"
> & { deleteMany(input: ManyInput): Promise<ManyResult<TaskKey>> };

type Fits<Implementation extends HooksLike> = Implementation;
/** The compiler's word that the library is one of them; `RemoteHooks` says so itself. */
export type LibraryHooks = Fits<Hooks>;
