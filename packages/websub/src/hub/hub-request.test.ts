import { parseEgressPolicy } from "@hookclock/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isFormType, readForm } from "./form.ts";
import { type HubRequest, parseHubRequest } from "./hub-request.ts";
import { CALLBACK, subscription, TOPIC } from "./test-hub.ts";

const world = { egress: parseEgressPolicy({ allow: [] }), baseUrl: "http://localhost:4000" };
const parseText = (text: string): HubRequest => parseHubRequest(readForm(Buffer.from(text)), world);
const parse = (fields: Record<string, string> | [string, string][]): HubRequest =>
  parseText(new URLSearchParams(fields).toString());
const problemOf = (fields: Record<string, string> | [string, string][]): string => {
  const request = parse(fields);
  return request.mode === "fault" ? request.problem : `taken as ${request.mode}`;
};
const without = (name: string) =>
  Object.fromEntries(Object.entries(subscription()).filter(([key]) => key !== name));

test("H-R1: the three parameters are a request, and a secret and a lease go along", () => {
  const terms = { mode: "subscribe", topic: TOPIC, callback: CALLBACK };
  expect(parse(subscription())).toEqual({ ...terms, leaseSeconds: undefined, secret: null });
  expect(parse(subscription({ "hub.secret": "s", "hub.lease_seconds": "60" }))).toEqual({
    ...terms,
    leaseSeconds: 60,
    secret: "s",
  });
  expect(parse(subscription({ "hub.mode": "unsubscribe" }))).toMatchObject({ mode: "unsubscribe" });
});

test("H-R6: parameters it does not know are ignored, whatever they hold", () => {
  const more: [string, string][] = [
    ["foo", "bar"],
    ["hub.foo", "hub.bar"],
    ["hub.verify", "sync"],
    ["hub.verify", "async"],
    ["hub.verify_token", "x"],
    ["__proto__", "y"],
  ];
  expect(parse([...Object.entries(subscription()), ...more])).toMatchObject({ mode: "subscribe" });
});

test.each([
  ["no mode", without("hub.mode"), /^hub\.mode is missing/],
  ["an unknown mode", subscription({ "hub.mode": "Subscribe" }), /^hub\.mode is not known/],
  ["no topic", without("hub.topic"), /^hub\.topic is missing/],
  ["an empty topic", subscription({ "hub.topic": "" }), /^hub\.topic is missing/],
  ["no callback", without("hub.callback"), /^hub\.callback is missing/],
  ["a topic of another scheme", subscription({ "hub.topic": "ftp://pub.example/" }), /^hub\.topic: .*http/],
  ["a dotted topic", subscription({ "hub.topic": "a.b.c" }), /^hub\.topic: /],
  ["a relative callback", subscription({ "hub.callback": "/cb" }), /^hub\.callback: /],
  [
    "a callback with a password",
    subscription({ "hub.callback": "https://u:pw@sub.example/" }),
    /^hub\.callback: /,
  ],
  [
    "a line break in a callback",
    subscription({ "hub.callback": "https://sub.example/\r\nx" }),
    /^hub\.callback: /,
  ],
  [
    "a private callback",
    subscription({ "hub.callback": "http://169.254.169.254/latest" }),
    /^hub\.callback: .*public/,
  ],
  ["a private topic", subscription({ "hub.topic": "http://127.0.0.1/admin" }), /^hub\.topic: .*public/],
  ["a lease of words", subscription({ "hub.lease_seconds": "abc" }), /^hub\.lease_seconds/],
  ["a lease of nothing", subscription({ "hub.lease_seconds": "0" }), /^hub\.lease_seconds/],
  ["a negative lease", subscription({ "hub.lease_seconds": "-60" }), /^hub\.lease_seconds/],
  ["a broken lease", subscription({ "hub.lease_seconds": "60.5" }), /^hub\.lease_seconds/],
])("H-R4: refused with the reason: %s", (_name, fields, reason) => {
  expect(problemOf(fields)).toMatch(reason);
});

test("H-R8: a secret has fewer than 200 bytes, counted as bytes, and is not told back", () => {
  expect(parse(subscription({ "hub.secret": "x".repeat(199) }))).toMatchObject({ mode: "subscribe" });
  expect(parse(subscription({ "hub.secret": `${"é".repeat(99)}x` }))).toMatchObject({ mode: "subscribe" });
  expect(problemOf(subscription({ "hub.secret": "x".repeat(200) }))).toMatch(/^hub\.secret has 200 bytes/);
  const problem = problemOf(subscription({ "hub.secret": "é".repeat(100) }));
  expect(problem).toMatch(/^hub\.secret has 200 bytes/);
  expect(problem).not.toContain("é");
});

