import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test, vi } from "vitest";
import type { Answered } from "./exchanges.ts";
import { type ApiServer, serveApi } from "./server.ts";

let servers: ApiServer[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
  vi.restoreAllMocks();
});

type Fetch = (request: Request) => Response | Promise<Response>;

async function serve(fetch: Fetch, port = 0, publicUrl: string | null = null) {
  const answered: Answered[] = [];
  const waiting = new Set<() => void>();
  let clock = 1_000;
  const server = await serveApi({
    fetch,
    ...{ port, publicUrl },
    now: () => (clock += 5),
    onAnswered: (one) => {
      answered.push(one);
      for (const look of waiting) look();
    },
  });
  servers.push(server);
  const answeredCount = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => answered.length >= count && resolve();
      waiting.add(look);
      look();
    });
  return { ...server, answered, answeredCount };
}

const ok: Fetch = () => new Response("ok", { headers: { "x-request-id": "r-1" } });

/** Sends these very bytes and reads until the other side closes. */
async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(bytes);
  return text(socket);
}

/** A promise and the way to keep it. */
function latch() {
  let open = (): void => {};
  const whenOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, whenOpen };
}

test("it listens on loopback and tells how each request went, without query or keys", async () => {
  const { url, answered, answeredCount } = await serve(ok);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const token = `hc_0123456789abcdef_${"x".repeat(43)}`;
  expect(await (await fetch(`${url}/a/${token}/b?cursor=secret`)).text()).toBe("ok");
  await answeredCount(1);
  const path = "/a/hc_0123456789abcdef_[redacted]/b";
  expect(answered).toEqual([{ requestId: "r-1", method: "GET", path, status: 200, tookMs: 5, byApi: true }]);
});

test("the token of a callback, which opens it, is not told", async () => {
  const { url, answered, answeredCount } = await serve(ok);
  await fetch(`${url}/callbacks/demo/blog/very-secret?hub.mode=subscribe`);
  await answeredCount(1);
  expect(answered).toMatchObject([{ path: "/callbacks/demo/blog/[redacted]" }]);
});

