// WebSub on the engine: subscriber, hub, dotted events, consumers.
export type * from "./ports.ts";
