// Requests whose answers are wanted as bytes: pages, feeds, hubs, callbacks.
import type { EgressPolicy, FailureWord, Timings } from "@hookclock/core";

export type WebRequest = {
  method: "GET" | "HEAD" | "POST";
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array | string;
  /** For everything together: name, connection, headers, body. */
  timeoutMs: number;
  /** How much of the answer's body is wanted, unpacked; the rest is not read. */
  answerBytesMax: number;
  signal?: AbortSignal;
};
export type WebAnswer = {
  kind: "answered";
  status: number;
  /** Names in lower case. Headers that came several times are joined by ", ". */
  headers: Readonly<Record<string, string>>;
  /** Unpacked, if it came compressed; `content-encoding` then is gone. Where it is not, the body is as it came. */
  body: Uint8Array;
  /** There was more than what is here, or it broke off. */
  truncated: boolean;
  timings: Timings;
};
export type WebFailure = { kind: "unreachable"; word: FailureWord; message: string; timings: Timings };

export interface WebClient {
  /** What it may talk to. */
  readonly egress: EgressPolicy;
  /** One request, never repeated, no redirect followed. Rejects only when the fault is ours. */
  send(request: WebRequest): Promise<WebAnswer | WebFailure>;
}
