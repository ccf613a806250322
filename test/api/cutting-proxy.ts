// A relay on loopback that breaks connections in the middle of what they carry.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type CuttingProxy = AsyncDisposable & {
  url: string;
  /** Connections that were broken so far. */
  cuts(): number;
};

/** `bytesOf`: after how many bytes of the answer the next connection breaks; undefined lets it live. */
export async function startCuttingProxy(
  port: number,
  bytesOf: () => number | undefined,
): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => open.delete(socket));
    }
    let left = bytesOf() ?? Number.POSITIVE_INFINITY;
    near.pipe(far);
    far.on("data", (bytes: Buffer) => {
      const part = bytes.subarray(0, Math.min(bytes.length, left));
      left -= bytes.length;
      if (left > 0) return near.write(part);
      cuts += 1;
      // Half an event may have gone out; the rest never does.
      return near.write(part, () => {
        near.destroy();
        far.destroy();
      });
    });
    far.on("close", () => near.destroy());
    near.on("close", () => far.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
