// The HTTP API: one application, served by whoever has its dependencies.
export { createApi } from "./app.ts";
export type {
  ApiClock,
  ApiDependencies,
  ApiHooks,
  ErrorEntry,
  RequestEntry,
  RequestLog,
  StreamOptions,
} from "./ports.ts";
