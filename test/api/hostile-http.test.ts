// Bytes on the wire that no well-behaved client sends: the server answers or hangs up, and goes on serving.
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServedApi, serveApi } from "./support.ts";

let api: ServedApi;
let token: string;
let port: number;
const server = createAdaptorServer({ fetch: (request) => api.fetch(request) });

beforeAll(async () => {
  api = await serveApi({ stream: { holdMs: 1 } });
  token = (await api.makeKey({ permission: "admin" })).token;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.close();
  await api[Symbol.asyncDispose]();
});

/**
 * Sends bytes as they are and reads until the other side hangs up; the status of the first answer, 0 for none.
 * `andLeave`: says that nothing more will come, which servers take for a client that has gone.
 */
async function send(
  bytes: string | Uint8Array,
  { andLeave = false } = {},
): Promise<{ status: number; text: string }> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (part: string) => {
    text += part;
  });
  socket.on("error", () => {});
  if (andLeave) socket.end(bytes);
  else socket.write(bytes);
  await once(socket, "close");
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0), text };
}

const request = (line: string, headers: string[] = [], body = "") =>
  [
    `${line} HTTP/1.1`,
    ...["Host: api.test", "Connection: close", `Authorization: Bearer ${token}`],
    ...[...headers, "", body],
  ].join("\r\n");

const N = "/v1/namespaces/app";

test.each(
  [
    ...[
      "/%",
      "/%zz",
      "//",
      "//evil.example/x",
      "/..",
      "/./v1/me",
      "/v1//me",
      "/v1/me/",
      "/V1/me",
      "/v1/me;a=b",
      "*",
    ],
    ...[
      `${N}/tasks/%`,
      `${N}/tasks/%c3%28`,
      `${N}/tasks/%00`,
      `${N}/tasks/${"a".repeat(5_000)}`,
      `${N}/tasks/%ed%a0%80`,
    ],
    ...[
      "/v1/namespaces/%zz/tasks",
      "/v1/namespaces//tasks",
      "/v1/namespaces/%2e%2e/tasks",
      "/v1/namespaces/other/../app/stats",
    ],
    ...[
      `${N}/tasks?a=%`,
      `${N}/tasks?limit=1&limit=2`,
      `${N}/tasks?${"a&".repeat(500)}`,
      `${N}/tasks?=`,
      `${N}/tasks?cursor=%00`,
    ],
    ...["http://evil.example/v1/me", "http://[::1/v1/me", "/docs?%", "/health#x"],
  ].map((target) => [target.slice(0, 40), target] as const),
)("GET %s is answered, and is no fault", async (_name, target) => {
  const { status, text } = await send(request(`GET ${target}`));
  expect(status, text.slice(0, 300)).toBeGreaterThanOrEqual(200);
  expect(status, text.slice(0, 300)).toBeLessThan(500);
  expect(api.faults).toEqual([]);
});

test.each([
  ["GET / HTTP/9.9\r\n\r\n"],
  ["nonsense\r\n\r\n"],
  ["\u0000\u0001\u0002"],
  ["GET /health HTTP/1.1\r\n\r\n"],
  ["GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"],
  ["GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: \u00ff\u0080\r\n\r\n"],
  [`GET /${"y".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  [
    "POST /v1/trigger HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["POST /v1/trigger HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
])("malformed message %# does not stop the server", async (bytes) => {
  const { status } = await send(Buffer.from(bytes, "latin1"), { andLeave: true });
  expect([0, 200, 400, 401, 431, 505]).toContain(status);
  expect((await send(request("GET /health"))).status).toBe(200);
  expect(api.faults).toEqual([]);
});

test("a body that ends early or never was what its headers say changes nothing", async () => {
  const body = '{"url":"https://example.com/","scheduledDate":"2040-01-01"}';
  for (const headers of [
    ["Content-Type: application/json", `Content-Length: ${body.length + 50}`],
    ["Content-Type: application/json", "Content-Length: 10"],
    ["Content-Type: application/json", "Content-Encoding: gzip", `Content-Length: ${body.length}`],
    ["Content-Type: application/json; charset=utf-16", `Content-Length: ${body.length}`],
    [`Content-Length: ${body.length}`],
  ]) {
    const { status, text } = await send(request(`POST ${N}/tasks`, headers, body), { andLeave: true });
    expect(status, `${headers} ${text.slice(0, 300)}`).toBeLessThan(500);
    expect([200, 201], `${headers}`).not.toContain(status);
  }
  expect((await api.hooks.fetch({ namespace: "app" })).items).toEqual([]);
  expect(api.faults).toEqual([]);
});

test("two keys in one request are none", async () => {
  const { status } = await send(request("GET /v1/me", ["Authorization: Bearer other"]));
  expect([200, 400, 401]).toContain(status);
  const both = await api.fetch(
    new Request("http://api.test/v1/me", { headers: { authorization: `Bearer ${token}, Bearer ${token}` } }),
  );
  expect(both.status).toBe(401);
});

test("any path and query, any header value: never a fault", async () => {
  const printable = fc.string({
    unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
  });
  const names = [
    "Authorization",
    "Idempotency-Key",
    "X-Request-Id",
    "Content-Type",
    "Last-Event-ID",
    "Accept",
    "Origin",
  ];
  const header = fc.tuple(fc.constantFrom(...names), printable).map(([name, value]) => `${name}: ${value}`);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "HEAD", "POST", "QUERY"),
      printable,
      fc.array(header, { maxLength: 3 }),
      async (method, path, headers) => {
        const bytes = Buffer.from(
          request(`${method} ${N}/${path}`, ["Content-Length: 0", ...headers]),
          "latin1",
        );
        const { status, text } = await send(bytes);
        expect(status, text.slice(0, 300)).toBeLessThan(500);
        expect(status).toBeGreaterThanOrEqual(200);
      },
    ),
    { numRuns: 150, seed: 20_300_101 },
  );
  expect((await send(request("GET /health"))).status).toBe(200);
  expect(api.faults).toEqual([]);
});
