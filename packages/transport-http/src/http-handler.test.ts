import { randomBytes } from "node:crypto";
import { deliveryId, type TaskRequest, type TaskRow } from "@hookclock/core";
import type { AttemptContext } from "@hookclock/engine";
import { startRawReceiver, startReceiver } from "@hookclock/testkit";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { createHttpHandler, type HttpHandlerOptions, laneOf } from "./http-handler.ts";
import { realClock, testTransport } from "./test-support.ts";

const taskWith = (request: TaskRequest | undefined, more: Partial<TaskRow> = {}): TaskRow => ({
  namespace: "n",
  id: "t",
  kind: "http",
  rev: 0,
  fence: 0,
  status: "ACTIVE",
  ...(request === undefined ? {} : { request }),
  scheduledAt: 0,
  shard: 0,
  occurrence: 3,
  attempt: 0,
  execution: { count: 0, failed: 0, successful: 0 },
  createdAt: 0,
  updatedAt: 0,
  ...more,
});

const context = (more: Partial<AttemptContext> = {}): AttemptContext => ({
  signal: new AbortController().signal,
  deliveryId: deliveryId("n", "t", 3),
  startedAt: Date.now(),
  attempt: 1,
  ...more,
});

const handlerWith = (options: Partial<HttpHandlerOptions> = {}) =>
  createHttpHandler({ transport: testTransport(), clock: realClock, ...options });

const requestTo = (url: string, more: Partial<TaskRequest> = {}): TaskRequest => ({
  url,
  method: "POST",
  body: { a: 1 },
  ...more,
});

test("a delivered task: what was sent and received, and the signature verifies", async () => {
  await using receiver = await startReceiver({ status: 202, body: "taken" });
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const handler = handlerWith({ secrets: async () => [secret] });
  const outcome = await handler.run(
    taskWith(requestTo(receiver.url, { headers: { "X-Mine": "1" } })),
    context(),
  );
  expect(outcome).toMatchObject({
    class: "ok",
    sent: {
      url: receiver.url,
      method: "POST",
      body: { a: 1 },
      headers: { "x-mine": "1", "webhook-id": context().deliveryId, "webhook-signature": "[redacted]" },
    },
    received: { status: 202, body: "taken" },
  });
  expect(outcome).not.toHaveProperty("error");
  expect(outcome.timings?.totalMs).toBeGreaterThan(0);
  const [request] = receiver.requests;
  const headers = request?.headers as Record<string, string>;
  expect(new Webhook(secret).verify(request?.body.toString() ?? "", headers)).toEqual({ a: 1 });
});

test("a GET is signed over an empty body, and its fields are in the URL", async () => {
  await using receiver = await startReceiver(200);
  const secret = randomBytes(24).toString("base64");
  const handler = handlerWith({ secrets: () => [secret] });
  const outcome = await handler.run(
    taskWith(requestTo(`${receiver.url}/?z=1`, { method: "GET" })),
    context(),
  );
  expect(outcome.sent).toMatchObject({ url: `${receiver.url}/?z=1&a=1`, method: "GET" });
  expect(outcome.sent).not.toHaveProperty("body");
  const [request] = receiver.requests;
  expect(request?.url).toBe("/?z=1&a=1");
  const verify = (body: string) =>
    new Webhook(secret).verify(body, request?.headers as Record<string, string>);
  expect(() => verify("")).not.toThrow();
  expect(() => verify("{}")).toThrow();
});

test("without secrets nothing is signed, and the id is there all the same", async () => {
  await using receiver = await startReceiver(200);
  await handlerWith().run(taskWith(requestTo(receiver.url)), context({ startedAt: 1_700_000_000_999 }));
  const headers = receiver.requests[0]?.headers;
  expect(headers).toMatchObject({ "webhook-id": context().deliveryId, "webhook-timestamp": "1700000000" });
  expect(headers).not.toHaveProperty("webhook-signature");
});

test("values that may be secrets are written down nowhere", async () => {
  const secret = randomBytes(32).toString("base64");
  await using receiver = await startReceiver({
    status: 500,
    headers: { "set-cookie": ["a=tiger", "b=tiger"], "x-csrf-token": "tiger", "x-plain": "shown" },
  });
  const headers = {
    Authorization: "Bearer tiger",
    Cookie: "tiger",
    "X-API-Key": "tiger",
    "x-client-secret": "tiger",
    "X-ApiKey": "tiger",
    "x-password": "tiger",
    "x-hub-signature": "tiger",
    "x-amz-credential": "tiger",
    "x-plain": "shown",
  };
  const outcome = await handlerWith({ secrets: () => [secret] }).run(
    taskWith(requestTo(receiver.url, { headers })),
    context(),
  );
  expect(JSON.stringify(outcome)).not.toContain("tiger");
  expect(JSON.stringify(outcome)).not.toContain(secret);
  expect(outcome.sent?.headers).toMatchObject({ authorization: "[redacted]", "x-plain": "shown" });
  expect(outcome.received?.headers).toMatchObject({
    "set-cookie": "[redacted]",
    "x-csrf-token": "[redacted]",
    "x-plain": "shown",
  });
  expect(receiver.requests[0]?.headers).toMatchObject({
    authorization: "Bearer tiger",
    "x-api-key": "tiger",
  });
});

