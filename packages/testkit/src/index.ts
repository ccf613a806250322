export { type LocalDatabase, startDynalite } from "./dynalite.ts";
export { missingForDynamoDbLocal, startDynamoDbLocal } from "./dynamodb-local.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
export { loudSkip } from "./loud-skip.ts";
export { createMemoryDocuments, type MemoryDocuments } from "./memory-documents.ts";
export { createMemoryStores, type MemoryStores } from "./memory-store.ts";
export type { CallHook, MemoryFaults, StoreMethod } from "./memory-store-faults.ts";
export type { LeaseState } from "./memory-store-leases.ts";
export { seededRandom } from "./random.ts";
export {
  type Answer,
  type AnswerWith,
  type ReceivedRequest,
  type Receiver,
  type Script,
  startRawReceiver,
  startReceiver,
} from "./receiver.ts";
export {
  aTask,
  type Call,
  createTestEngine,
  ok,
  type Reply,
  refused,
  serverError,
  type TestEngine,
} from "./test-engine.ts";
