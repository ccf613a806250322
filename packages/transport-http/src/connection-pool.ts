import type { Dispatcher } from "undici";
import Agent from "undici/lib/dispatcher/agent.js";
import Client from "undici/lib/dispatcher/client.js";
import Pool from "undici/lib/dispatcher/pool.js";
import {
  type ConnectorOptions,
  type ConnectTimings,
  guardedConnector,
  type SessionKeeper,
} from "./connector.ts";

export type PoolOptions = ConnectorOptions & { connectionsPerHost: number; answerHeaderBytesMax: number };

/** What a request handler gets told about the connection it runs on. */
export type OnConnection = {
  /** Asked once, when the request goes out: how the connection came to be, if it was made for this request. */
  takeConnectTimings?: () => ConnectTimings | undefined;
};

/**
 * A client is one connection. It tells the first request on each new socket how long that socket took to make:
 * undici itself does not connect the two.
 */
class TimedClient extends Client {
  readonly #taken: () => ConnectTimings | undefined;

  constructor(origin: string | URL, options: Client.Options, pool: PoolOptions, keeper: SessionKeeper) {
    let fresh: ConnectTimings | undefined;
    const connect = guardedConnector(pool, keeper, (timings) => {
      fresh = timings;
    });
    super(origin, { ...options, connect });
    this.#taken = () => {
      const timings = fresh;
      fresh = undefined;
      return timings;
    };
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler & OnConnection,
  ): boolean {
    handler.takeConnectTimings = this.#taken;
    return super.dispatch(options, handler);
  }
}

/**
 * A pool of kept-alive HTTP/1.1 connections per origin, each bound to an address that was checked when it was made.
 * Pools without connections go away by themselves.
 */
export const createConnectionPool = (options: PoolOptions): Agent =>
  new Agent({
    pipelining: 1,
    maxHeaderSize: options.answerHeaderBytesMax,
    // The attempt's own timer covers all phases; undici's would only be a second opinion.
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (origin, agentOptions: Pool.Options) => {
      const keeper: SessionKeeper = {};
      return new Pool(origin, {
        ...agentOptions,
        connections: options.connectionsPerHost,
        allowH2: false,
        factory: (clientOrigin, clientOptions) =>
          new TimedClient(clientOrigin, clientOptions as Client.Options, options, keeper),
      });
    },
  });
