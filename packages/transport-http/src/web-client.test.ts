import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { parseEgressPolicy } from "@hookclock/core";
import type { WebAnswer, WebFailure, WebRequest } from "@hookclock/engine";
import { startRawReceiver, startReceiver } from "@hookclock/testkit";
import { expect, onTestFinished, test } from "vitest";
import type { Lookup } from "./connector.ts";
import { realClock } from "./test-support.ts";
import { type ClosableWebClient, createWebClient } from "./web-client.ts";
import type { WireOptions } from "./wire.ts";

const testClient = ({ allow = ["127.0.0.1"], ...rest }: Partial<WireOptions> & { allow?: string[] } = {}) => {
  const client = createWebClient({ egress: parseEgressPolicy({ allow }), clock: realClock, ...rest });
  onTestFinished(() => client.close());
  return client;
};

const get = (client: ClosableWebClient, url: string, more: Partial<WebRequest> = {}) =>
  client.send({ method: "GET", url, timeoutMs: 5_000, answerBytesMax: 100_000, ...more });

/** The answer, or a failure that says what came instead. */
const answered = (result: WebAnswer | WebFailure): WebAnswer => {
  if (result.kind === "answered") return result;
  throw new Error(`no answer: ${result.word}: ${result.message}`);
};
const bytesOf = (text: string | Buffer): Uint8Array => Uint8Array.from(Buffer.from(text));
const rawAnswer = (text: string | Buffer) =>
  startRawReceiver((socket) => socket.end(typeof text === "string" ? Buffer.from(text, "latin1") : text));

test("bytes go out and come back as they are", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  await using receiver = await startReceiver({ status: 201, headers: { "X-One": "1" }, body: bytes });
  const answer = answered(
    await get(testClient(), `${receiver.url}/a?b=c%20d`, {
      method: "POST",
      body: bytes,
      headers: { "Content-Type": "application/octet-stream", "User-Agent": "me" },
    }),
  );
  expect(answer).toMatchObject({ status: 201, headers: { "x-one": "1" }, truncated: false });
  expect(answer.body).toStrictEqual(bytes);
  expect(answer.timings.totalMs).toBeGreaterThan(0);
  const [request] = receiver.requests;
  expect(request).toMatchObject({ method: "POST", url: "/a?b=c%20d" });
  expect(request?.headers).toMatchObject({
    "content-type": "application/octet-stream",
    "content-length": "256",
    "user-agent": "me",
    "accept-encoding": "gzip, deflate, br",
  });
  expect(bytesOf(request?.body ?? Buffer.alloc(0))).toStrictEqual(bytes);
});

test("text goes out as UTF-8, HEAD brings headers alone, and what was not asked for is said", async () => {
  await using receiver = await startReceiver({ headers: { etag: '"1"' }, body: "not for HEAD" });
  const client = testClient();
  await get(client, receiver.url, { method: "POST", body: "grüße" });
  const head = answered(await get(client, receiver.url, { method: "HEAD" }));
  expect(head).toMatchObject({ status: 200, headers: { etag: '"1"' }, truncated: false });
  expect(head.body).toHaveLength(0);
  expect(receiver.requests[0]?.body.toString()).toBe("grüße");
  expect(receiver.requests[1]?.headers["user-agent"]).toMatch(/^hookclock\//);
});

test("headers that came several times are joined, and a late one is not lost among many", async () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`x-${at}`, "v"]));
  const link = ['<http://hub.example/>; rel="hub"', '<http://a.example/>; rel="self"'];
  await using receiver = await startReceiver({
    headers: { ...many, "x-long": "y".repeat(30_000), Link: link },
  });
  const { headers } = answered(await get(testClient(), receiver.url));
  expect(headers["link"]).toBe(link.join(", "));
  expect(headers["x-199"]).toBe("v");
  expect(headers).not.toHaveProperty("connection");
});

test.each([
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
])("%s is unpacked, and the headers do not speak of packed bytes any more", async (coding, pack) => {
  const body = pack("packed text, longer than nothing");
  await using receiver = await startReceiver({ headers: { "content-encoding": coding }, body });
  const answer = answered(await get(testClient(), receiver.url));
  expect(answer.body).toStrictEqual(bytesOf("packed text, longer than nothing"));
  expect(answer.truncated).toBe(false);
  expect(answer.headers).not.toHaveProperty("content-encoding");
  expect(answer.headers).not.toHaveProperty("content-length");
});

test.each(["gzip", "br", "zstd", "gzip, gzip", "nonsense"])(
  "bytes that are not %s stay as they came, coding included",
  async (coding) => {
    await using receiver = await startReceiver({ headers: { "content-encoding": coding }, body: "plain" });
    const answer = answered(await get(testClient(), receiver.url));
    expect(answer).toMatchObject({ body: bytesOf("plain"), headers: { "content-encoding": coding } });
  },
);

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
])("%s that ends too early is told, although the message is complete", async (coding, pack) => {
  const packed = pack(Buffer.from(Array.from({ length: 5_000 }, (_, at) => `${at} `).join("")));
  const body = packed.subarray(0, packed.length - 5);
  await using receiver = await startReceiver({ headers: { "content-encoding": coding }, body });
  const answer = answered(await get(testClient(), receiver.url));
  expect(answer.truncated).toBe(true);
  expect(Buffer.from(answer.body).toString()).toMatch(/^0 1 2 3 /);
});

