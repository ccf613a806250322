import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";

/** One request as it came in. `rawHeaders` keeps order, case and duplicates; `body` is the bytes. */
export type ReceivedRequest = {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: Buffer;
  /** Number of the connection it came on, from 1: equal numbers mean a reused socket. */
  connection: number;
};

/** What to answer: a status, or more of it. `hang` reads the request and never answers. */
export type Answer =
  | number
  | "hang"
  | {
      status?: number;
      headers?: Record<string, string | string[]>;
      body?: string | Uint8Array;
      /** The answer waits for this, so that tests decide when it goes out. */
      after?: Promise<unknown>;
    };

/** Anything else: the function holds the response in its hands. */
export type AnswerWith = (
  request: ReceivedRequest,
  response: ServerResponse,
) => Answer | undefined | Promise<Answer | undefined>;

/** Answers in turn (the last one again and again), or one answer or function for all. */
export type Script = Answer | AnswerWith | readonly (Answer | AnswerWith)[];

export type Receiver = AsyncDisposable & {
  /** `http://127.0.0.1:<port>` without a slash at the end. */
  url: string;
  port: number;
  /** All requests so far, bodies complete. */
  requests: ReceivedRequest[];
  /** Connections accepted so far. */
  connections: () => number;
  /** Resolves with the requests as soon as there are `count` of them. */
  received(count: number): Promise<ReceivedRequest[]>;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
};

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const reply = async (answer: Answer, response: ServerResponse): Promise<void> => {
  if (answer === "hang") return;
  const {
    status = 200,
    headers = {},
    body = "",
    after,
  } = typeof answer === "number" ? { status: answer } : answer;
  await after;
  response.writeHead(status, headers).end(body);
};

const listen = (server: Server, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
  });

/** Numbers connections, and can end them all: `Server.close` alone waits for idle ones. */
const trackSockets = (server: Server) => {
  const open = new Set<Socket>();
  const numbers = new WeakMap<Socket, number>();
  let count = 0;
  const end = (socket: Socket) => socket.on("error", () => {}).on("close", () => open.delete(socket));
  server.on("connection", (socket: Socket) => {
    count += 1;
    numbers.set(socket, count);
    open.add(end(socket));
  });
  // A request over TLS knows only the socket inside, so those are numbered by themselves.
  let secured = 0;
  server.on("secureConnection", (socket: Socket) => {
    secured += 1;
    numbers.set(end(socket), secured);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  return { numberOf: (socket: Socket) => numbers.get(socket) ?? 0, count: () => count, close };
};

/** Collects requests and lets tests wait for the n-th. */
const inbox = () => {
  const requests: ReceivedRequest[] = [];
  let waiting: { count: number; resolve: (requests: ReceivedRequest[]) => void }[] = [];
  const add = (request: ReceivedRequest) => {
    requests.push(request);
    const ready = waiting.filter(({ count }) => count <= requests.length);
    waiting = waiting.filter(({ count }) => count > requests.length);
    for (const { resolve } of ready) resolve(requests);
  };
  const received = (count: number): Promise<ReceivedRequest[]> =>
    requests.length >= count
      ? Promise.resolve(requests)
      : new Promise((resolve) => {
          waiting.push({ count, resolve });
        });
  return { requests, add, received };
};

/**
 * A real HTTP receiver on loopback that answers by script and keeps every request with its raw body.
 * With `tls` it speaks HTTPS. Port is chosen by the system.
 */
export const startReceiver = async (
  script: Script = 200,
  options: { host?: string; tls?: { key: string; cert: string }; keepAliveTimeoutMs?: number } = {},
): Promise<Receiver> => {
  const box = inbox();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const { method = "", url = "", headers, rawHeaders } = request;
    const connection = sockets.numberOf(request.socket);
    const received = { method, url, headers, rawHeaders, body, connection };
    const position = box.requests.length;
    box.add(received);
    const steps = Array.isArray(script) ? script : [script];
    const step = (steps[Math.min(position, steps.length - 1)] ?? 200) as Answer | AnswerWith;
    const answer = typeof step === "function" ? await step(received, response) : step;
    if (answer !== undefined) await reply(answer, response);
  };
  // A connection that ends while its request is read is the test's doing, not an error of the receiver.
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void handle(request, response).catch(() => response.destroy());
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  if (options.keepAliveTimeoutMs !== undefined) server.keepAliveTimeout = options.keepAliveTimeoutMs;
  const sockets = trackSockets(server);
  const host = options.host ?? "127.0.0.1";
  const port = await listen(server, host);
  const url = `${options.tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { requests, received } = box;
  return {
    url,
    port,
    requests,
    received,
    connections: sockets.count,
    close: sockets.close,
    [Symbol.asyncDispose]: sockets.close,
  };
};

/**
 * A bare TCP receiver for answers no HTTP server would give. `onRequest` gets the socket once the first bytes of a
 * request are there (again for each later chunk, with its number from 1).
 */
export const startRawReceiver = async (
  onRequest: (socket: Socket, chunk: Buffer, chunkNumber: number) => void,
  onConnect: (socket: Socket) => void = () => {},
): Promise<
  AsyncDisposable & { url: string; port: number; connections: () => number; close(): Promise<void> }
> => {
  const server = createTcpServer((socket) => {
    let chunks = 0;
    onConnect(socket);
    socket.on("data", (chunk: Buffer) => {
      chunks += 1;
      onRequest(socket, chunk, chunks);
    });
  });
  const sockets = trackSockets(server);
  const port = await listen(server, "127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    connections: sockets.count,
    close: sockets.close,
    [Symbol.asyncDispose]: sockets.close,
  };
};
