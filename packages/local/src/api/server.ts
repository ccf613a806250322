// The HTTP API on this machine: one listener on loopback, for this machine's own names and that of a tunnel to it only.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import { listenError } from "../errors.ts";
import { type Answered, Exchanges } from "./exchanges.ts";
import { hostsOf, isForUs, isFromOurPages } from "./hosts.ts";
import { FAULT, FOREIGN_PAGE, notForUs, problemResponse, sendProblem, UNREADABLE } from "./problem.ts";

export type ApiServerOptions = {
  /** The API. The signal of its request aborts when the caller goes away. Its answers name the request in `x-request-id`. */
  fetch(request: Request): Response | Promise<Response>;
  /** 0 = any free one. */
  port: number;
  /** Where a tunnel leads from to here: requests for that host are taken too. Null when there is none. */
  publicUrl?: string | null;
  now(): number;
  onAnswered(answered: Answered): void;
};
export type ApiServer = {
  url: string;
  /** No new requests, those that run are finished, event streams end at once. Safe to call twice. */
  stop(): Promise<void>;
};

const HOST = "127.0.0.1";
const CONNECTIONS_MAX = 256;

/**
 * Listens on 127.0.0.1 only; answers when the promise resolves.
 *
 * @throws LocalError `port-taken` when another process listens there.
 */
export async function serveApi(options: ApiServerOptions): Promise<ApiServer> {
  const { fetch, port, publicUrl = null, now, onAnswered } = options;
  const exchanges = new Exchanges(now, onAnswered);
  const answer = answerWith(fetch, exchanges, hostsOf(publicUrl));
  const server = createServer((request, response) => {
    exchanges.begin(request, response);
    void answer(request, response);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.listen(port, HOST);
  try {
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, { host: HOST, port, option: "--api-port" });
  }
  const { port: bound } = server.address() as AddressInfo;
  let stopped: Promise<void> | null = null;
  return {
    url: `http://${HOST}:${bound}`,
    stop() {
      stopped ??= stop(server, exchanges);
      return stopped;
    },
  };
}

async function stop(server: Server, exchanges: Exchanges): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await exchanges.end();
  server.closeAllConnections();
  await closed;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function answerWith(
  fetch: ApiServerOptions["fetch"],
  exchanges: Exchanges,
  publicHosts: readonly string[],
): Answer {
  const answer = getRequestListener(
    async (request, { outgoing }) => {
      const response = await fetch(request);
      const id = response.headers.get("x-request-id");
      // Said to Node here, so that it can be read again when the answer is out.
      if (id !== null) outgoing.setHeader("x-request-id", id);
      return exchanges.answering(response, outgoing);
    },
    {
      overrideGlobalObjects: false,
      errorHandler: (error) =>
        problemResponse(randomUUID(), error instanceof RequestError ? UNREADABLE : FAULT),
    },
  );
  return async (request, response) => {
    const { method, headers, url } = request;
    if (!isForUs(headers.host, url, publicHosts)) {
      sendProblem(response, randomUUID(), notForUs(publicHosts));
    } else if (!isFromOurPages(method, headers.origin, publicHosts)) {
      sendProblem(response, randomUUID(), FOREIGN_PAGE);
    } else await answer(request, response);
  };
}
