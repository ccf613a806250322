export * from "./delivery/outcome.ts";
export * from "./errors.ts";
export * from "./limits.ts";
export * from "./task/log.ts";
export * from "./task/row.ts";
