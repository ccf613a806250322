// The listener of the API, there before the API is: WebSub tells others its own address, so that comes first.
import type { Answered } from "../api/exchanges.ts";
import { problemResponse, STARTING } from "../api/problem.ts";
import { serveApi } from "../api/server.ts";
import { LocalError } from "../errors.ts";

export type DoorOptions = {
  /** 0 = any free one. */
  apiPort: number;
  /** When the port is taken, take any free one. */
  anyApiPortWill: boolean;
  /** Where others reach this instance, through a tunnel of the user's: `https://abc.example`. Null when there is none. */
  publicUrl: string | null;
};
type Fetch = (request: Request) => Response | Promise<Response>;
export type Door = {
  /** On this machine. */
  url: string;
  /** Where callbacks and hub are: for others where that is known, otherwise on this machine. */
  baseUrl: string;
  /** Says who answers from now on, and who hears of it. Until then callers are told to come back. */
  open(fetch: Fetch, onAnswered: (answered: Answered) => void): void;
  /** Takes no more requests and finishes those that run. Safe to call twice. */
  stop(): Promise<void>;
};

/**
 * Listens on 127.0.0.1; when the promise resolves, the address is known.
 *
 * @throws LocalError `port-taken` when another process listens there.
 */
export async function makeDoor(
  { apiPort, anyApiPortWill, publicUrl }: DoorOptions,
  room: { now(): number; newId(): string },
): Promise<Door> {
  let fetch: Fetch = () => problemResponse(room.newId(), STARTING);
  let onAnswered: (answered: Answered) => void = () => {};
  const serve = (port: number) =>
    serveApi({
      fetch: (request) => fetch(request),
      ...{ port, publicUrl },
      now: room.now,
      onAnswered: (answered) => onAnswered(answered),
    });
  const server = await serve(apiPort).catch((error: unknown) => {
    if (!anyApiPortWill || !(error instanceof LocalError) || error.code !== "port-taken") throw error;
    return serve(0);
  });
  return {
    url: server.url,
    baseUrl: publicUrl ?? server.url,
    open(answerWith, tell) {
      fetch = answerWith;
      onAnswered = tell;
    },
    stop: () => server.stop(),
  };
}
