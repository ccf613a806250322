// The HTTP API that `hookclock dev` serves: reached, guarded and ended the way a user does.

import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startReceiver } from "@hookclock/testkit";
import { createApiState } from "hookclock";
import { beforeAll, expect, test } from "vitest";
import { buildIfStale, linesOf, run, start, startDev, temporaryFolder } from "../cli/support.ts";

beforeAll(() => buildIfStale());

const fileIn = (cwd: string, name: string): string => join(cwd, ".hookclock", name);
const keyIn = (cwd: string): string => readFileSync(fileIn(cwd, "api-key"), "utf8").trim();

type Answer = { status: number; body: { [field: string]: unknown } };

async function ask(url: string, key: string | null, method = "GET", body?: object): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

const stopped = async (dev: Awaited<ReturnType<typeof startDev>>): Promise<number | null> => {
  dev.signal("SIGINT");
  return (await dev.ended).code;
};

test("the key of the first start opens the API, lies in a file of its own, and is nowhere else", async () => {
  using folder = temporaryFolder();
  await using dev = await startDev(folder.path);
  const key = keyIn(folder.path);
  expect(dev.started).toMatchObject({ apiKey: key, apiKeyFile: join(".hookclock", "api-key") });
  expect(key).toMatch(/^hc_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
  expect(statSync(fileIn(folder.path, "api-key")).mode & 0o777).toBe(0o600);
  const me = await ask(`${dev.apiUrl}/v1/me`, key);
  expect(me).toMatchObject({
    status: 200,
    body: { key: { name: "local", namespaces: ["*"], permission: "admin" } },
  });
  expect((await ask(`${dev.apiUrl}/v1/me`, null)).status).toBe(401);
  expect((await ask(`${dev.apiUrl}/v1/me?key=${key}`, key)).status).toBe(400);
  expect(await stopped(dev)).toBe(0);
  const log = readFileSync(fileIn(folder.path, "api.log"), "utf8");
  const lines = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { [field: string]: unknown });
  expect(lines.map(({ status, route }) => [status, route])).toEqual([
    [200, "/v1/me"],
    [401, "/v1/me"],
    [400, "/v1/me"],
  ]);
  for (const { requestId } of lines) expect(requestId).toMatch(/./);
  expect(log).not.toContain(key.slice(-43));
});

test("dev.json says where the API is, and nothing that opens it", async () => {
  using folder = temporaryFolder();
  await using dev = await startDev(folder.path);
  const text = readFileSync(fileIn(folder.path, "dev.json"), "utf8");
  expect(JSON.parse(text)).toMatchObject({ apiUrl: dev.apiUrl, endpoint: dev.endpoint });
  expect(text).not.toContain("hc_");
  expect(await stopped(dev)).toBe(0);
});

test("later starts take the same key; one that was revoked is made again", async () => {
  using folder = temporaryFolder();
  const first = await startDev(folder.path);
  const key = keyIn(folder.path);
  expect(await stopped(first)).toBe(0);
  const second = await startDev(folder.path);
  expect(second.started["apiKey"]).toBeNull();
  expect((await ask(`${second.apiUrl}/v1/me`, key)).status).toBe(200);
  const state = createApiState({ endpoint: second.endpoint });
  expect(await state.keys.revoke(key.slice(3, 19))).toMatchObject({ name: "local" });
  await state.close();
  expect(await stopped(second)).toBe(0);
  await using third = await startDev(folder.path);
  const remade = keyIn(folder.path);
  expect(third.started["apiKey"]).toBe(remade);
  expect((await ask(`${third.apiUrl}/v1/me`, key)).status).toBe(401);
  expect((await ask(`${third.apiUrl}/v1/me`, remade)).status).toBe(200);
  expect(await stopped(third)).toBe(0);
}, 60_000);

test.each(["SIGINT", "SIGTERM twice"])("with --memory nothing stays but what was there: %s", async (how) => {
  using folder = temporaryFolder();
  mkdirSync(fileIn(folder.path, ""));
  writeFileSync(fileIn(folder.path, "api-key"), "of-the-kept-one\n");
  await using receiver = await startReceiver("hang");
  await using dev = await startDev(folder.path, ["--memory"]);
  const key = keyIn(folder.path);
  expect(dev.started).toMatchObject({ apiKey: key, apiLogFile: null });
  const tasks = `${dev.apiUrl}/v1/namespaces/a/tasks`;
  if (how !== "SIGINT") {
    const now = new Date().toISOString();
    expect(await ask(tasks, key, "POST", { url: receiver.url, scheduledDate: now })).toMatchObject({
      status: 201,
    });
    await receiver.received(1);
    dev.signal("SIGTERM");
    await dev.event(({ type }) => type === "draining");
    dev.signal("SIGTERM");
  } else dev.signal("SIGINT");
  expect((await dev.ended).code).toBe(how === "SIGINT" ? 0 : 130);
  expect(readdirSync(fileIn(folder.path, ""))).toEqual(["api-key"]);
  expect(keyIn(folder.path)).toBe("of-the-kept-one");
});

