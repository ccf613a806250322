// A proxy in front of a local database that misbehaves when a test says so: the failures a network and a busy table
// really have.
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * `refuse` cuts the connection before anything arrives · `loseAnswer` lets the request happen and cuts the connection
 * instead of answering · `throttle` answers ProvisionedThroughputExceeded · `fail` answers 500 · a number delays, ms.
 */
export type Fault = "refuse" | "loseAnswer" | "throttle" | "fail" | number;

export type FaultProxy = AsyncDisposable & {
  endpoint: string;
  /** The next `times` requests of the operation (`PutItem`, or `*` for any) meet the fault. */
  next(operation: string, fault: Fault, times?: number): void;
  /** Drops all faults that still wait. */
  heal(): void;
  /** Operations that came in, in order, faulty ones included. */
  operations: string[];
};

const THROTTLED = JSON.stringify({
  __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
  message: "scripted",
});
const FAILED = JSON.stringify({
  __type: "com.amazonaws.dynamodb.v20120810#InternalServerError",
  message: "scripted",
});

/** Starts the proxy on a free port of 127.0.0.1. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let faults: { operation: string; fault: Fault; left: number }[] = [];
  const operations: string[] = [];

  const takeFault = (operation: string): Fault | null => {
    const found = faults.find(
      (one) => one.left > 0 && (one.operation === "*" || one.operation === operation),
    );
    if (found === undefined) return null;
    found.left -= 1;
    return found.fault;
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const operation = String(incoming.headers["x-amz-target"] ?? "").replace(/^.*\./, "");
    operations.push(operation);
    const body = await readAll(incoming);
    const fault = takeFault(operation);
    const json = { "content-type": "application/x-amz-json-1.0" };
    if (fault === "refuse") return void incoming.socket.destroy();
    if (fault === "throttle") return void response.writeHead(400, json).end(THROTTLED);
    if (fault === "fail") return void response.writeHead(500, json).end(FAILED);
    if (typeof fault === "number") await new Promise((resolve) => setTimeout(resolve, fault));
    const answer = await forward(target, incoming, body);
    if (fault === "loseAnswer") return void incoming.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    operations,
    next(operation, fault, times = 1) {
      faults.push({ operation, fault, left: times });
    },
    heal() {
      faults = [];
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function forward(target: string, incoming: IncomingMessage, body: Buffer) {
  const outgoing = request(target, { method: incoming.method ?? "POST", headers: incoming.headers });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 500, headers: answer.headers, body: await readAll(answer) };
}
