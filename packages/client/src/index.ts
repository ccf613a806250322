// The library's calls, over the HTTP API of a deployment.
export type { HooksLike } from "./hooks-like.ts";
export type { LogStreamInput, StreamedLog } from "./log-stream.ts";
export { isLoopback, parseApiUrl, type RemoteOptions } from "./options.ts";
export { RemoteHooks, type RemoteKeys } from "./remote-hooks.ts";
export type { Room } from "./room.ts";
