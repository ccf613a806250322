// A local instance deletes rows whose time is up: its database does not do it by itself.
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { runDev } from "@hookclock/local";
import { expect, test } from "vitest";

const TABLES = {
  tasksTableName: "tasks",
  logsTableName: "logs",
  apiTableName: "api",
  stateTableName: "state",
};
/** Longer than anything but the sweep sleeps. */
const LONG_MS = 60_000;

test("what is over goes from all four tables, after a rest, and no sooner", async () => {
  const stop = new AbortController();
  const started = Promise.withResolvers<{ endpoint: string }>();
  const rested = Promise.withResolvers<void>();
  const wake = Promise.withResolvers<void>();
  let rests = 0;
  const running = runDev(
    {
      ...{ port: 0, anyPortWill: true, apiPort: 0, anyApiPortWill: true, publicUrl: null },
      ...{ demo: false, forMs: null, concurrency: null, signingSecrets: [], webSub: { hub: {} } },
      ...{ memory: true, dataDir: join(tmpdir(), `hookclock-sweep-${randomUUID()}`), version: "0.0.0" },
      ...TABLES,
    },
    {
      terminal: {
        write(text) {
          const event = JSON.parse(text) as { type: string; endpoint: string };
          if (event.type === "started") started.resolve(event);
        },
        size: () => ({ columns: 80, rows: 24 }),
        colour: false,
      },
      style: "json",
      pid: process.pid,
      now: () => Date.UTC(2030, 0, 1),
      async sleep(ms, signal) {
        const aborted = new Promise<void>((end) => signal?.addEventListener("abort", () => end()));
        const isRest = ms >= LONG_MS;
        if (isRest && rests++ > 0) rested.resolve();
        const pause = isRest && rests === 1 ? wake.promise : new Promise<void>(() => {});
        // The watcher of the screen looks and looks: a breath between two looks leaves room for the others.
        const breath = new Promise<void>((end) => setTimeout(end, 20));
        await Promise.race([ms < LONG_MS ? breath : pause, aborted]);
      },
      stop: stop.signal,
      onExit: () => {},
    },
  );
  const { endpoint } = await Promise.race([started.promise, running.then(() => Promise.reject())]);
  const client = new DynamoDBClient({
    ...{ endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } },
  });
  const past = { ttl: { N: "1000" }, marked: { BOOL: true } };
  const tables = Object.values(TABLES);
  for (const TableName of tables) {
    const key = TableName === "tasks" ? ["namespace", "id"] : ["pk", "sk"];
    const Item = { ...Object.fromEntries(key.map((name) => [name, { S: "old" }])), ...past };
    await client.send(new PutItemCommand({ TableName, Item }));
  }
  const left = async () => {
    const counts = tables.map(async (TableName) => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName }));
      return Items.filter(({ marked }) => marked !== undefined).length;
    });
    return Promise.all(counts);
  };
  expect(await left()).toEqual([1, 1, 1, 1]);
  wake.resolve();
  await rested.promise;
  expect(await left()).toEqual([0, 0, 0, 0]);
  client.destroy();
  stop.abort();
  expect(await running).toBe(0);
});
