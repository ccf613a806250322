// An API of paper: a server on loopback that answers as a test says, and a client on it.
import { type Receiver, type Script, startReceiver } from "@hookclock/testkit";
import type { RemoteOptions } from "./options.ts";
import { RemoteHooks } from "./remote-hooks.ts";

export const KEY = `hc_0123456789abcdef_${"s3cret-".repeat(6)}x`;

export type PaperApi = AsyncDisposable & { hooks: RemoteHooks; server: Receiver; waits: number[] };

/** Time stands still, and waiting takes none of it: `waits` tells how long each would have been. */
export async function paperApi(script: Script, options: Partial<RemoteOptions> = {}): Promise<PaperApi> {
  const server = await startReceiver(script);
  const waits: number[] = [];
  let ids = 0;
  const hooks = new RemoteHooks(
    { url: server.url, key: KEY, ...options },
    {
      now: () => Date.UTC(2030, 0, 31, 12),
      sleep: async (ms) => void waits.push(ms),
      newId: () => `id-${++ids}`,
    },
  );
  return {
    hooks,
    server,
    waits,
    async [Symbol.asyncDispose]() {
      await hooks.close();
      await server.close();
    },
  };
}

export const json = (status: number, document: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(document),
});
export const problem = (
  status: number,
  code: string,
  more: object = {},
  headers: Record<string, string> = {},
) => json(status, { type: `urn:hookclock:problem:${code}`, title: code, status, code, ...more }, headers);

export const aTask = (id: string, more: object = {}) => ({
  ...{ namespace: "n", id, status: "ACTIVE", scheduledDate: "2030-01-31T12:00:00.000Z" },
  ...more,
});

/** The bodies that came in, as JSON. */
export const bodiesOf = ({ server }: PaperApi): unknown[] =>
  server.requests.map(({ body }) => (body.length === 0 ? null : JSON.parse(body.toString("utf8"))));
