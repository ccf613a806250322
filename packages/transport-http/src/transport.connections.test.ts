import type { Socket } from "node:net";
import { startRawReceiver, startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { answered, connectionFree, post, testTransport } from "./test-support.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

test("nobody listens: refused, at once", async () => {
  const receiver = await startReceiver(200);
  await receiver.close();
  expect(await post(testTransport(), receiver.url)).toMatchObject({ kind: "unreachable", word: "refused" });
});

test("many waiting for a place where nobody listens all learn it", async () => {
  const receiver = await startReceiver(200);
  await receiver.close();
  const transport = testTransport({ connectionsPerHost: 2 });
  const all = await Promise.all(Array.from({ length: 20 }, () => post(transport, receiver.url)));
  expect(all.filter((delivery) => delivery.kind !== "unreachable" || delivery.word !== "refused")).toEqual(
    [],
  );
});

test.each([
  ["before any byte", "", "reset"],
  ["amid the status line", "HTTP/1.1 2", "reset"],
  ["amid the headers", "HTTP/1.1 200 OK\r\nx: ", "reset"],
])("a reset %s is a failure", async (_name, text, word) => {
  await using receiver = await startRawReceiver((socket) => {
    socket.write(text, () => socket.resetAndDestroy());
  });
  expect(await post(testTransport(), receiver.url)).toMatchObject({ kind: "unreachable", word });
  expect(receiver.connections()).toBe(1);
});

test.each([
  ["before any byte", ""],
  ["amid the headers", "HTTP/1.1 200 OK\r\nx: "],
])("a connection closed %s is a failure", async (_name, text) => {
  await using receiver = await startRawReceiver((socket) => socket.end(text));
  expect(await post(testTransport(), receiver.url)).toMatchObject({ kind: "unreachable", word: "closed" });
  expect(receiver.connections()).toBe(1);
});

test("a reset amid the body leaves the status standing", async () => {
  await using receiver = await startRawReceiver((socket) => {
    socket.write("HTTP/1.1 202 OK\r\ncontent-length: 10\r\n\r\nhalf", () =>
      setImmediate(() => socket.resetAndDestroy()),
    );
  });
  expect(answered(await post(testTransport(), receiver.url))).toMatchObject({ status: 202, truncated: true });
});

test("sequential requests share one connection", async () => {
  await using receiver = await startReceiver(200);
  const transport = testTransport();
  for (let round = 0; round < 5; round += 1) {
    expect(await post(transport, receiver.url)).toMatchObject({ status: 200 });
    await connectionFree();
  }
  expect(receiver.connections()).toBe(1);
});

test("no more connections to one host than allowed, and all requests get through", async () => {
  await using receiver = await startReceiver(200);
  const transport = testTransport({ connectionsPerHost: 3 });
  const all = await Promise.all(Array.from({ length: 40 }, () => post(transport, receiver.url)));
  expect(all.every((delivery) => delivery.kind === "answered")).toBe(true);
  expect(receiver.connections()).toBe(3);
});

test("a connection the receiver closed while idle is replaced, and the request is sent once", async () => {
  const { promise: idleClosed, resolve } = Promise.withResolvers<void>();
  let requests = 0;
  await using receiver = await startRawReceiver((socket) => {
    requests += 1;
    socket.write(OK);
    if (requests === 1) socket.once("close", () => resolve()).end();
  });
  const transport = testTransport();
  expect(await post(transport, receiver.url)).toMatchObject({ status: 200 });
  await idleClosed;
  expect(await post(transport, receiver.url)).toMatchObject({ status: 200 });
  expect([requests, receiver.connections()]).toEqual([2, 2]);
});

test.each([
  ["closed", "closed", (socket: Socket) => void socket.end()],
  ["reset", "reset", (socket: Socket) => void socket.resetAndDestroy()],
])("a kept connection that is %s under a POST fails it and never repeats it", async (_name, word, leave) => {
  const bodies: string[] = [];
  await using receiver = await startRawReceiver((socket, chunk, chunkNumber) => {
    bodies.push(chunk.toString().split("\r\n\r\n")[1] ?? "");
    if (chunkNumber === 1) socket.write(OK);
    else leave(socket);
  });
  const transport = testTransport();
  expect(await post(transport, receiver.url, { body: "one" })).toMatchObject({ status: 200 });
  await connectionFree();
  expect(await post(transport, receiver.url, { body: "two" })).toMatchObject({ kind: "unreachable", word });
  expect(bodies).toEqual(["one", "two"]);
  expect(receiver.connections()).toBe(1);
  expect(await post(transport, receiver.url, { body: "three" })).toMatchObject({ status: 200 });
  expect(bodies).toEqual(["one", "two", "three"]);
});

test("over many rounds of closing at any moment, no request arrives twice", async () => {
  const seen = new Map<string, number>();
  await using receiver = await startRawReceiver((socket, chunk) => {
    for (const [id] of chunk.toString().matchAll(/id-\d+/g)) seen.set(id, (seen.get(id) ?? 0) + 1);
    const turn = seen.size % 4;
    if (turn === 0) socket.end();
    else if (turn === 1) socket.end(OK);
    else if (turn === 2) socket.write(OK, () => socket.resetAndDestroy());
    else socket.write(OK);
  });
  const transport = testTransport({ connectionsPerHost: 4 });
  const words: string[] = [];
  for (let round = 0; round < 200; round += 1) {
    const delivery = await post(transport, receiver.url, { body: `id-${round}` });
    words.push(delivery.kind === "answered" ? "answered" : delivery.word);
  }
  expect([...seen.values()].filter((count) => count !== 1)).toEqual([]);
  expect(words.filter((word) => !["answered", "closed", "reset"].includes(word))).toEqual([]);
  expect(words.filter((word) => word === "answered").length).toBeGreaterThan(50);
});

test("surplus bytes after an answer are not taken for the next one", async () => {
  await using receiver = await startRawReceiver((socket, _chunk, chunkNumber) => {
    socket.write(chunkNumber === 1 ? `${OK}HTTP/1.1 418 Smuggled\r\ncontent-length: 0\r\n\r\n` : OK);
  });
  const transport = testTransport();
  for (let round = 0; round < 3; round += 1)
    expect(await post(transport, receiver.url)).toMatchObject({ status: 200 });
});
