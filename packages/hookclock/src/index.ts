// The library: `import Hooks from "hookclock"`.
import { Hooks } from "./hooks.ts";

export {
  type ApiKey,
  allows,
  type CatchUp,
  covers,
  type ErrorCode,
  type ExecutionLog,
  HookclockError,
  type IdempotentRequest,
  isHookclockError,
  type Json,
  type LogStatus,
  type Method,
  type NewAnswer,
  type NewApiKey,
  type Outcome,
  type OutcomeClass,
  PERMISSIONS,
  type Permission,
  type Reason,
  type RegisterInput,
  type Repeat,
  type RetryPolicy,
  type Status,
  type StoredAnswer,
  type Task,
  type TaskKey,
  type TaskRow,
  type Unit,
  type UpdateInput,
} from "@hookclock/core";
export type {
  AttemptContext,
  Clock,
  Document,
  DocumentKey,
  DocumentPage,
  DocumentQuery,
  DocumentStore,
  EngineEvent,
  Handler,
  NewDocument,
  RunOptions,
  Tally,
  TriggerOptions,
  TriggerResult,
} from "@hookclock/engine";
export type { Capacity, Sweep, SweepStep, TableProblem } from "@hookclock/store-dynamodb";
export {
  type AddInput as AddSubscription,
  type Check as CallbackCheck,
  type Consumer,
  type ConsumerInput,
  type ConsumerStats,
  type Consumers,
  type ConsumersStats,
  type ContentReply,
  type Entry as FeedEntry,
  type Events,
  type Filter as MessageFilter,
  type FormRequest as HubRequest,
  type Hub,
  type HubPolicy,
  type HubSubscriptionView as HubSubscription,
  type LinkedHandler,
  type LinkInput,
  type Message,
  newConsumer,
  newHandler,
  newReplay,
  newSubscription,
  newTell,
  type PublishedContent,
  type Push as CallbackPush,
  publishedIdField,
  type Replay,
  type ReplayInput,
  type ShownConsumer,
  type Subscriber,
  type SubscriptionState,
  type SubscriptionView as Subscription,
  type Tasks as WebSubTasks,
  type TellInput,
  type WebReply,
  type WebSubEvent,
} from "@hookclock/websub";
export { createApiState } from "./api-state.ts";
export type {
  ApiKeys,
  ApiState,
  ApiStateOptions,
  ApiStateSeams,
  CreatedApiKey,
  IdempotencyRecords,
  IdempotencyResult,
  IdempotencyToken,
} from "./api-state-types.ts";
export type { AheadInput, AheadResult, BacklogInput, BacklogResult } from "./due-queries.ts";
export type { HooksOptions, ManyInput, ManyResult, RegisterOutcome, Seams } from "./hooks.ts";
export type { LogStartKey, TaskFilter, TaskStartKey } from "./inputs.ts";
export type {
  DryrunInput,
  DryrunResult,
  FetchInput,
  FetchResult,
  LogsInput,
  LogsResult,
  Stats,
} from "./queries.ts";
export { createState, type State, type StateOptions, type StateSeams } from "./state.ts";
export { createSweep, type SweepOptions } from "./sweep.ts";
export { createWebSub, type WebSub, type WebSubSeams } from "./websub.ts";
export type { HubOptions, WebSubOptions } from "./websub-options.ts";
export { Hooks };
export default Hooks;
