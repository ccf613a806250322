import { startRawReceiver, startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import type { Lookup } from "./connector.ts";
import { answered, post, realClock, testTransport } from "./test-support.ts";

const TIMEOUT_MS = 150;
const HEAD = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";

/** Writes single characters for ever, one every few milliseconds. */
const drip = (
  socket: { write(text: string): boolean; on(event: "close", listener: () => void): unknown },
  text: string,
) => {
  const timer = setInterval(() => socket.write(text), 10);
  socket.on("close", () => clearInterval(timer));
};

test.each([
  ["says nothing", () => {}],
  [
    "sends half a status line",
    (socket: { write(text: string): boolean }) => void socket.write("HTTP/1.1 20"),
  ],
  [
    "never ends its headers",
    (socket: { write(text: string): boolean }) => void socket.write("HTTP/1.1 200 OK\r\nx: y\r\n"),
  ],
])("a receiver that %s ends at the timeout", async (_name, behave) => {
  await using receiver = await startRawReceiver((socket) => behave(socket));
  const delivery = await post(testTransport(), receiver.url, {}, TIMEOUT_MS);
  expect(delivery).toMatchObject({ kind: "unreachable", word: "timeout" });
  expect(delivery.timings.totalMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 5);
  expect(delivery.timings.totalMs).toBeLessThan(TIMEOUT_MS + 15_000);
});

test("dripping headers do not extend the time", async () => {
  await using receiver = await startRawReceiver((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    drip(socket, "x: y\r\n");
  });
  expect(await post(testTransport(), receiver.url, {}, TIMEOUT_MS)).toMatchObject({ word: "timeout" });
});

test("a dripping body ends at the timeout; the status it came with counts", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  await using receiver = await startRawReceiver((socket) => {
    socket.on("close", () => resolve());
    socket.write(HEAD);
    drip(socket, "z");
  });
  const delivery = answered(await post(testTransport(), receiver.url, {}, TIMEOUT_MS));
  expect(delivery).toMatchObject({ status: 200, truncated: true });
  expect(delivery.body).toMatch(/^z*$/);
  await closed;
});

test("a body that hangs after the headers is an answer too", async () => {
  await using receiver = await startRawReceiver((socket) => void socket.write(HEAD));
  expect(await post(testTransport(), receiver.url, {}, TIMEOUT_MS)).toMatchObject({
    status: 200,
    body: "",
    truncated: true,
  });
});

test("a resolver that hangs ends at the timeout", async () => {
  const hang: Lookup = () => {};
  expect(await post(testTransport({ lookup: hang }), "http://a.example/", {}, TIMEOUT_MS)).toMatchObject({
    word: "timeout",
  });
});

test("a resolver that hangs gives the connection's place back", async () => {
  let asked = 0;
  const hangOnce: Lookup = (_hostname, _options, callback) => {
    asked += 1;
    if (asked > 1) callback(null, [{ address: "127.0.0.1", family: 4 }]);
  };
  await using receiver = await startReceiver(200);
  const transport = testTransport({ lookup: hangOnce, connectTimeoutMs: 50, connectionsPerHost: 1 });
  const url = `http://a.example:${receiver.port}/`;
  expect(await post(transport, url)).toMatchObject({ word: "dns" });
  expect(await post(transport, url)).toMatchObject({ status: 200 });
});

test("a handshake that hangs is given up by the connection's own limit", async () => {
  await using receiver = await startRawReceiver(() => {});
  const url = receiver.url.replace("http:", "https:");
  expect(await post(testTransport({ connectTimeoutMs: 100 }), url)).toMatchObject({ word: "timeout" });
});

test("waiting for a connection counts, and what gave up waiting is never sent", async () => {
  const { promise: release, resolve: open } = Promise.withResolvers<void>();
  await using receiver = await startReceiver([{ after: release }, 200]);
  const transport = testTransport({ connectionsPerHost: 1 });
  const first = post(transport, receiver.url, { body: "first" });
  await receiver.received(1);
  expect(await post(transport, receiver.url, { body: "second" }, TIMEOUT_MS)).toMatchObject({
    word: "timeout",
  });
  open();
  expect(await first).toMatchObject({ status: 200 });
  expect(await post(transport, receiver.url, { body: "third" })).toMatchObject({ status: 200 });
  expect(receiver.requests.map(({ body }) => body.toString())).toEqual(["first", "third"]);
  expect(receiver.connections()).toBe(1);
});

test("the signal ends an attempt at once, before and after it is sent", async () => {
  await using receiver = await startReceiver("hang");
  const transport = testTransport();
  const request = { url: receiver.url, method: "POST", headers: {}, body: "x" } as const;
  const stopped = { kind: "unreachable", word: "aborted" };
  expect(await transport.send(request, { signal: AbortSignal.abort(), timeoutMs: 10_000 })).toMatchObject(
    stopped,
  );
  expect(receiver.connections()).toBe(0);
  const stop = new AbortController();
  const sending = transport.send(request, { signal: stop.signal, timeoutMs: 10_000 });
  await receiver.received(1);
  const startedMs = realClock.monotonic();
  stop.abort();
  expect(await sending).toMatchObject(stopped);
  expect(realClock.monotonic() - startedMs).toBeLessThan(8_000);
});

test("a signal whose time is up is a timeout", async () => {
  await using receiver = await startReceiver("hang");
  const request = { url: receiver.url, method: "GET", headers: {} } as const;
  const delivery = await testTransport().send(request, {
    signal: AbortSignal.timeout(50),
    timeoutMs: 10_000,
  });
  expect(delivery).toMatchObject({ kind: "unreachable", word: "timeout" });
});

test("close ends a handshake nobody waits for any more", async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  await using receiver = await startRawReceiver(
    () => {},
    (socket) => socket.on("close", () => resolve()),
  );
  const transport = testTransport({ connectTimeoutMs: 60_000 });
  expect(await post(transport, receiver.url.replace("http:", "https:"), {}, 50)).toMatchObject({
    word: "timeout",
  });
  await transport.close();
  await gone;
});

test("close waits for what is in flight and refuses what comes after", async () => {
  const { promise: release, resolve: open } = Promise.withResolvers<void>();
  await using receiver = await startReceiver({ after: release });
  const transport = testTransport();
  const sending = post(transport, receiver.url);
  await receiver.received(1);
  const closing = transport.close();
  await expect(post(transport, receiver.url)).rejects.toMatchObject({ code: "handler-fault" });
  open();
  expect(await sending).toMatchObject({ status: 200 });
  await closing;
});