test.each([
  ["exactly what is wanted", 1_000, false],
  ["one byte more", 1_001, true],
  ["nothing", 0, false],
])("a body of %s is whole or marked", async (_name, length, truncated) => {
  await using receiver = await startReceiver({ body: "x".repeat(length) });
  const answer = answered(await get(testClient(), receiver.url, { answerBytesMax: 1_000 }));
  expect(answer.body).toHaveLength(Math.min(length, 1_000));
  expect(answer.truncated).toBe(truncated);
});

/** At its best quality it would take seconds for a bomb. */
const quickBrotli = (bytes: Buffer): Buffer =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", quickBrotli],
])("of a bomb in %s only what is wanted is unpacked", async (coding, pack) => {
  const body = pack(Buffer.alloc(200_000_000));
  await using receiver = await startReceiver({ headers: { "content-encoding": coding }, body });
  const before = process.memoryUsage().rss;
  const answerBytesMax = 300_000;
  const answer = answered(await get(testClient(), receiver.url, { answerBytesMax, timeoutMs: 20_000 }));
  expect(answer).toMatchObject({ status: 200, truncated: true });
  expect(answer.body).toHaveLength(answerBytesMax);
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
});

test("an endless body is left unread, and with nothing wanted none is read", async () => {
  await using receiver = await startReceiver((_request, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384, "x")));
    };
    response.on("drain", more);
    more();
    return undefined;
  });
  for (const answerBytesMax of [0, 1_000]) {
    const answer = answered(await get(testClient(), receiver.url, { answerBytesMax }));
    expect(answer).toMatchObject({ status: 200, truncated: true });
    expect(answer.body).toHaveLength(answerBytesMax);
  }
});

test("a body that breaks off is marked", async () => {
  await using receiver = await rawAnswer("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfive!");
  const answer = answered(await get(testClient(), receiver.url));
  expect(answer).toMatchObject({ body: bytesOf("five!"), truncated: true });
});

test.each([301, 302, 303, 307, 308])("%i is an answer, nothing is followed", async (status) => {
  await using elsewhere = await startReceiver(200);
  await using receiver = await startReceiver({ status, headers: { location: elsewhere.url } });
  const answer = answered(await get(testClient(), receiver.url));
  expect(answer).toMatchObject({ status, headers: { location: elsewhere.url } });
  expect(elsewhere.requests).toHaveLength(0);
});

test.each(["http://10.0.0.1/", "http://[::1]:1/", "http://169.254.169.254/latest", "http://2130706433/"])(
  "%s is refused before anything is dialled",
  async (url) => {
    const client = testClient({ allow: [] });
    expect(await get(client, url)).toMatchObject({ kind: "unreachable", word: "egress" });
    expect(client.egress).toBeDefined();
  },
);

test("a public name is checked by the address it leads to, each time a connection is made", async () => {
  await using receiver = await startReceiver({ headers: { connection: "close" } });
  let address = "127.0.0.1";
  const lookup: Lookup = (_host, _options, done) =>
    queueMicrotask(() => done(null, [{ address, family: 4 }]));
  const client = testClient({ allow: ["127.0.0.1"], lookup });
  const url = `http://feed.example:${receiver.port}/`;
  expect(await get(client, url)).toMatchObject({ status: 200 });
  address = "127.0.0.2";
  expect(await get(client, url)).toMatchObject({ kind: "unreachable", word: "egress" });
  expect(receiver.requests).toHaveLength(1);
});

test.each(["no url", "file:///etc/passwd", "http://user:pass@127.0.0.1/", "ftp://127.0.0.1/"])(
  "%s is no request",
  async (url) => {
    expect(await get(testClient(), url)).toMatchObject({ kind: "unreachable", word: "invalid-request" });
  },
);

test.each([
  ["a line break in a value", { "x-a": "1\r\nx-b: 2" }],
  ["a letter above ASCII in a value", { "x-a": "ü" }],
  ["a blank in a name", { "x a": "1" }],
  ["an empty name", { "": "1" }],
  ["a host of its own", { Host: "elsewhere.example" }],
  ["a length of its own", { "Content-Length": "1" }],
  ["a connection of its own", { connection: "upgrade" }],
])("a header with %s is not sent, and its value is not told", async (_what, headers) => {
  await using receiver = await startReceiver(200);
  const result = await get(testClient(), receiver.url, { headers });
  expect(result).toMatchObject({ kind: "unreachable", word: "invalid-request" });
  expect(JSON.stringify(result)).not.toContain("elsewhere");
  expect(receiver.connections()).toBe(0);
});

test("the time is for everything together, and a signal ends a request at once", async () => {
  await using receiver = await startReceiver("hang");
  const client = testClient();
  expect(await get(client, receiver.url, { timeoutMs: 30 })).toMatchObject({ word: "timeout" });
  const stop = new AbortController();
  const running = get(client, receiver.url, { signal: stop.signal });
  await receiver.received(2);
  stop.abort();
  expect(await running).toMatchObject({ kind: "unreachable", word: "aborted" });
});

test("close waits for what is in flight and refuses what comes after", async () => {
  const gate = Promise.withResolvers<void>();
  await using receiver = await startReceiver({ after: gate.promise, body: "late" });
  const client = testClient();
  const running = get(client, receiver.url);
  await receiver.received(1);
  const closing = client.close();
  gate.resolve();
  expect(answered(await running).body).toStrictEqual(bytesOf("late"));
  await closing;
  await expect(get(client, receiver.url)).rejects.toMatchObject({ code: "handler-fault" });
});
