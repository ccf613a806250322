import { Hooks } from "hookclock";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../embedded.ts";
import type { DevEvent } from "../events.ts";
import { Watcher } from "./watch.ts";

let database: Embedded;
let hooks: Hooks;
let told: DevEvent[];
let watcher: Watcher;
const NOON = Date.UTC(2030, 0, 31, 12);

beforeAll(async () => {
  database = await startEmbedded({ dataDir: null, port: 0 });
  const tables = { tasksTableName: "tasks", logsTableName: "logs", createTable: true };
  hooks = new Hooks({ endpoint: database.endpoint, ...tables });
});
afterAll(async () => {
  await hooks.close();
  await database.stop();
});
beforeEach(async () => {
  await hooks.clear("n");
  told = [];
  watcher = new Watcher(hooks, (event) => told.push({ at: NOON, ...event } as DevEvent));
});

const register = (id: string, scheduledDate = "2030-02-01") =>
  hooks.register({ namespace: "n", id, url: "https://example.com/", scheduledDate });
/** What a look tells of tasks, in short. */
const look = async () => {
  told = [];
  await watcher.look(NOON);
  return told.flatMap((event) => {
    if (event.type === "task") return [`${event.task.id} ${event.before} -> ${event.task.status}`];
    return event.type === "removed" ? [`${event.id} removed`] : [];
  });
};

test("what others do is told once: registered, suspended, back, deleted", async () => {
  await register("a");
  expect(await look()).toEqual(["a null -> ACTIVE"]);
  expect(await look()).toEqual([]);
  await hooks.suspend({ namespace: "n", id: "a" });
  expect(await look()).toEqual(["a ACTIVE -> SUSPENDED"]);
  await hooks.unsuspend({ namespace: "n", id: "a" });
  expect(await look()).toEqual(["a SUSPENDED -> ACTIVE"]);
  await hooks.delete({ namespace: "n", id: "a" });
  expect(await look()).toEqual(["a removed"]);
  expect(await look()).toEqual([]);
});

test("a change that nobody can see on the screen is not told", async () => {
  await register("a");
  await look();
  await hooks.update({ namespace: "n", id: "a", timeoutMs: 5_000 });
  expect(await look()).toEqual([]);
  await hooks.reschedule({ namespace: "n", id: "a", scheduledDate: "2030-03-01" });
  expect(await look()).toEqual(["a ACTIVE -> ACTIVE"]);
});

test("what is due is counted, and told when the number changes", async () => {
  const backlog = async () => {
    await look();
    return told.flatMap((event) => (event.type === "backlog" ? [event.count] : []));
  };
  expect(await backlog()).toEqual([0]);
  await register("a", "2030-01-01");
  await register("b", "2030-01-02");
  expect(await backlog()).toEqual([2]);
  expect(await backlog()).toEqual([]);
});

test("a database that is away does not end the watch", async () => {
  const stop = new AbortController();
  let looks = 0;
  const away = () => {
    looks += 1;
    if (looks === 3) stop.abort();
    return Promise.reject(new Error("away"));
  };
  const blind = new Watcher({ fetch: away, get: away, triggerDryrun: away }, () => {});
  let clock = 0;
  const sleep = async (ms: number) => {
    clock += ms;
  };
  await blind.run({ everyMs: 500, signal: stop.signal, sleep, now: () => clock });
  expect(looks).toBe(3);
});
