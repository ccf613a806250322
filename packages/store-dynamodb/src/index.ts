export type { Capacity, ConnectionOptions } from "./client.ts";
export { type ApiStore, type ApiStoreOptions, createApiStore } from "./create-api-store.ts";
export {
  createDocumentStore,
  type DocumentStoreOptions,
  type OpenedDocumentStore,
} from "./create-document-store.ts";
export { createStores, type Stores, type StoresOptions } from "./create-stores.ts";
export { API_SHAPE, INDEX, LOGS_SHAPE, STATE_SHAPE, TASKS_SHAPE, type TableShape } from "./shapes.ts";
export { createSweep, type Sweep, type SweepOptions, type SweepStep } from "./sweep.ts";
export type { TableProblem } from "./tables.ts";
