import { startDynalite } from "@hookclock/testkit";
import { expect, test, vi } from "vitest";
import { Hooks } from "./hooks.ts";

const client = vi.hoisted(() => ({ isLoaded: false, ...Promise.withResolvers<void>() }));
vi.mock("../../transport-http/src/connection-pool.ts", (original) => {
  client.isLoaded = true;
  client.resolve();
  return original();
});

test("the HTTP client is loaded by who delivers, before it is known whether there is anything to deliver", async () => {
  const database = await startDynalite();
  const hooks = new Hooks({
    ...{ endpoint: database.endpoint, region: "local", accessKeyId: "k", secretAccessKey: "s" },
    ...{ tasksTableName: "tasks", logsTableName: "logs", createTable: true },
  });
  const scheduledDate = "2999-01-01T00:00:00Z";
  const task = { namespace: "app", id: "a", url: "https://example.com/", scheduledDate };
  await hooks.register(task);
  await hooks.suspend(task);
  expect((await hooks.fetch({ namespace: "app" })).items).toHaveLength(1);
  expect(client.isLoaded).toBe(false);
  expect(await hooks.trigger()).toMatchObject({ processed: 0 });
  await client.promise;
  await hooks.close();
  await database.stop();
});
