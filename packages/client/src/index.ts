// The library's calls, over the HTTP API of a deployment.
export type { HooksLike } from "./hooks-like.ts";
export type { LogStreamInput, StreamedLog } from "./log-stream.ts";
export { isLoopback, parseApiUrl, type RemoteOptions } from "./options.ts";
export { RemoteHooks, type RemoteKeys } from "./remote-hooks.ts";
export { RemoteWebSub } from "./remote-websub.ts";
export type { Room, WebSubRoom } from "./room.ts";
export type { WebSubLike } from "./websub-like.ts";
