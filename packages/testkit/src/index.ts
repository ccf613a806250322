export { createMemoryStores, type MemoryStores } from "./memory-store.ts";
export type { CallHook, MemoryFaults, StoreMethod } from "./memory-store-faults.ts";
export type { LeaseState } from "./memory-store-leases.ts";
