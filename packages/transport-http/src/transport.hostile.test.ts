import { gzipSync } from "node:zlib";
import { LIMITS } from "@hookclock/core";
import { startRawReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { answered, post, testTransport } from "./test-support.ts";

/** Answers every request with these bytes and ends. */
const rawAnswer = (text: string | Buffer) =>
  startRawReceiver((socket) => socket.end(typeof text === "string" ? Buffer.from(text, "latin1") : text));

const head = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;

test.each([
  ["no status line", "hello world\r\n\r\n"],
  ["bare HTML, as HTTP/0.9 did", "<html>hi</html>"],
  ["a status of four digits", head("HTTP/1.1 1000 OK", "content-length: 0")],
  ["status 099", head("HTTP/1.1 099 OK", "content-length: 0")],
  ["status 000", head("HTTP/1.1 000 OK", "content-length: 0")],
  ["100 that nobody expected", head("HTTP/1.1 100 Continue") + head("HTTP/1.1 200 OK", "content-length: 0")],
  ["101 without an upgrade", head("HTTP/1.1 101 Switching")],
  ["101 with an upgrade", head("HTTP/1.1 101 Switching", "upgrade: websocket", "connection: upgrade")],
  ["control bytes in a header name", head("HTTP/1.1 200 OK", "x\u0001y: 1")],
  ["NUL in a header value", head("HTTP/1.1 200 OK", "x: a\u0000b")],
  ["two content lengths", `${head("HTTP/1.1 200 OK", "content-length: 1", "content-length: 2")}ab`],
  [
    "content length beside chunks",
    `${head("HTTP/1.1 200 OK", "content-length: 1", "transfer-encoding: chunked")}0\r\n\r\n`,
  ],
  ["a content length beyond all numbers", head("HTTP/1.1 200 OK", `content-length: ${"9".repeat(40)}`)],
  ["only HTTP/2", "\0\0\u0012\u0004\0\0\0\0\0\0\u0003\0\0\0d"],
  ["a TLS alert", "\u0015\u0003\u0001\0\u0002\u0002\u0046"],
  ["70 KB of headers", head("HTTP/1.1 200 OK", `x: ${"y".repeat(70_000)}`)],
])("%s is a protocol failure", async (_name, text) => {
  await using receiver = await rawAnswer(text);
  expect(await post(testTransport(), receiver.url)).toMatchObject({ kind: "unreachable", word: "protocol" });
  expect(receiver.connections()).toBe(1);
});

test.each([
  ["999", head("HTTP/1.1 999 Odd", "content-length: 0"), { status: 999, body: "" }],
  ["204 with a body", `${head("HTTP/1.1 204 None", "content-length: 5")}hello`, { status: 204, body: "" }],
  [
    "103 before the answer",
    head("HTTP/1.1 103 Early", "link: x") + head("HTTP/1.1 200 OK", "content-length: 0"),
    { status: 200 },
  ],
  [
    "a body longer than announced",
    `${head("HTTP/1.1 200 OK", "content-length: 2")}hihi`,
    { status: 200, body: "hi" },
  ],
  [
    "a body until the end of the connection",
    `${head("HTTP/1.1 200 OK")}until here`,
    { status: 200, body: "until here" },
  ],
  [
    "bytes above ASCII in a header",
    head("HTTP/1.1 200 OK", "x: a\xffb", "content-length: 0"),
    { headers: { x: "aÿb" } },
  ],
  ["NUL in the body", `${head("HTTP/1.1 200 OK", "content-length: 3")}a\0b`, { body: "a\0b" }],
  [
    "a header called constructor",
    head("HTTP/1.1 200 OK", "constructor: c", "toString: t", "content-length: 0"),
    { headers: { constructor: "c", tostring: "t" } },
  ],
])("%s is an answer", async (_name, text, expected) => {
  await using receiver = await rawAnswer(text);
  const delivery = answered(await post(testTransport(), receiver.url));
  expect(delivery).toMatchObject(expected);
  expect(delivery.truncated).toBeUndefined();
});

test("a header called __proto__ is kept as a header and changes nothing", async () => {
  await using receiver = await rawAnswer(head("HTTP/1.1 200 OK", "__proto__: x", "content-length: 0"));
  const { headers } = answered(await post(testTransport(), receiver.url));
  expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  expect(Object.entries(headers)).toContainEqual(["__proto__", "x"]);
});

test.each([
  ["a body shorter than announced", `${head("HTTP/1.1 200 OK", "content-length: 9")}hi`],
  ["chunks that make no sense", `${head("HTTP/1.1 200 OK", "transfer-encoding: chunked")}2\r\nhi\r\nzz\r\n`],
  ["chunks that break off", `${head("HTTP/1.1 200 OK", "transfer-encoding: chunked")}2\r\nhi\r\n5\r\nab`],
])("the status of %s counts, the body is marked", async (_name, text) => {
  await using receiver = await rawAnswer(text);
  const delivery = answered(await post(testTransport(), receiver.url));
  expect(delivery).toMatchObject({ status: 200, truncated: true });
  expect(delivery.body).toMatch(/^hi/);
});

test("a stream of 5 GB is left after its head", async () => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  let written = 0;
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  await using receiver = await startRawReceiver((socket) => {
    socket.write(head("HTTP/1.1 200 OK", `content-length: ${5 * 1024 ** 3}`));
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk)) written += chunk.length;
    };
    socket.on("drain", pump).on("close", () => resolve());
    pump();
  });
  const before = process.memoryUsage().rss;
  const delivery = answered(await post(testTransport(), receiver.url));
  await ended;
  expect(delivery).toMatchObject({ status: 200, truncated: true });
  expect(delivery.body).toHaveLength(LIMITS.responseBodyBytes);
  // What is in flight sits in kernel buffers of both ends; 16 MB of 5 GB is far above them.
  expect(written).toBeLessThan(16 * 1024 ** 2);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 ** 2);
});

test("an endless body without a length is left as soon as it is too long", async () => {
  await using receiver = await startRawReceiver((socket) => {
    socket.write(head("HTTP/1.1 500 Oops", "transfer-encoding: chunked"));
    const pump = () => {
      while (!socket.destroyed && socket.write(`1000\r\n${"y".repeat(4_096)}\r\n`));
    };
    socket.on("drain", pump);
    pump();
  });
  const delivery = answered(await post(testTransport(), receiver.url));
  expect(delivery).toMatchObject({ status: 500, truncated: true });
  expect(delivery.body).toHaveLength(LIMITS.responseBodyBytes);
});

test("a little more than the head is read, so that the connection can be kept", async () => {
  const body = "x".repeat(LIMITS.responseBodyBytes + 60_000);
  await using receiver = await startRawReceiver((socket) =>
    socket.write(`${head("HTTP/1.1 200 OK", `content-length: ${body.length}`)}${body}`),
  );
  const transport = testTransport();
  for (let round = 0; round < 2; round += 1) {
    expect(await post(transport, receiver.url)).toMatchObject({ status: 200, truncated: true });
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(receiver.connections()).toBe(1);
});

test("a gzip bomb is unpacked no further than what is kept", async () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 ** 2));
  await using receiver = await rawAnswer(
    Buffer.concat([
      Buffer.from(head("HTTP/1.1 200 OK", "content-encoding: gzip", `content-length: ${bomb.length}`)),
      bomb,
    ]),
  );
  const before = process.memoryUsage().rss;
  const delivery = answered(await post(testTransport(), receiver.url));
  expect(delivery).toMatchObject({
    status: 200,
    truncated: true,
    body: "\0".repeat(LIMITS.responseBodyBytes),
  });
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 ** 2);
});
