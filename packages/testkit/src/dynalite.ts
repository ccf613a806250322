// An embedded DynamoDB for tests, on loopback and in memory.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";

export type LocalDatabase = { endpoint: string; stop(): Promise<void> };

/** Starts dynalite on a free port of 127.0.0.1. It is ready when the promise resolves. */
export async function startDynalite(): Promise<LocalDatabase> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