test("a task that is registered through the API runs at once, and its log can be read there", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver(200);
  await using dev = await startDev(folder.path, ["--memory"]);
  const key = keyIn(folder.path);
  const here = `${dev.apiUrl}/v1/namespaces/shop/tasks`;
  const sent = { id: "a/b c", url: receiver.url, method: "POST", scheduledDate: new Date().toISOString() };
  const registered = await ask(here, key, "POST", sent);
  expect(registered).toMatchObject({ status: 201, body: { id: "a/b c", status: "ACTIVE" } });
  await receiver.received(1);
  const attempt = await dev.event(({ type }) => type === "attempt");
  expect(attempt).toMatchObject({ responseStatus: 200, task: { namespace: "shop", id: "a/b c" } });
  expect(await ask(`${here}/a%2Fb%20c`, key)).toMatchObject({ status: 200, body: { status: "DONE" } });
  const request = await dev.event(({ type }) => type === "request");
  expect(request).toMatchObject({ method: "POST", path: "/v1/namespaces/shop/tasks", status: 201 });
  expect(await stopped(dev)).toBe(0);
});

test("a page of another site that points its name at this machine is refused", async () => {
  using folder = temporaryFolder();
  await using dev = await startDev(folder.path, ["--memory"]);
  const { port } = new URL(dev.apiUrl);
  const askAs = async (host: string): Promise<string> => {
    const socket = connect({ host: "127.0.0.1", port: Number(port) });
    socket.write(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };
  expect(await askAs(`evil.example:${port}`)).toMatch(/^HTTP\/1\.1 403 /);
  expect(await askAs(`localhost:${port}`)).toMatch(/^HTTP\/1\.1 200 /);
  expect(await stopped(dev)).toBe(0);
});

test("a port that is taken and a folder that cannot hold the key are named, and nothing stays behind", async () => {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  await using dev = await startDev(folder.path, ["--memory"]);
  const { port } = new URL(dev.apiUrl);
  const taken = await run(["dev", "--port", "0", "--api-port", port], { cwd: other.path });
  expect(taken).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`port ${port} of 127.0.0.1 is taken`),
  });
  expect(taken.stderr).toContain("--api-port 0");
  expect(existsSync(fileIn(other.path, "dev.json"))).toBe(false);
  mkdirSync(join(other.path, "data", "api-key", "in-the-way"), { recursive: true });
  const unusable = await run(["dev", "--port", "0", "--data", "data"], { cwd: other.path });
  expect(unusable).toMatchObject({ code: 1, stderr: expect.stringContaining("error[data-unusable]") });
  expect(unusable.stderr).toMatch(/api-key.*\nhint: .*--data DIR/);
  expect(await stopped(dev)).toBe(0);
});

test("the demo takes any port when that of the API is taken; a port that is none is refused", async () => {
  using folder = temporaryFolder();
  // Taken by us, or by somebody else already: both will do.
  const occupant = createServer();
  occupant.listen(8766, "127.0.0.1");
  await once(occupant, "listening").catch(() => {});
  const demo = start(["dev", "--demo", "--json"], { cwd: folder.path });
  const { apiUrl } = await demo.until(({ stdout }) => linesOf(stdout).find(({ type }) => type === "started"));
  expect(new URL(String(apiUrl)).port).not.toBe("8766");
  expect(await ask(`${apiUrl}/health`, null)).toMatchObject({ status: 200 });
  demo.signal("SIGINT");
  expect((await demo.ended).code).toBe(0);
  occupant.close();
  const refused = await run(["dev", "--api-port", "70000"], { cwd: folder.path });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("0 to 65535") });
});

test("Ctrl-C ends event streams at once and cleanly, and waits for what is being answered", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver(200);
  await using dev = await startDev(folder.path);
  const authorization = `Bearer ${keyIn(folder.path)}`;
  const here = `${dev.apiUrl}/v1/namespaces/shop`;
  const stream = await fetch(`${here}/logs/stream`, { headers: { authorization } });
  expect(stream.headers.get("content-type")).toMatch(/^text\/event-stream/);
  const events = (stream.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  const task = { url: receiver.url, scheduledDate: new Date().toISOString() };
  await ask(`${here}/tasks`, keyIn(folder.path), "POST", task);
  let read = "";
  while (!read.includes("event: log")) read += (await events.read()).value ?? "";
  const begunAt = performance.now();
  dev.signal("SIGINT");
  for (let done = false; !done; ) ({ done } = await events.read());
  const { code, stderr } = await dev.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  // Far less than a stream is held open, or a connection kept alive.
  expect(performance.now() - begunAt).toBeLessThan(15_000);
  expect(readFileSync(fileIn(folder.path, "api.log"), "utf8")).not.toContain('"fault"');
});
