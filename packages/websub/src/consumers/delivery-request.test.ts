import { expect, test } from "vitest";
import type { HttpConsumerRow } from "./consumer.ts";
import { httpRequest } from "./delivery-request.ts";
import { messageJson, type StoredMessage } from "./message-json.ts";

const AT = Date.UTC(2030, 0, 1);
const consumer = (more: Partial<HttpConsumerRow> = {}): HttpConsumerRow => ({
  ...{ type: "http", name: "hook", epoch: "1", disableAfter: 20, retry: { limit: 0, baseMs: 1, maxMs: 1 } },
  ...{ timeoutMs: 1_000, createdAt: 0, updatedAt: 0, url: "https://hook.example/", format: "raw" },
  ...{ headers: {}, secrets: [] },
  ...more,
});
const message = (more: Partial<StoredMessage> = {}): StoredMessage => ({
  ...{
    namespace: "app",
    id: "m",
    source: { subscription: "s" },
    topic: "https://blog.example/",
    receivedAt: AT,
  },
  entry: { id: "e", version: "v", title: 'She said "hi"\n{{topic}}' },
  content: null,
  ...more,
});
const withContent = (type: string, bytes: string | Uint8Array): StoredMessage =>
  message({ entry: null, content: { type, bytes: Buffer.from(bytes) } });
const requestOf = (row: HttpConsumerRow, one: StoredMessage, template?: string) =>
  httpRequest(row, one, template, { deliveryId: "msg_1", at: AT });

test("raw with a template is its text; where the consumer's headers say JSON, values cannot break out of it", () => {
  const template = '{"text": "{{entry.title}}"}';
  const plain = requestOf(consumer(), message(), template);
  expect(plain).toMatchObject({
    headers: { "content-type": "text/plain; charset=utf-8", "webhook-id": "msg_1" },
    body: '{"text": "She said "hi"\n{{topic}}"}',
  });
  const headers = { "Content-Type": "application/json" };
  const json = requestOf(consumer({ headers }), message(), template);
  expect(json.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(String(json.body))).toEqual({ text: 'She said "hi"\n{{topic}}' });
});

test("raw without a template is the content, or the entry as JSON", () => {
  expect(JSON.parse(String(requestOf(consumer(), message()).body))).toMatchObject({ id: "e", version: "v" });
  expect(requestOf(consumer(), withContent("text/csv", "a,b")).headers["content-type"]).toBe("text/csv");
});

test.each(["", "text/plain\r\nx: y", "täxt/plain"])("a type that cannot be sent is none: %j", (type) => {
  expect(requestOf(consumer(), withContent(type, "x")).headers["content-type"]).toBe(
    "application/octet-stream",
  );
});

test("headers of the consumer win over ours, but never over those of the signature", () => {
  const headers = {
    "User-Agent": "mine",
    "X-A": "1",
    "webhook-id": "forged",
    host: "forged",
    "x-b": "a\r\nc: d",
  };
  const request = requestOf(consumer({ headers, format: "envelope" }), message());
  expect(request.headers).toEqual({
    ...{ "user-agent": "mine", "x-a": "1", "content-type": "application/json" },
    ...{ "webhook-id": "msg_1", "webhook-timestamp": String(AT / 1_000) },
  });
});

test.each<[string, string | Uint8Array, unknown, unknown]>([
  ["application/json", '{"a":[1]}', { a: [1] }, { sizeBytes: 9 }],
  ["application/vnd.x+json; charset=utf-8", "7", 7, { sizeBytes: 1 }],
  ["application/json", "null", null, { sizeBytes: 4 }],
  ["application/json", '{"a":', null, { text: '{"a":' }],
  [
    "application/json",
    `${"[".repeat(70)}${"]".repeat(70)}`,
    null,
    { sizeBytes: 140, text: expect.any(String) },
  ],
  ["application/json", `"${"x".repeat(300_000)}"`, null, { sizeBytes: 300_002, text: expect.any(String) }],
  ["text/plain; charset=iso-8859-1", Uint8Array.of(0xfc), null, { text: "ü" }],
  ["text/plain; charset=klingon", "x", null, { type: "text/plain; charset=klingon", sizeBytes: 1 }],
  ["text/plain", Uint8Array.of(0xfc), null, { type: "text/plain", sizeBytes: 1 }],
  ["application/atom+xml", "<a/>", null, { text: "<a/>" }],
  ["image/png", "x", null, { type: "image/png", sizeBytes: 1 }],
  ["", "x", null, { type: "", sizeBytes: 1 }],
])("content of type %s is payload, text or bytes", (type, bytes, payload, content) => {
  const json = messageJson(withContent(type, bytes));
  expect(json["payload"]).toEqual(payload);
  expect(json["content"]).toMatchObject(content as Record<string, unknown>);
  expect(json["content"]).not.toHaveProperty("base64");
});

test("JSON with names that objects inherit stays data", () => {
  const json = messageJson(withContent("application/json", '{"__proto__":{"a":1},"constructor":2}'));
  expect(JSON.stringify(json["payload"])).toBe('{"__proto__":{"a":1},"constructor":2}');
});
