// The stream of execution logs over real connections that break: each log arrives exactly once.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { seededRandom, startReceiver } from "@hookclock/testkit";
import { EventSource } from "eventsource";
import { type ExecutionLog, HookclockError, type Hooks } from "hookclock";
import { expect, test } from "vitest";
import { startCuttingProxy } from "./cutting-proxy.ts";
import { type ServedApi, serveApi } from "./support.ts";

const STREAM = "/v1/namespaces/app/logs/stream";
const TASKS = 160;

async function listen(api: Pick<ServedApi, "fetch">) {
  const server = createAdaptorServer({ fetch: api.fetch });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

/** Reads a stream with an EventSource; `until` resolves when enough has come. */
function readStream(url: string, token: string) {
  const ids: string[] = [];
  const failures: unknown[] = [];
  let wake = () => {};
  const source = new EventSource(url, {
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
  });
  source.addEventListener("log", ({ data }) => {
    ids.push((JSON.parse(data) as ExecutionLog).id);
    wake();
  });
  let starts = 0;
  source.addEventListener("start", () => {
    starts += 1;
    wake();
  });
  source.addEventListener("error", ({ code }) => {
    // A broken connection has no code; an answer that is not a stream has its status.
    if (code !== undefined) failures.push(code);
  });
  const until = async (isEnough: () => boolean) => {
    while (!isEnough()) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { ids, failures, starts: () => starts, until, [Symbol.dispose]: () => source.close() };
}

const registerDue = (hooks: Hooks, url: string, from: number, count: number) =>
  hooks.registerMany(
    Array.from({ length: count }, (_, index) => ({
      ...{ namespace: "app", id: `t${from + index}`, url, method: "POST" as const },
      scheduledDate: new Date(Date.now() - 1_000),
    })),
  );

test("an EventSource whose connection breaks again and again gets every log exactly once", async () => {
  await using receiver = await startReceiver(200);
  await using api = await serveApi();
  const { token } = await api.makeKey({ permission: "read" });
  await using server = await listen(api);
  const random = seededRandom(20_300_101);
  let connections = 0;
  await using proxy = await startCuttingProxy(server.port, () => {
    connections += 1;
    return connections > 10 ? undefined : 200 + Math.floor(random() * 60_000);
  });
  using reader = readStream(`${proxy.url}${STREAM}?from=2020-01-01`, token);
  for (let from = 0; from < TASKS; from += 40) {
    await registerDue(api.hooks, receiver.url, from, 40);
    await api.hooks.trigger();
  }
  await reader.until(() => reader.ids.length >= TASKS && new Set(reader.ids).size >= TASKS);
  // One more, so that anything sent twice after the last cut would have come before it.
  await registerDue(api.hooks, receiver.url, TASKS, 1);
  await api.hooks.trigger();
  await reader.until(() => reader.ids.some((id) => id.startsWith(`t${TASKS}#`)));
  expect(proxy.cuts()).toBeGreaterThan(2);
  expect(reader.ids).toHaveLength(TASKS + 1);
  expect(new Set(reader.ids).size).toBe(TASKS + 1);
  expect(reader.failures).toEqual([]);
  expect(api.faults).toEqual([]);
});

test("a server that cannot stream ends each answer, and its clients miss nothing in between", async () => {
  await using receiver = await startReceiver(200);
  await using api = await serveApi({ stream: { holdMs: 400, endAfterFirst: true } });
  const { token } = await api.makeKey({ permission: "read" });
  await using server = await listen(api);
  using reader = readStream(`http://127.0.0.1:${server.port}${STREAM}`, token);
  await reader.until(() => reader.starts() >= 1);
  for (let round = 0; round < 3; round += 1) {
    await registerDue(api.hooks, receiver.url, round * 10, 10);
    await api.hooks.trigger();
    await reader.until(() => reader.ids.length >= (round + 1) * 10);
  }
  expect(reader.starts()).toBeGreaterThan(1);
  expect(new Set(reader.ids).size).toBe(30);
  expect(reader.ids).toHaveLength(30);
  expect(api.faults).toEqual([]);
});

test("when a client closes its connection, the database is asked no more", async () => {
  let asked = 0;
  await using api = await serveApi({}, (hooks) => {
    const fetchLogs: Hooks["fetchLogs"] = (input) => {
      asked += 1;
      return hooks.fetchLogs(input);
    };
    return new Proxy(hooks, {
      get: (target, name) => {
        const value: unknown = name === "fetchLogs" ? fetchLogs : Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  });
  const { token } = await api.makeKey({ permission: "read" });
  await using server = await listen(api);
  const gone = new AbortController();
  const response = await fetch(`http://127.0.0.1:${server.port}${STREAM}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: gone.signal,
  });
  const reader = response.body?.getReader();
  await reader?.read();
  const atOnce = asked;
  await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(atOnce);
  gone.abort();
  await reader?.closed.catch(() => {});
  // The server learns of it in its own time; once it has, looks stay away for longer than they are ever apart.
  let before = -1;
  await expect
    .poll(
      () => {
        const isQuiet = asked === before;
        before = asked;
        return isQuiet;
      },
      { interval: 2_500, timeout: 15_000 },
    )
    .toBe(true);
  expect(api.faults).toEqual([]);
});

test("cursors of another namespace, filter or secret, and no cursors at all, are refused", async () => {
  await using api = await serveApi({ stream: { holdMs: 1 } });
  const { token } = await api.makeKey({ namespaces: ["app", "other"], permission: "read" });
  const get = (path: string, headers: Record<string, string> = {}) =>
    api.fetch(
      new Request(`http://api.test${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } }),
    );
  const text = await (await get(`${STREAM}?status=FAIL`)).text();
  const cursor = /^id: (.+)$/m.exec(text)?.[1] ?? "";
  expect((await get(`${STREAM}?status=FAIL`, { "last-event-id": cursor })).status).toBe(200);
  expect((await get(`${STREAM}?status=FAIL&cursor=${cursor}`)).status).toBe(200);
  const altered = `${cursor.slice(0, -2)}${cursor.endsWith("A") ? "BB" : "AA"}`;
  for (const [path, last] of [
    [`${STREAM}?status=SUCCESS`, cursor],
    [STREAM, cursor],
    ["/v1/namespaces/other/logs/stream?status=FAIL", cursor],
    [`${STREAM}?status=FAIL`, altered],
    [`${STREAM}?status=FAIL`, "null"],
    [`/v1/namespaces/app/logs?status=FAIL&cursor=${cursor}`, ""],
  ] as const) {
    const answer = await get(path, { "last-event-id": last });
    expect(answer.status, path).toBe(400);
    const words =
      last === ""
        ? { field: "cursor", allowed: "nextCursor of the same query, unchanged" }
        : { field: "last-event-id", allowed: "id of an event of the same query, unchanged" };
    expect(await answer.json()).toMatchObject({ code: "invalid-cursor", ...words });
  }
});

test("a database that is away when a stream begins is told with its status", async () => {
  await using api = await serveApi({}, (hooks) => {
    const fetchLogs = () => Promise.reject(new HookclockError("store-unavailable", "away"));
    return Object.assign(Object.create(hooks) as Hooks, { fetchLogs });
  });
  const { token } = await api.makeKey({ permission: "read" });
  const answer = await api.fetch(
    new Request(`http://api.test${STREAM}`, { headers: { authorization: `Bearer ${token}` } }),
  );
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("1");
  expect(await answer.json()).toMatchObject({ code: "store-unavailable" });
});
