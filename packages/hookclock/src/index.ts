// The library: `import Hooks from "hookclock"`.
import { Hooks } from "./hooks.ts";

export {
  type CatchUp,
  type ErrorCode,
  type ExecutionLog,
  HookclockError,
  isHookclockError,
  type Json,
  type LogStatus,
  type Method,
  type Outcome,
  type OutcomeClass,
  type Reason,
  type RegisterInput,
  type Repeat,
  type RetryPolicy,
  type Status,
  type Task,
  type TaskKey,
  type TaskRow,
  type Unit,
  type UpdateInput,
} from "@hookclock/core";
export type {
  AttemptContext,
  Clock,
  EngineEvent,
  Handler,
  RunOptions,
  Tally,
  TriggerOptions,
  TriggerResult,
} from "@hookclock/engine";
export type { TableProblem } from "@hookclock/store-dynamodb";
export type { ManyInput, RegisterOutcome, Seams } from "./hooks.ts";
export type { LogStartKey, TaskFilter, TaskStartKey } from "./inputs.ts";
export type { HooksOptions } from "./options.ts";
export type {
  DryrunInput,
  DryrunResult,
  FetchInput,
  FetchResult,
  LogsInput,
  LogsResult,
  Stats,
} from "./queries.ts";
export { Hooks };
export default Hooks;
