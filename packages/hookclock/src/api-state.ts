// The state of the HTTP API, put together: its table, a clock, chance.
import { HookclockError } from "@hookclock/core";
import type { ApiState, ApiStateOptions, ApiStateSeams } from "./api-state-types.ts";

/** Keys, records of requests and secrets of the HTTP API, in a table of its own. Nothing is sent before the first call. */
export function createApiState(_options: ApiStateOptions = {}, _seams: ApiStateSeams = {}): ApiState {
  throw new HookclockError("store-unavailable", "the state of the API is not there yet");
}
