import { isHookclockError, type Json, type Method, type TaskRequest } from "@hookclock/core";
import { startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import packageFile from "../package.json" with { type: "json" };
import { buildRequest, validateRequest } from "./request.ts";
import { testTransport } from "./test-support.ts";

const URL_BASE = "https://a.example/x";
const built = (request: Partial<TaskRequest>, extra?: Record<string, string>) =>
  buildRequest({ url: URL_BASE, method: "POST", ...request }, extra);

test.each(["POST", "PUT", "PATCH", "DELETE"] as const)("%s sends JSON by default", (method) => {
  const request = built({ method, body: { a: [1, "ü", null] } });
  expect(request).toMatchObject({ url: URL_BASE, method, body: '{"a":[1,"ü",null]}' });
  expect(request.headers["content-type"]).toBe("application/json");
});

test.each<[string, Json, string | undefined, string, string]>([
  ["an empty object", {}, undefined, "{}", "application/json"],
  ["an empty list", [], undefined, "[]", "application/json"],
  ["a text without a type", "hi", undefined, '"hi"', "application/json"],
  ["a text as JSON", "hi", "application/json; charset=utf-8", '"hi"', "application/json; charset=utf-8"],
  ["a text as some JSON", "hi", "application/cloudevents+json", '"hi"', "application/cloudevents+json"],
  ["a text of its own type", "<a/>", "text/xml", "<a/>", "text/xml"],
  [
    "a form given as text",
    "a=1&b=2",
    "application/x-www-form-urlencoded",
    "a=1&b=2",
    "application/x-www-form-urlencoded",
  ],
  ["a number", 0, undefined, "0", "application/json"],
  ["false", false, undefined, "false", "application/json"],
  ["an object of another type", { a: 1 }, "text/plain", '{"a":1}', "text/plain"],
  [
    "a form",
    { a: "1 &=", b: ["x", "ü"], c: null, d: { e: 1 }, f: true },
    "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
    "a=1+%26%3D&b=x&b=%C3%BC&c=&d=%7B%22e%22%3A1%7D&f=true",
    "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
  ],
])("%s is encoded by its content type", (_name, body, contentType, text, sentType) => {
  const request = built({
    body,
    ...(contentType === undefined ? {} : { headers: { "Content-Type": contentType } }),
  });
  expect(request.body).toBe(text);
  expect(request.headers["content-type"]).toBe(sentType);
  expect(Object.keys(request.headers).filter((name) => name.toLowerCase() === "content-type")).toHaveLength(
    1,
  );
});

test.each([undefined, null])("the body %s is none", (body) => {
  const request = built(body === undefined ? {} : { body });
  expect(request.body).toBeUndefined();
  expect(request.headers).not.toHaveProperty("content-type");
});

test("multipart has its own boundary, the same in every attempt, and parses", async () => {
  const body = { a: "1", 'na"me\r\nx: y': "v\r\n--v", list: ["x", "y"], umlaut: "ü" };
  const request = built({ body, headers: { "content-type": "multipart/form-data; boundary=mine" } });
  expect(built({ body, headers: { "content-type": "multipart/form-data" } })).toEqual(request);
  expect(request.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=hookclock-[0-9a-f]{40}$/);
  const form = await new Response(request.body ?? "", { headers: request.headers }).formData();
  expect([...form]).toEqual([
    ["a", "1"],
    ['na"me\r\nx: y', "v\r\n--v"],
    ["list", "x"],
    ["list", "y"],
    ["umlaut", "ü"],
  ]);
});

test.each<[string, string, { [key: string]: Json }, string]>([
  ["adds a query", "/", { a: 1, b: "x y" }, "/?a=1&b=x+y"],
  ["appends", "/?z=1", { a: 1 }, "/?z=1&a=1"],
  ["replaces at the first place", "/?a=1&b=2&a=3&c=4", { a: "new" }, "/?a=new&b=2&c=4"],
  ["keeps other duplicates and their order", "/?b=2&b=1&c", { a: 1 }, "/?b=2&b=1&c&a=1"],
  ["keeps empty keys and values", "/?&a=&=b&&c", { d: "" }, "/?&a=&=b&&c&d="],
  ["keeps encodings byte for byte", "/?q=a+b%20c%2fd;e'", { z: 1 }, "/?q=a+b%20c%2fd;e'&z=1"],
  ["knows an encoded key", "/?%61=1", { a: 2 }, "/?a=2"],
  ["drops the fragment", "/?a=1#f?x=y", { b: 1 }, "/?a=1&b=1"],
  ["is no query of the fragment", "/#?a=1", { b: 1 }, "/?b=1"],
  ["repeats lists", "/", { a: [1, 2] }, "/?a=1&a=2"],
  ["drops a key with an empty list", "/?a=1&b=2", { a: [] }, "/?b=2"],
  ["adds nothing for an empty object", "/?a=1", {}, "/?a=1"],
  ["keeps a bare question mark", "/?", {}, "/?"],
  [
    "takes odd names as names",
    "/",
    JSON.parse('{"__proto__":1,"constructor":2}'),
    "/?__proto__=1&constructor=2",
  ],
])("a body on GET: %s", (_name, path, body, expected) => {
  const request = built({ method: "GET", url: `https://a.example${path}`, body });
  expect(request.url).toBe(`https://a.example${expected}`);
  expect(request.body).toBeUndefined();
  expect(request.headers).not.toHaveProperty("content-type");
});

test("headers: own agent by default, the user's wins, the delivery's own win over all", () => {
  expect(built({}).headers["user-agent"]).toBe(`hookclock/${packageFile.version}`);
  expect(built({ headers: { "User-Agent": "mine" } }).headers["user-agent"]).toBe("mine");
  expect(built({ headers: { "accept-encoding": "gzip" } }).headers["accept-encoding"]).toBe("identity");
  expect(built({}, { "webhook-id": "1" }).headers["webhook-id"]).toBe("1");
});

const RESERVED = [
  "host",
  "Content-Length",
  "TRANSFER-ENCODING",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "proxy-authorization",
  "Proxy-Connection",
  "proxy-x",
  "webhook-id",
  "Webhook-Timestamp",
  "webhook-signature",
  "webhook-anything",
];
const MALFORMED: [string, string][] = [
  ["", "v"],
  ["a b", "v"],
  ["a:", "v"],
  ["ä", "v"],
  ["a\r\nb", "v"],
  ["a\0", "v"],
  ["a", "v\r\nx: y"],
  ["a", "v\n"],
  ["a", "\0"],
  ["a", "ü"],
  ["a", "\u007f"],
];

test.each(RESERVED)("%s is refused at the door and never sent", (name) => {
  expect(() => validateRequest({ url: URL_BASE, method: "GET", headers: { [name]: "v" } })).toThrow(
    JSON.stringify(name),
  );
  expect(Object.keys(built({ headers: { [name]: "v" } }).headers)).not.toContain(name.toLowerCase());
});

test.each(MALFORMED)("the header %j with value %j is refused by name and never sent", (name, value) => {
  const request = { url: URL_BASE, method: "GET" as const, headers: { [name]: value } };
  expect(() => validateRequest(request)).toThrow(JSON.stringify(name));
  expect(Object.keys(buildRequest(request).headers)).toEqual(Object.keys(built({ method: "GET" }).headers));
});

test("no message holds a header's value", () => {
  for (const headers of [
    { host: "tiger" },
    { authorization: "tiger\n" },
    { "x-a": "tiger", "X-A": "tiger" },
  ]) {
    const attempt = () => validateRequest({ url: URL_BASE, method: "GET", headers });
    expect(attempt).toThrow();
    expect(attempt).not.toThrow("tiger");
  }
});

test("two names that differ only in case are refused, naming both", () => {
  const attempt = () =>
    validateRequest({ url: URL_BASE, method: "GET", headers: { "X-One": "1", "x-one": "2" } });
  expect(attempt).toThrow('"x-one" is the same header as "X-One"');
});

test("too many and too long headers are refused", () => {
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`x-${at}`, "v"]));
  expect(() => validateRequest({ url: URL_BASE, method: "GET", headers: many })).toThrow("65 headers");
  expect(() => validateRequest({ url: URL_BASE, method: "GET", headers: { x: "y".repeat(17_000) } })).toThrow(
    "bytes",
  );
});

