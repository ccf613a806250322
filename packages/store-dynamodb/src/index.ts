export type { Capacity, ConnectionOptions } from "./client.ts";
export { createStores, type Stores, type StoresOptions } from "./create-stores.ts";
export { INDEX } from "./keys.ts";
export { LOGS_SHAPE, TASKS_SHAPE, type TableProblem, type TableShape } from "./tables.ts";