test("a request for another name is refused before the API sees it", async () => {
  const api = vi.fn(ok);
  const { url, answered, answeredCount } = await serve(api);
  const answer = await raw(url, "GET /v1/me HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  expect(answer).toContain("application/problem+json");
  expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({
    type: "urn:hookclock:problem:forbidden",
    status: 403,
    code: "forbidden",
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(api).not.toHaveBeenCalled();
  await answeredCount(1);
  expect(answered[0]).toMatchObject({ status: 403, byApi: false, requestId: expect.stringMatching(/./) });
});

test("a tunnel's host is taken, and no other", async () => {
  const { url } = await serve(ok, 0, "https://hooks.example");
  const as = (host: string) => raw(url, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(await as("hooks.example")).toMatch(/^HTTP\/1\.1 200 /);
  const refused = await as("evil.example");
  expect(refused).toMatch(/^HTTP\/1\.1 403 /);
  expect(refused).toContain("127.0.0.1, localhost, [::1] and hooks.example only");
});

test("a form that a page of another site posts is refused before the API sees it", async () => {
  const api = vi.fn(ok);
  const { url } = await serve(api);
  const post = (origin: string) =>
    fetch(`${url}/hub`, { method: "POST", headers: { origin }, body: new URLSearchParams({ a: "1" }) });
  const refused = await post("https://evil.example");
  expect([refused.status, await refused.json()]).toMatchObject([403, { code: "forbidden" }]);
  expect(api).not.toHaveBeenCalled();
  expect((await post("http://localhost:3000")).status).toBe(200);
});

test.each([
  ["a target with a name of its own", "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 403],
  ["no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 403],
  ["no Host in HTTP/1.1", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
  ["what is no HTTP", "hello\r\n\r\n", 400],
])("%s is refused", async (_what, bytes, status) => {
  const api = vi.fn(ok);
  const { url } = await serve(api);
  expect(await raw(url, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(api).not.toHaveBeenCalled();
});

test("a fault of the API is an answer without details, and nothing is written to the console", async () => {
  const written = [vi.spyOn(console, "error"), vi.spyOn(console, "info"), vi.spyOn(console, "log")];
  const { url } = await serve(() => Promise.reject(new Error("secret details")));
  const answer = await fetch(url);
  expect(answer.status).toBe(500);
  const body = await answer.text();
  expect(body).not.toContain("secret");
  expect(JSON.parse(body)).toMatchObject({ code: "internal" });
  for (const spy of written) expect(spy).not.toHaveBeenCalled();
});

test("a port that is taken is named, with the option that helps", async () => {
  const { url } = await serve(ok);
  const { port } = new URL(url);
  await expect(serve(ok, Number(port))).rejects.toMatchObject({
    code: "port-taken",
    message: `port ${port} of 127.0.0.1 is taken by another process`,
    hint: expect.stringContaining("--api-port 0"),
  });
});

test("stopping finishes what is being answered, takes nothing new, and leaves no connection", async () => {
  const begun = latch();
  const go = latch();
  const { url, stop, answered } = await serve(async () => {
    begun.open();
    await go.whenOpen;
    return new Response("finished");
  });
  const answer = fetch(url);
  await begun.whenOpen;
  const stopped = stop();
  await expect(fetch(url)).rejects.toThrow();
  expect(answered).toEqual([]);
  go.open();
  const { headers, status } = await answer;
  expect([status, headers.get("connection")]).toEqual([200, "close"]);
  expect(await (await answer).text()).toBe("finished");
  await stopped;
  expect(answered).toHaveLength(1);
});

test("a connection that is kept alive does not hold up the end", async () => {
  const { url, stop } = await serve(ok);
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "data");
  const closed = once(socket, "close");
  socket.resume();
  await Promise.all([stop(), closed]);
  expect(socket.destroyed).toBe(true);
});

/** Events without end; `cancelled` when nobody reads them any more. */
function eventStream() {
  const cancelled = latch();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("event: log\n\n")),
    cancel: () => cancelled.open(),
  });
  const headers = { "content-type": "text/event-stream; charset=utf-8" };
  return { response: () => new Response(body, { headers }), cancelled: cancelled.whenOpen };
}

test("event streams end at once, and cleanly, when it stops", async () => {
  const stream = eventStream();
  const { url, stop } = await serve(stream.response);
  const answer = await fetch(url);
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("event: log\n\n");
  await stop();
  expect(await reader?.read()).toEqual({ done: true, value: undefined });
  await stream.cancelled;
});

test("an event stream that is answered only while it stops ends as well", async () => {
  const begun = latch();
  const go = latch();
  const stream = eventStream();
  const { url, stop } = await serve(async () => {
    begun.open();
    await go.whenOpen;
    return stream.response();
  });
  const answer = fetch(url);
  await begun.whenOpen;
  const stopped = stop();
  go.open();
  await (await answer).text();
  await stopped;
  await stream.cancelled;
  expect((await answer).status).toBe(200);
});

test("it has stopped only when whoever makes the events has", async () => {
  const asked = latch();
  const go = latch();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("event: log\n\n")),
    async cancel() {
      asked.open();
      await go.whenOpen;
    },
  });
  const { url, stop } = await serve(
    () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
  );
  const answer = await fetch(url);
  let hasStopped = false;
  const stopped = stop().then(() => {
    hasStopped = true;
  });
  await asked.whenOpen;
  await answer.text();
  expect(hasStopped).toBe(false);
  go.open();
  await stopped;
});

test("a reader that goes away ends its stream, and nothing is written to the console", async () => {
  const written = [vi.spyOn(console, "error"), vi.spyOn(console, "info")];
  const stream = eventStream();
  const { url, answeredCount, answered } = await serve(stream.response);
  const leave = new AbortController();
  await (await fetch(url, { signal: leave.signal })).body?.getReader().read();
  leave.abort();
  await stream.cancelled;
  await answeredCount(1);
  expect(answered[0]).toMatchObject({ status: 200 });
  for (const spy of written) expect(spy).not.toHaveBeenCalled();
});

test("a request that never arrives completely does not hold up the end for long", async () => {
  const { url, stop, answered } = await serve(async (request) => new Response(await request.text()));
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  const closed = once(socket, "close");
  socket.write(
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\nhalf",
  );
  await once(socket, "data");
  socket.resume();
  await Promise.all([stop(), closed]);
  expect(answered).toMatchObject([{ method: "POST", status: 0, requestId: null }]);
});