test("H-R7: a lease means nothing for who leaves, however it is written", () => {
  const fields = subscription({ "hub.mode": "unsubscribe", "hub.lease_seconds": "nonsense" });
  expect(parse(fields)).toMatchObject({ mode: "unsubscribe", leaseSeconds: undefined });
});

test("H-R4: one parameter with two values is no request; the same value twice is", () => {
  expect(problemOf([...Object.entries(subscription()), ["hub.callback", "https://evil.example/"]])).toMatch(
    /^hub\.callback is given several times/,
  );
  expect(parse([...Object.entries(subscription()), ["hub.topic", TOPIC]])).toMatchObject({ topic: TOPIC });
});

test("H-R9: form encoding is undone once, and what is left stays as it was written", () => {
  const encoded = `hub.mode=subscribe&hub.topic=${encodeURIComponent("https://pub.example/a%2Fb?x=%C3%A9&y=1+2")}&hub.callback=${encodeURIComponent(`${CALLBACK}?q=%26`)}`;
  expect(parseText(encoded)).toMatchObject({
    topic: "https://pub.example/a%2Fb?x=%C3%A9&y=1+2",
    callback: `${CALLBACK}?q=%26`,
  });
});

test("topics below our own address are fine wherever we run: they are never fetched", () => {
  const own = (topic: string) => parse(subscription({ "hub.topic": topic })).mode;
  expect(own("http://localhost:4000/topics/mine")).toBe("subscribe");
  expect(own("http://localhost:4000@127.0.0.1/x")).toBe("fault");
  expect(own("http://localhost:4001/topics/mine")).toBe("fault");
  expect(own("http://localhost:4000/topics/mi\r\nne")).toBe("fault");
});

test("topic and callback have to fit into one URL together", () => {
  const long = (n: number) => `https://pub.example/${"x".repeat(n)}`;
  expect(parse(subscription({ "hub.topic": long(3_000), "hub.callback": long(3_000) })).mode).toBe(
    "subscribe",
  );
  expect(problemOf(subscription({ "hub.topic": long(4_000), "hub.callback": long(4_200) }))).toMatch(
    /too long together/,
  );
});

test("P-6: a ping takes both names and several values; one without any, or with too many, is refused", () => {
  const fields: [string, string][] = [
    ["hub.mode", "publish"],
    ["hub.url", TOPIC],
    ["hub.topic", "https://pub.example/2"],
    ["hub.url", TOPIC],
  ];
  expect(parse(fields)).toEqual({ mode: "publish", topics: [TOPIC, "https://pub.example/2"] });
  expect(problemOf({ "hub.mode": "publish" })).toMatch(/^hub\.url is missing/);
  expect(problemOf({ "hub.mode": "publish", "hub.url": "feed.xml" })).toMatch(/^hub\.url is not/);
  const many = Array.from({ length: 101 }, (_, n): [string, string] => ["hub.url", `${TOPIC}/${n}`]);
  expect(problemOf([["hub.mode", "publish"], ...many])).toMatch(/101 topics/);
});

test("any bytes at all are answered with a reason or taken, and never throw", () => {
  const name = fc.constantFrom(
    "hub.mode",
    "hub.topic",
    "hub.callback",
    "hub.secret",
    "hub.lease_seconds",
    "x",
  );
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("subscribe", "publish", "60", TOPIC, CALLBACK, "http://127.1/"),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), (fields) => {
      const request = parse(fields.map(([key, text]): [string, string] => [key, text.toWellFormed()]));
      if (request.mode === "fault") expect(request.problem).not.toBe("");
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(parseHubRequest(readForm(bytes), world).mode).toBe("fault");
    }),
  );
});

test("a form is known by its type alone, parameters or not", () => {
  expect(isFormType("application/x-www-form-urlencoded")).toBe(true);
  expect(isFormType("Application/X-WWW-Form-Urlencoded ; charset=UTF-8")).toBe(true);
  for (const other of ["", "application/json", "text/plain", "application/x-www-form-urlencodedx"]) {
    expect(isFormType(other)).toBe(false);
  }
});
