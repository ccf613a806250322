// WebSub twice, on databases of their own: once by itself, once behind the API and its client.
import { RemoteWebSub, type WebSubLike } from "@hookclock/client";
import { startDynalite } from "@hookclock/testkit";
import Hooks, { createWebSub, type WebSub } from "hookclock";
import { counter, type ServedApi, type StillClock, serveApi, stillClock } from "./support.ts";

/** `hooks` run the tasks that all this is done by. */
export type World = { webSub: WebSubLike; hooks: Hooks; notes: Map<string, string> };
export type WebSubWorlds = AsyncDisposable & {
  clock: StillClock;
  both: readonly [World, World];
  served: ServedApi;
  /** A client with another key. */
  clientWith(token: string): RemoteWebSub;
};

/** A row of bytes that look like chance and are the same in both worlds. */
const bytesInARow = (): ((size: number) => Uint8Array) => {
  let next = 0;
  return (size) => {
    next += 1;
    return new Uint8Array(size).fill(next);
  };
};

function openWebSub(endpoint: string, clock: StillClock, name: string): { hooks: Hooks; webSub: WebSub } {
  const egress = { allow: ["127.0.0.1"] };
  const seams = { clock, random: () => 0.5, newId: counter() };
  const webSub = createWebSub(
    {
      ...{ endpoint, stateTableName: `${name}-state`, createTable: true, egress },
      baseUrl: "https://hooks.example.com",
    },
    { ...seams, randomBytes: bytesInARow() },
  );
  const hooks = new Hooks(
    {
      ...{ endpoint, tasksTableName: `${name}-tasks`, logsTableName: `${name}-logs`, createTable: true },
      ...{ egress, handlers: webSub.attach },
    },
    seams,
  );
  return { hooks, webSub };
}

export async function openWebSubWorlds(): Promise<WebSubWorlds> {
  const clock = stillClock();
  const database = await startDynalite();
  const direct = openWebSub(database.endpoint, clock, "direct");
  const behind = openWebSub(database.endpoint, clock, "behind");
  const served = await serveApi(database.endpoint, clock, { hooks: behind.hooks, websub: behind.webSub });
  const clients: RemoteWebSub[] = [];
  const clientWith = (key: string): RemoteWebSub => {
    const room = { now: clock.now, sleep: clock.sleep, newId: counter(), randomBytes: bytesInARow() };
    const client = new RemoteWebSub({ url: served.url, key }, room);
    clients.push(client);
    return client;
  };
  const webSub = clientWith(await served.keyFor());
  return {
    ...{ clock, served, clientWith },
    both: [
      { ...direct, notes: new Map() },
      { webSub, hooks: behind.hooks, notes: new Map() },
    ],
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      await served[Symbol.asyncDispose]();
      await direct.hooks.close();
      await Promise.all([direct, behind].map((one) => one.webSub.close()));
      await database.stop();
    },
  };
}
