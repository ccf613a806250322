import { HookclockError } from "@hookclock/core";
import { expect, test } from "vitest";
import { readJson } from "./body.ts";

const JSON_HEADERS = { "content-type": "application/json" };
const request = (body: BodyOf, headers: Record<string, string> = JSON_HEADERS): Request =>
  new Request("http://api.test/", { method: "POST", body, headers, duplex: "half" } as RequestInit);
type BodyOf = string | Uint8Array | ReadableStream<Uint8Array>;

const codeOf = (reading: Promise<unknown>): Promise<string> =>
  reading.then(
    () => "none",
    (error: unknown) => (error instanceof HookclockError ? error.code : String(error)),
  );

test("a body up to the limit is read, one byte more is not", async () => {
  expect(await readJson(request('"12345678"'), 10)).toBe("12345678");
  expect(await codeOf(readJson(request('"123456789"'), 10))).toBe("body-too-large");
});

test("a body that comes in pieces without a length is cut off at the limit", async () => {
  let pulled = 0;
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(1024).fill(0x20));
    },
    cancel() {
      cancelled = true;
    },
  });
  expect(await codeOf(readJson(request(endless), 10_000))).toBe("body-too-large");
  expect(pulled).toBeLessThan(20);
  expect(cancelled).toBe(true);
});

test("a text cut between two bytes of a character is put together again", async () => {
  const bytes = new TextEncoder().encode('"ä"');
  const parts = [bytes.slice(0, 2), bytes.slice(2)];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts.shift();
      if (part) controller.enqueue(part);
      else controller.close();
    },
  });
  expect(await readJson(request(stream), 100)).toBe("ä");
});

test("a length that lies does not help", async () => {
  expect(await codeOf(readJson(request("{}", { ...JSON_HEADERS, "content-length": "99999" }), 10))).toBe(
    "body-too-large",
  );
  expect(await codeOf(readJson(request('"123456789"', { ...JSON_HEADERS, "content-length": "1" }), 10))).toBe(
    "body-too-large",
  );
});

test.each(["application/json", "Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"'])(
  "%s is JSON",
  async (type) => {
    expect(await readJson(request("{}", { "content-type": type }), 10)).toEqual({});
  },
);

test.each([
  "text/plain",
  "application/json; charset=latin1",
  "application/x-www-form-urlencoded",
  "application/jsonp",
  "",
])("%j is refused", async (type) => {
  expect(await codeOf(readJson(request("{}", { "content-type": type }), 10))).toBe("unsupported-media-type");
});

test("a compressed body is refused", async () => {
  const headers = { ...JSON_HEADERS, "content-encoding": "gzip" };
  expect(await codeOf(readJson(request("{}", headers), 10))).toBe("unsupported-media-type");
});

test.each([
  [
    { "content-type": "application/x-www-form-urlencoded" },
    '"application/x-www-form-urlencoded"; allowed: app',
  ],
  [{ "content-type": "" }, "content-type is missing; allowed: application/json in UTF-8"],
  [
    { ...JSON_HEADERS, "content-encoding": "gzip" },
    'content-encoding is "gzip"; allowed: a body that is not c',
  ],
])("a refused type is named: %j", async (headers, words) => {
  await expect(readJson(request("{}", headers), 10)).rejects.toThrow(words);
});

test("no body is undefined, whatever its type", async () => {
  expect(await readJson(new Request("http://api.test/", { method: "POST" }), 10)).toBeUndefined();
});

test("a body that breaks off is the sender's affair", async () => {
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error("socket hang up"));
    },
  });
  expect(await codeOf(readJson(request(broken), 10))).toBe("malformed-json");
});
