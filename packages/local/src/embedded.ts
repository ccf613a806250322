// The database of one machine: dynalite inside this process, on loopback only.
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { LocalError, listenError } from "./errors.ts";

export type EmbeddedOptions = {
  /** Folder that keeps the data; null keeps nothing. */
  dataDir: string | null;
  /** 0 = any free one. */
  port: number;
};
export type Embedded = { endpoint: string; port: number; stop(): Promise<void> };

export const DEFAULT_PORT = 8765;
const HOST = "127.0.0.1";

/**
 * Starts the embedded database; it answers when the promise resolves.
 *
 * @throws LocalError `port-taken` when another process listens there, `data-unusable` when the folder cannot be made.
 */
export async function startEmbedded({ dataDir, port }: EmbeddedOptions): Promise<Embedded> {
  if (dataDir !== null) makeFolder(dataDir);
  const instant = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  // Loaded here: commands that only talk to a database need not wait for it.
  const { default: dynalite } = await import("dynalite");
  const server = dynalite({ ...instant, ...(dataDir === null ? {} : { path: dataDir }) });
  server.on("request", surviveAborts);
  const running = trackRequests(server);
  server.listen(port, HOST);
  try {
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, { host: HOST, port, option: "--port" });
  }
  const bound = (server.address() as AddressInfo).port;
  return {
    endpoint: `http://${HOST}:${bound}`,
    port: bound,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await running.ended();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** dynalite throws when a client goes away in the middle of a request, which would end the whole process. */
function surviveAborts(request: IncomingMessage): void {
  request.removeAllListeners("error");
  request.on("error", () => {});
}

/** No request takes the embedded database longer; after that it is closed all the same. */
const ENDED_MS_MAX = 5_000;

/** dynalite throws as well when it is closed under a request that it is still at, whoever may wait for the answer. */
function trackRequests(server: Server): { ended(): Promise<void> } {
  const open = new Map<ServerResponse, IncomingMessage>();
  let onEnded = (): void => {};
  // What is not here completely has not begun.
  const isIdle = () => [...open.values()].every(({ complete }) => !complete);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (response.writableEnded) return;
    open.set(response, request);
    const forget = () => {
      open.delete(response);
      if (isIdle()) onEnded();
    };
    // Of an answer to somebody who is gone there is no event: the call alone tells that the work is done.
    response.end = new Proxy(response.end, {
      apply(end, self, given) {
        setImmediate(forget);
        return Reflect.apply(end, self, given);
      },
    });
    request.once("close", () => {
      if (!request.complete) forget();
    });
  });
  return {
    async ended() {
      if (isIdle()) return;
      const timer = new AbortController();
      const allEnded = new Promise<void>((resolve) => {
        onEnded = resolve;
      });
      await Promise.race([allEnded, delay(ENDED_MS_MAX, undefined, timer).catch(() => {})]);
      timer.abort();
    },
  };
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    throw folderError(error, dataDir);
  }
}

const folderError = (error: unknown, dataDir: string): LocalError =>
  new LocalError("data-unusable", `the folder ${dataDir} cannot be made: ${messageOf(error)}`, {
    hint: "choose another folder with --data DIR, or keep nothing with --memory",
    cause: error,
  });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