test.each([
  [204, "ok"],
  [302, "permanent"],
  [400, "permanent"],
  [404, "permanent"],
  [408, "retryable"],
  [410, "gone"],
  [425, "retryable"],
  [429, "retryable"],
  [500, "retryable"],
  [503, "retryable"],
])("%i is %s", async (status, outcomeClass) => {
  await using receiver = await startReceiver(status);
  const outcome = await handlerWith().run(taskWith(requestTo(receiver.url)), context());
  expect(outcome.class).toBe(outcomeClass);
  expect(outcome.error).toBe(outcomeClass === "ok" ? undefined : "status");
  if (outcomeClass !== "ok") expect(outcome.message).toContain(String(status));
});

test.each([
  ["120", 120_000],
  ["0", 0],
  ["soon", undefined],
  ["-1", undefined],
])("Retry-After %s is a wish of %s ms", async (value, retryAfterMs) => {
  await using receiver = await startReceiver({ status: 503, headers: { "retry-after": value } });
  const outcome = await handlerWith().run(taskWith(requestTo(receiver.url)), context());
  expect(outcome.retryAfterMs).toBe(retryAfterMs);
});

test("a date in Retry-After is read by the clock that was handed in", async () => {
  const at = Date.UTC(2030, 0, 1);
  await using receiver = await startReceiver({
    status: 429,
    headers: { "retry-after": new Date(at + 90_000).toUTCString() },
  });
  const handler = handlerWith({ clock: { ...realClock, now: () => at } });
  expect((await handler.run(taskWith(requestTo(receiver.url)), context())).retryAfterMs).toBe(90_000);
});

test("failures without an answer say the word, the place and no credentials", async () => {
  const receiver = await startReceiver(200);
  await receiver.close();
  const refused = await handlerWith().run(taskWith(requestTo(receiver.url)), context());
  expect(refused).toMatchObject({ class: "retryable", error: "refused", sent: { url: receiver.url } });
  expect(refused.message).toContain(`127.0.0.1:${receiver.port}`);
  const egress = await handlerWith().run(taskWith(requestTo("http://10.0.0.1/?key=tiger")), context());
  expect(egress).toMatchObject({ class: "permanent", error: "egress" });
  expect(egress.message).not.toContain("tiger");
  const invalid = await handlerWith().run(taskWith(requestTo("http://u:tiger@a.example/")), context());
  expect(invalid).toMatchObject({ class: "permanent", error: "invalid-request" });
  expect(invalid.message).not.toContain("tiger");
  expect(await handlerWith().run(taskWith(undefined), context())).toMatchObject({
    class: "permanent",
    error: "invalid-request",
  });
});

test("the task's own timeout is the attempt's", async () => {
  await using receiver = await startReceiver("hang");
  const outcome = await handlerWith().run(taskWith(requestTo(receiver.url), { timeoutMs: 120 }), context());
  expect(outcome).toMatchObject({ class: "retryable", error: "timeout" });
  expect(outcome.timings?.totalMs).toBeLessThan(15_000);
});

test("a 2xx whose body hangs is delivered, at the timeout", async () => {
  await using receiver = await startRawReceiver(
    (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
  );
  const outcome = await handlerWith().run(taskWith(requestTo(receiver.url), { timeoutMs: 120 }), context());
  expect(outcome).toMatchObject({ class: "ok", received: { body: "half", truncated: true } });
});

test("an attempt told to stop is our fault, not the receiver's", async () => {
  await using receiver = await startReceiver("hang");
  const stop = new AbortController();
  const running = handlerWith().run(taskWith(requestTo(receiver.url)), context({ signal: stop.signal }));
  await receiver.received(1);
  stop.abort();
  expect(await running).toMatchObject({ class: "fault", error: "aborted" });
});

test("secrets that cannot be had or read are our fault: nothing is sent", async () => {
  await using receiver = await startReceiver(200);
  const failing = handlerWith({ secrets: () => Promise.reject(new Error("vault is closed")) });
  await expect(failing.run(taskWith(requestTo(receiver.url)), context())).rejects.toThrow("vault is closed");
  const wrong = handlerWith({ secrets: () => ["tiger"] });
  const attempt = wrong.run(taskWith(requestTo(receiver.url)), context());
  await expect(attempt).rejects.toMatchObject({
    code: "invalid-input",
    message: expect.not.stringContaining("tiger"),
  });
  expect(receiver.requests).toEqual([]);
});

test("validate refuses at the door what run could never deliver", () => {
  const handler = handlerWith();
  const check = (request?: TaskRequest) => () => handler.validate?.(request === undefined ? {} : { request });
  expect(check()).toThrow("request: missing");
  expect(check(requestTo("http://10.0.0.1/"))).toThrow("not public");
  expect(check(requestTo("https://a.example/", { headers: { Host: "b" } }))).toThrow('"Host"');
  expect(check(requestTo("https://a.example/", { method: "GET", body: { a: "x".repeat(9_000) } }))).toThrow(
    "bytes",
  );
  expect(check(requestTo("https://a.example/"))).not.toThrow();
});

test.each([
  ["https://A.Example/x", "a.example:443"],
  ["http://a.example:8080", "a.example:8080"],
  ["http://a.example.", "a.example:80"],
  ["http://[::1]:81/", "[::1]:81"],
  ["http://0x7f.1/", "127.0.0.1:80"],
  ["nonsense", "invalid-url"],
])("the lane of %s is %s", (url, lane) => {
  expect(laneOf({ url })).toBe(lane);
});
