import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { LIMITS, METHODS } from "@hookclock/core";
import { startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { answered, connectionFree, post, testTransport } from "./test-support.ts";

test("status, headers and body come back, and the request arrives as it was given", async () => {
  await using receiver = await startReceiver({
    status: 201,
    headers: { "x-one": "1", "x-two": ["a", "b"] },
    body: "grüße",
  });
  const delivery = await post(testTransport(), `${receiver.url}/a/b?c=d%20e&c=f`, {
    headers: { "x-in": "v" },
  });
  expect(delivery).toMatchObject({
    kind: "answered",
    status: 201,
    body: "grüße",
    headers: { "x-one": "1", "x-two": "a, b" },
  });
  expect(answered(delivery).truncated).toBeUndefined();
  expect(answered(delivery).encoding).toBeUndefined();
  expect(receiver.requests).toHaveLength(1);
  expect(receiver.requests[0]).toMatchObject({
    method: "POST",
    url: "/a/b?c=d%20e&c=f",
    headers: { "x-in": "v", "content-length": "5" },
  });
  expect(receiver.requests[0]?.body.toString()).toBe("hello");
});

test.each(METHODS)("%s goes out as %s", async (method) => {
  await using receiver = await startReceiver(204);
  const body = method === "GET" || method === "HEAD" ? undefined : "x";
  expect(await post(testTransport(), receiver.url, { method, body })).toMatchObject({
    status: 204,
    body: "",
  });
  expect(receiver.requests[0]?.method).toBe(method);
});

test.each([300, 301, 302, 303, 307, 308])("%i is an answer, nothing is followed", async (status) => {
  await using elsewhere = await startReceiver(200);
  for (const location of [
    elsewhere.url,
    "/loop",
    "file:///etc/passwd",
    "http://10.0.0.1/",
    "ftp://a.example",
  ]) {
    await using receiver = await startReceiver({ status, headers: { location } });
    expect(await post(testTransport(), receiver.url)).toMatchObject({ status, headers: { location } });
    expect(receiver.requests).toHaveLength(1);
  }
  await using bare = await startReceiver(status);
  expect(await post(testTransport(), bare.url)).toMatchObject({ status });
  expect(elsewhere.requests).toHaveLength(0);
});

test.each([400, 404, 410, 429, 500, 503, 599])("%i is an answer", async (status) => {
  await using receiver = await startReceiver({ status, body: "no" });
  expect(await post(testTransport(), receiver.url)).toMatchObject({ kind: "answered", status, body: "no" });
});

test.each([
  ["exactly the limit", 1_000, false],
  ["one byte more", 1_001, true],
])("a body of %s is kept whole or marked", async (_name, length, truncated) => {
  await using receiver = await startReceiver({ body: "x".repeat(length) });
  const delivery = answered(await post(testTransport({ responseBodyBytes: 1_000 }), receiver.url));
  expect(delivery.body).toBe("x".repeat(1_000));
  expect(delivery.truncated ?? false).toBe(truncated);
});

test("a cut never splits a character", async () => {
  await using receiver = await startReceiver({ body: "€".repeat(100) });
  for (const responseBodyBytes of [10, 11, 12]) {
    const delivery = answered(await post(testTransport({ responseBodyBytes }), receiver.url));
    expect(delivery).toMatchObject({ body: "€".repeat(Math.floor(responseBodyBytes / 3)), truncated: true });
    expect(delivery.encoding).toBeUndefined();
  }
});

test("a body that is no UTF-8 is base64, within the same limit", async () => {
  const bytes = Buffer.alloc(999, 0xff);
  await using receiver = await startReceiver({ body: bytes });
  const whole = answered(await post(testTransport({ responseBodyBytes: 2_000 }), receiver.url));
  expect(whole).toMatchObject({ encoding: "base64", body: bytes.toString("base64") });
  expect(whole.truncated).toBeUndefined();
  const cut = answered(await post(testTransport({ responseBodyBytes: 1_000 }), receiver.url));
  expect(cut).toMatchObject({ encoding: "base64", truncated: true });
  expect(cut.body.length).toBeLessThanOrEqual(1_000);
  expect(Buffer.from(cut.body, "base64")).toEqual(bytes.subarray(0, 750));
});

test("headers beyond the limits are left out and it is said", async () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`x-${at}`, "v"]));
  await using receiver = await startReceiver([
    { headers: many },
    { headers: { "x-long": "y".repeat(15_000), "x-more": "z".repeat(10_000) } },
  ]);
  const transport = testTransport();
  const counted = answered(await post(transport, receiver.url));
  expect(Object.keys(counted.headers)).toHaveLength(LIMITS.headersMax);
  expect(counted.truncated).toBe(true);
  const measured = answered(await post(transport, receiver.url));
  expect(measured.truncated).toBe(true);
  expect(measured.headers).toHaveProperty("x-long");
  expect(measured.headers).not.toHaveProperty("x-more");
});

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
])("%s is unpacked although it was not asked for", async (coding, pack) => {
  await using receiver = await startReceiver({
    headers: { "content-encoding": coding },
    body: pack("packed text"),
  });
  const delivery = answered(await post(testTransport(), receiver.url));
  expect(delivery.body).toBe("packed text");
  expect(delivery.truncated).toBeUndefined();
});

test.each(["gzip", "br", "zstd", "gzip, gzip", "nonsense"])(
  "bytes that are not %s are kept as they came",
  async (coding) => {
    await using receiver = await startReceiver({ headers: { "content-encoding": coding }, body: "plain" });
    expect(await post(testTransport(), receiver.url)).toMatchObject({ status: 200, body: "plain" });
  },
);

test("timings tell the phases of a fresh connection and leave them out on a reused one", async () => {
  await using receiver = await startReceiver(200);
  const transport = testTransport();
  const first = answered(await post(transport, receiver.url)).timings;
  expect(first.connectMs).toBeGreaterThan(0);
  expect(first.dnsMs).toBeUndefined();
  expect(first.firstByteMs).toBeGreaterThanOrEqual(first.connectMs ?? Number.NaN);
  expect(first.totalMs).toBeGreaterThanOrEqual(first.firstByteMs ?? Number.NaN);
  await connectionFree();
  const second = answered(await post(transport, receiver.url)).timings;
  expect(second.connectMs).toBeUndefined();
  expect(second.firstByteMs).toBeGreaterThan(0);
  expect(receiver.connections()).toBe(1);
});