test.each<[string, Partial<TaskRequest>, string]>([
  ["a list on GET", { method: "GET", body: [1] }, "request.body"],
  ["a text on HEAD", { method: "HEAD", body: "x" }, "request.body"],
  [
    "a list as form",
    { body: [1], headers: { "Content-type": "application/x-www-form-urlencoded" } },
    "request.body",
  ],
  ["a text as multipart", { body: "x", headers: { "content-type": "multipart/form-data" } }, "request.body"],
  ["a method nobody knows", { method: "TRACE" as Method }, "request.method"],
])("%s is refused", (_name, request, field) => {
  try {
    validateRequest({ url: URL_BASE, method: "POST", ...request });
  } catch (error) {
    expect(isHookclockError(error, "invalid-input") && error.field).toBe(field);
    return;
  }
  throw new Error("was let through");
});

test.each<Partial<TaskRequest>>([
  {},
  { method: "GET", body: { a: 1 } },
  { method: "GET", body: null },
  { body: "x" },
  { body: [1] },
  {
    headers: {
      "X-Api-Key": "v",
      __proto__x: "1",
      constructor: "2",
      "content-type": "text/plain",
      Accept: "*/*",
    },
  },
  { headers: JSON.parse('{"__proto__":"1"}') },
])("%j is fine", (request) => {
  expect(validateRequest({ url: URL_BASE, method: "POST", ...request })).toBeUndefined();
});

test("a header called __proto__ goes out as one", async () => {
  await using receiver = await startReceiver(200);
  const request = buildRequest({
    url: receiver.url,
    method: "GET",
    headers: JSON.parse('{"__proto__":"1","constructor":"2"}'),
  });
  await testTransport().send(request, { timeoutMs: 5_000 });
  const raw = receiver.requests[0]?.rawHeaders.join("|");
  expect(raw).toContain("__proto__|1");
  expect(raw).toContain("constructor|2");
});
