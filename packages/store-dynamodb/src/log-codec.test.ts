import { deliveryId, type Json, type LogRow } from "@hookclock/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromAttributes, itemBytes, toAttributes } from "./attributes.ts";
import { decodeLog, encodeLog } from "./log-codec.ts";

const instant = fc.integer({ min: 0, max: 253_402_300_799_999 });
const headers = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), fc.string(), { maxKeys: 4 });
const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
const optional = { requiredKeys: [] as never[], noNullPrototype: true } as const;

const logRow = fc.record(
  {
    namespace: fc.string({ minLength: 1, unit: "grapheme" }),
    taskId: fc.string({ minLength: 1, unit: "grapheme" }),
    kind: fc.constantFrom("http", "slack"),
    occurrence: fc.nat({ max: 10 ** 9 }),
    attempt: fc.integer({ min: 1, max: 999 }),
    rev: fc.integer({ min: 0, max: 2 ** 41 }),
    retryLimit: fc.nat({ max: 100 }),
    status: fc.constantFrom("SUCCESS", "FAIL"),
    outcome: fc.constantFrom("ok", "retryable", "permanent", "gone", "fault"),
    error: fc.string(),
    message: fc.string(),
    scheduledAt: instant,
    dueAt: instant,
    startedAt: instant,
    request: fc.record(
      { url: fc.webUrl(), method: fc.string(), headers, body: fc.jsonValue().map((value) => value as Json) },
      optional,
    ),
    response: fc.record(
      {
        status: fc.nat(),
        headers,
        body: fc.string(),
        encoding: fc.constant("base64"),
        truncated: fc.boolean(),
      },
      { requiredKeys: ["status", "headers", "body"], noNullPrototype: true },
    ),
    timings: fc.record(
      { dnsMs: ms, connectMs: ms, firstByteMs: ms, totalMs: ms },
      { requiredKeys: ["totalMs"], noNullPrototype: true },
    ),
    createdAt: instant,
    ttl: fc.nat(),
  },
  {
    requiredKeys: [
      "namespace",
      "taskId",
      "kind",
      "occurrence",
      "attempt",
      "rev",
      "retryLimit",
      "status",
      "outcome",
      "scheduledAt",
      "dueAt",
      "startedAt",
      "createdAt",
      "ttl",
    ],
    noNullPrototype: true,
  },
);

test("every log comes back from its attributes as it was", () => {
  fc.assert(
    fc.property(logRow, (log) => {
      const read = decodeLog(fromAttributes(toAttributes(encodeLog(log, "digest"))));
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(log)));
    }),
  );
});

test("headers that we set ourselves come back from one letter each, others as they were", () => {
  const log = aLog();
  const headers = {
    "user-agent": "hookclock/9.9.9",
    accept: "*/*",
    "accept-encoding": "identity",
    "content-type": "application/json",
    "webhook-id": deliveryId(log.namespace, log.taskId, log.occurrence),
    "webhook-timestamp": String(Math.floor(log.startedAt / 1_000)),
  };
  const item = encodeLog({ ...log, request: { ...log.request, headers } }, "digest");
  expect(item["head"]).toBe('[["user-agent","hookclock/9.9.9"],"a","e","j","i","t"]');
  expect(decodeLog(item)?.request?.headers).toEqual(headers);
  const others = { accept: "text/html", "webhook-id": "mine", "webhook-timestamp": "1" };
  const foreign = encodeLog({ ...log, request: { ...log.request, headers: others } }, "digest");
  expect(decodeLog(foreign)?.request?.headers).toEqual(others);
});

const aLog = (): LogRow => {
  const at = Date.UTC(2030, 0, 1);
  return {
    namespace: "shop",
    taskId: "0b5d5a1e-7f0c-4a52-9f6e-0f4a4e6e2f11",
    kind: "http",
    occurrence: 0,
    attempt: 1,
    rev: 2 ** 39,
    retryLimit: 3,
    status: "SUCCESS",
    outcome: "ok",
    scheduledAt: at - 60,
    dueAt: at - 60,
    startedAt: at - 40,
    request: {
      url: "https://receiver.example/hooks/orders",
      method: "POST",
      headers: {
        "user-agent": "hookclock/0.1.0",
        accept: "*/*",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "webhook-id": deliveryId("shop", "0b5d5a1e-7f0c-4a52-9f6e-0f4a4e6e2f11", 0),
        "webhook-timestamp": String(Math.floor((at - 40) / 1_000)),
      },
      body: { event: "order.paid", text: "x".repeat(470) },
    },
    response: {
      status: 200,
      headers: {
        date: "Tue, 01 Jan 2030 00:00:00 GMT",
        "content-type": "application/json",
        "content-length": "11",
      },
      body: '{"ok":true}',
    },
    timings: { connectMs: 0.41, firstByteMs: 3.22, totalMs: 3.41 },
    createdAt: at,
    ttl: at / 1_000 + 7_776_000,
  };
};

test("a log with a body of half a kilobyte costs one unit", () => {
  expect(itemBytes(encodeLog(aLog(), "AbCdEfGh1234"))).toBeLessThan(1_024);
});

test("a log that would not fit gives up its request body, then most of the answer, and stays readable", () => {
  const log = aLog();
  log.request = { url: "https://receiver.example/", body: "x".repeat(256 * 1024) };
  log.response = { status: 200, headers: {}, body: "\u0001".repeat(64 * 1024) };
  const item = encodeLog(log, "digest");
  expect(itemBytes(item)).toBeLessThan(400 * 1024);
  expect(decodeLog(item)).toMatchObject({ request: { body: expect.stringContaining("left out") } });
});

test("items that make no log are left out, never thrown", () => {
  const good = encodeLog(aLog(), "digest");
  const broken = {
    status: "MAYBE",
    ago: "1,2",
    answer: "{",
    took: "5",
    ttl: "soon",
    body: "{",
    createdAt: "now",
  };
  for (const [name, value] of Object.entries(broken)) {
    expect(decodeLog({ ...good, [name]: value }), name).toBeNull();
  }
  expect(decodeLog({})).toBeNull();
});
