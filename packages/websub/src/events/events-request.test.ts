import { expect, test } from "vitest";
import { CALLBACK, createTestHub, FORM, formOf } from "../hub/test-hub.ts";
import type { WebReply } from "../ports.ts";

const given = (more: Record<string, string> = {}): Record<string, string> => ({
  "hub.mode": "subscribe",
  "hub.topic": "a.b.c",
  "hub.callback": CALLBACK,
  ...more,
});
const post = (fields: Record<string, string> | [string, string][], contentType = FORM): Promise<WebReply> =>
  createTestHub().dotted.request({ namespace: "app", contentType, body: formOf(fields) });
const errorOf = ({ body }: WebReply) =>
  (JSON.parse(body ?? "{}") as { errors: Record<string, unknown>[] }).errors;

test("8.1: a valid request is 202 with an empty body, whatever else stands in the form", async () => {
  expect(await post(given())).toEqual({ status: 202 });
  expect(await post(given({ "hub.foo": "x", foo: "y", "hub.lease_seconds": "3600" }))).toEqual({
    status: 202,
  });
});

test("8.1: an error is a list with title, code, phrase, detail and source", async () => {
  const reply = await post(given({ "hub.topic": "a..b" }));
  expect(reply).toMatchObject({ status: 400, headers: { "content-type": "application/json" } });
  expect(errorOf(reply)).toEqual([
    {
      title: "Topic Validation Error",
      code: "topic-validation-error",
      status: "Bad Request",
      detail: "hub.topic has an empty part",
      source: ["hub.topic"],
    },
  ]);
});

test("8.1: the title of an error without a name of its own is the phrase of its status", async () => {
  expect(errorOf(await post(given({ "hub.mode": "unsubscribe" })))).toEqual([
    {
      title: "Not Found",
      code: "generic-http-error",
      status: "Not Found",
      detail: "There is no subscription of this callback to this topic",
      source: [],
    },
  ]);
});

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(given()).filter(([name]) => !names.includes(name)));
const REFUSALS: [string, Record<string, string>, number, string][] = [
  ["no callback", without("hub.callback"), 400, "missing-attributes-error"],
  ["an empty topic", given({ "hub.topic": "" }), 400, "missing-attributes-error"],
  ["no mode", without("hub.mode"), 400, "missing-attributes-error"],
  [
    "a callback of another scheme",
    given({ "hub.callback": "ftp://sub.example/" }),
    400,
    "callback-url-validation-error",
  ],
  ["a callback without a host", given({ "hub.callback": "https://" }), 400, "callback-url-validation-error"],
  ["a short lease", given({ "hub.lease_seconds": "3599" }), 400, "lease-seconds-validation-error"],
  ["a long lease", given({ "hub.lease_seconds": "31536001" }), 400, "lease-seconds-validation-error"],
  ["an unknown mode", given({ "hub.mode": "publish" }), 400, "unknown-mode-error"],
  ["a secret of 200 bytes", given({ "hub.secret": "x".repeat(200) }), 400, "generic-http-error"],
  ["an odd exact", given({ "hub.exact": "maybe" }), 400, "generic-http-error"],
  ["exact and a star", given({ "hub.exact": "true", "hub.topic": "a.*" }), 400, "generic-http-error"],
  ["exact of everything", given({ "hub.exact": "1", "hub.topic": "*" }), 400, "generic-http-error"],
  ["leaving what is not there", given({ "hub.mode": "unsubscribe" }), 404, "generic-http-error"],
];
test.each(REFUSALS)("8.1: refused: %s", async (_name, fields, status, code) => {
  const reply = await post(fields);
  expect([reply.status, errorOf(reply)[0]?.["code"]]).toEqual([status, code]);
});

test("8.1: all that is missing is named", async () => {
  expect(errorOf(await post({ "hub.lease_seconds": "1" }))[0]).toMatchObject({
    source: ["hub.callback", "hub.topic", "hub.mode"],
  });
});

test("8.1: another media type is 415, before anything else is looked at", async () => {
  const reply = await post({}, "application/json");
  expect([reply.status, errorOf(reply)[0]?.["status"]]).toEqual([415, "Unsupported Media Type"]);
});

test("8.1: checks come in their order: callback, topic, lease, mode", async () => {
  const wrong = given({
    "hub.callback": "nowhere",
    "hub.topic": "a..b",
    "hub.lease_seconds": "1",
    "hub.mode": "dance",
  });
  const codes: unknown[] = [];
  for (const [name, value] of Object.entries(given({ "hub.lease_seconds": "3600" })).sort()) {
    codes.push(errorOf(await post(wrong))[0]?.["code"]);
    wrong[name] = value;
  }
  // Sorted by name: callback, lease, mode, topic are put right one after the other.
  expect(codes).toEqual([
    "callback-url-validation-error",
    "topic-validation-error",
    "topic-validation-error",
    "topic-validation-error",
  ]);
  const lease = await post({ ...given(), "hub.lease_seconds": "1", "hub.mode": "dance" });
  expect(errorOf(lease)[0]?.["code"]).toBe("lease-seconds-validation-error");
});

test.each([
  "a/b",
  "a.b*",
  "*.a",
  "a.*.b",
  "a.",
  ".a",
  "a..b",
  "a b",
  "a.\u0000",
  "UN.CEFACT",
  "un.cefact.trade",
  "**",
  "x".repeat(513),
])("D-4.7.2: %j is refused with 400 and not with 500", async (topic) => {
  const reply = await post(given({ "hub.topic": topic }));
  expect([reply.status, errorOf(reply)[0]?.["code"]]).toEqual([400, "topic-validation-error"]);
});

test.each(["*", "a", "a.*", "UN.CEFACT.*", "UN.CEFACT.TRADE.CO", "UN", "ünïcode.straße", "a-b_c:d.1"])(
  "8.2: %j is a topic",
  async (topic) => {
    expect((await post(given({ "hub.topic": topic }))).status).toBe(202);
  },
);

test.each(["abc", "1e4", "-3600", "3600.5", " 3600", "0x1000", "Infinity", "3600s"])(
  "D-4.7.2: the lease %j is refused with 400 and not with 500",
  async (lease) => {
    const reply = await post(given({ "hub.lease_seconds": lease }));
    expect([reply.status, errorOf(reply)[0]?.["code"]]).toEqual([400, "lease-seconds-validation-error"]);
  },
);

test("a field with two values is refused by name", async () => {
  const fields: [string, string][] = [...Object.entries(given()), ["hub.topic", "x.y"]];
  expect(errorOf(await post(fields))[0]).toMatchObject({ source: ["hub.topic"] });
});

test("private addresses are no callbacks, however they are written", async () => {
  for (const host of ["127.0.0.1", "localhost", "10.0.0.1", "[::1]", "169.254.169.254", "2130706433"]) {
    const reply = await post(given({ "hub.callback": `http://${host}/cb` }));
    expect([host, errorOf(reply)[0]?.["code"]]).toEqual([host, "callback-url-validation-error"]);
  }
});
