import { afterAll, beforeAll, expect, test } from "vitest";
import type { HubHabits } from "./hub-habits.ts";
import { HUB_TESTS } from "./hub-tests.ts";
import { sign } from "./sign.ts";
import { type Site, startSite } from "./site.ts";
import { startSmallHub } from "./small-hub.ts";
import type { RocksResult } from "./verdict.ts";

// The driver is worth something only if it fails hubs that are wrong: each here has one fault, and must fail for it, in the
// tests that look at it and nowhere else.

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

/** Error by number of the failed tests. */
const failuresOf = async (spoilt: Partial<HubHabits>): Promise<{ [id: string]: string }> => {
  await using hub = await startSmallHub(spoilt);
  const results: RocksResult[] = [];
  for (const { run } of HUB_TESTS) results.push(await run(site, hub));
  const failed = results.filter(({ passed }) => !passed);
  return Object.fromEntries(failed.map(({ id, error }) => [id, error ?? "no error"]));
};

const IDS = HUB_TESTS.map(({ id }) => id);
const all = (error: string) => Object.fromEntries(IDS.map((id) => [id, error]));
const allBut = (error: string, ...others: number[]) =>
  Object.fromEntries(IDS.filter((id) => !others.includes(id)).map((id) => [id, error]));

test("there is a test for each number of the suite", () => {
  expect(IDS).toEqual([100, 101, 102, 103, 104, 105, 106]);
});

test("a right hub passes every test, and each step is told", async () => {
  await using hub = await startSmallHub();
  for (const { id, name, run } of HUB_TESTS) {
    const result = await run(site, hub);
    expect(result).toMatchObject({ id, name, passed: true });
    expect(result).not.toHaveProperty("error");
    expect(result.steps.slice(0, 4)).toEqual([
      { step: "subscribe", ok: true, detail: "202" },
      { step: "verification", ok: true, detail: "subscribe" },
      { step: "publish", ok: true, detail: "204" },
      { step: "notification", ok: true, detail: "" },
    ]);
    const last = result.steps.at(-1)?.step;
    expect(last).toBe(id === 103 || id === 104 ? "silence" : "notification");
  }
});

test.each(["sha1", "sha384", "sha512"])("a hub that signs with %s passes too", async (method) => {
  const signature = (secret: string | null, body: Buffer) => secret && sign(method, secret, body);
  expect(await failuresOf({ signature })).toEqual({});
});

test.each([200, 204, 201, 302, 400, 500])("a hub that answers %i in place of 202 fails", async (status) => {
  expect(await failuresOf({ answer: () => status })).toEqual(all("not_202"));
});

test("a hub that refuses parameters it does not know fails 102 alone", async () => {
  const answer = (form: URLSearchParams) => (form.has("foo") || form.has("hub.foo") ? 400 : 202);
  expect(await failuresOf({ answer })).toEqual({ 102: "not_202" });
});

test("a hub that refuses secrets fails 101 alone", async () => {
  const answer = (form: URLSearchParams) => (form.has("hub.secret") ? 400 : 202);
  expect(await failuresOf({ answer })).toEqual({ 101: "not_202" });
});

test("a hub that refuses a pair it has fails 103 alone", async () => {
  const seen = new Set<string>();
  const answer = (form: URLSearchParams) => {
    const key = `${form.get("hub.mode")} ${form.get("hub.callback")}`;
    if (form.get("hub.mode") === "subscribe" && seen.has(key)) return 409;
    seen.add(key);
    return 202;
  };
  expect(await failuresOf({ answer })).toEqual({ 103: "not_202" });
});

test("a hub that does not ask back fails", async () => {
  expect(await failuresOf({ verifies: false })).toEqual(all("not_verified"));
});

test.each<[string, (query: URLSearchParams) => void, string]>([
  ["without a mode", (query) => query.delete("hub.mode"), "missing_mode"],
  ["with an empty mode", (query) => query.set("hub.mode", ""), "missing_mode"],
  ["with another mode", (query) => query.set("hub.mode", "verify"), "invalid_mode"],
  ["without the topic", (query) => query.delete("hub.topic"), "missing_topic"],
  ["about another topic", (query) => query.append("hub.topic", "http://localhost/"), "invalid_topic"],
  ["without a challenge", (query) => query.delete("hub.challenge"), "missing_challenge"],
  ["without a lease", (query) => query.delete("hub.lease_seconds"), "missing_lease_seconds"],
])("a hub that asks back %s fails", async (_, question, error) => {
  expect(await failuresOf({ question })).toEqual(all(error));
});

test("the first of several faults counts", async () => {
  const question = (query: URLSearchParams) => {
    query.delete("hub.challenge");
    query.delete("hub.topic");
  };
  expect(await failuresOf({ question })).toEqual(all("missing_topic"));
  const link = () => null;
  expect(await failuresOf({ link, signature: () => null })).toEqual(all("link_header"));
});

test("a hub that asks for the wrong mode is let through, as the suite does", async () => {
  const question = (query: URLSearchParams, form: URLSearchParams) => {
    if (form.get("hub.mode") === "unsubscribe") query.set("hub.mode", "subscribe");
    query.set("hub.lease_seconds", "1");
  };
  expect(await failuresOf({ question })).toEqual({});
});

test("a hub that delivers nothing fails", async () => {
  expect(await failuresOf({ delivers: false })).toEqual(all("not_notified"));
});

test("a hub that keeps a renewal as a second subscription fails 103, and 104 if it cannot find them again", async () => {
  let count = 0;
  const nameOf = ({ callback }: { callback: string }) => {
    count += 1;
    return `${callback} ${count}`;
  };
  expect(await failuresOf({ nameOf })).toEqual({
    103: "second_notification",
    104: "notified_after_unsubscribe",
  });
  const renewed = (subscription: { callback: string }) =>
    subscription.callback.includes("/103/") ? nameOf(subscription) : subscription.callback;
  expect(await failuresOf({ nameOf: renewed })).toEqual({ 103: "second_notification" });
});

test("a hub that keeps delivering after unsubscription fails 104 alone", async () => {
  expect(await failuresOf({ unsubscribes: false })).toEqual({ 104: "notified_after_unsubscribe" });
});

test.each<[string, HubHabits["body"], { [id: string]: string }]>([
  ["an empty body", () => Buffer.from(" \r\n\t"), all("empty_payload")],
  ["a part of the body", ({ bytes }) => bytes.subarray(0, bytes.length - 9), all("body_mismatch")],
  [
    "JSON written anew",
    ({ bytes, type }) =>
      type.includes("json") ? Buffer.from(JSON.stringify(JSON.parse(bytes.toString()))) : bytes,
    { 106: "body_mismatch" },
  ],
  [
    "markup escaped",
    ({ bytes }) => Buffer.from(bytes.toString().replaceAll("<", "&lt;")),
    allBut("body_mismatch", 105, 106),
  ],
  ["blanks trimmed", ({ bytes }) => Buffer.from(bytes.toString().trim()), {}],
])("a hub that delivers %s", async (_, body, expected) => {
  expect(await failuresOf({ body })).toEqual(expected);
});

test.each<[string, HubHabits["contentType"], { [id: string]: string }]>([
  [
    "always HTML",
    () => "text/html; charset=UTF-8",
    { 105: "content_type_mismatch", 106: "content_type_mismatch" },
  ],
  [
    "the type without its parameters",
    (type) => type.split(";")[0] ?? "",
    allBut("content_type_mismatch", 106),
  ],
  ["the type with a space more", (type) => type.replace(/;\s*/, "; "), { 105: "content_type_mismatch" }],
  ["the type in lower case", (type) => type.toLowerCase(), allBut("content_type_mismatch", 106)],
])("a hub that delivers %s", async (_, contentType, expected) => {
  expect(await failuresOf({ contentType })).toEqual(expected);
});

test.each<[string, (hub: string, topic: string) => string | null, boolean]>([
  ["none", () => null, false],
  ["rel=hub alone", (hub) => `<${hub}>; rel="hub"`, false],
  ["rel=self alone", (_, topic) => `<${topic}>; rel="self"`, false],
  ["another hub", (_, topic) => `<http://localhost/>; rel="hub", <${topic}>; rel="self"`, false],
  [
    "another hub first",
    (hub, topic) => `<${hub}x>; rel="hub", <${hub}>; rel="hub", <${topic}>; rel="self"`,
    false,
  ],
  ["a slash behind the hub", (hub, topic) => `<${hub}/>; rel="hub", <${topic}>; rel="self"`, false],
  ["no space behind the comma", (hub, topic) => `<${topic}>; rel="self",<${hub}>; rel="hub"`, false],
  ["no space behind the semicolon", (hub, topic) => `<${hub}>;rel="hub", <${topic}>;rel="self"`, false],
  ["the self first", (hub, topic) => `<${topic}>; rel="self", <${hub}>; rel="hub"`, true],
  [
    "another hub second",
    (hub, topic) => `<${hub}>; rel="hub", <${hub}x>; rel="hub", <${topic}>; rel="self"`,
    true,
  ],
  ["no quotes, and another title", (hub, topic) => `<${hub}>; title=x; rel=hub, <${topic}>; rel=self`, true],
  [
    "a self that is not the topic, which the suite does not see",
    (hub) => `<${hub}>; rel="hub", <${hub}>; rel="self"`,
    true,
  ],
])("a hub whose Link header has %s", async (_, link, passes) => {
  expect(await failuresOf({ link })).toEqual(passes ? {} : all("link_header"));
});

const signed = (spoil: (right: string, secret: string, body: Buffer) => string | null) => ({
  signature: (secret: string | null, body: Buffer) =>
    secret && spoil(sign("sha256", secret, body), secret, body),
});

test.each<[string, Partial<HubHabits>, string]>([
  ["does not sign", signed(() => null), "signature"],
  [
    "signs other bytes",
    signed((_, secret, body) => sign("sha256", secret, Buffer.concat([body, Buffer.from("\n")]))),
    "signature_mismatch",
  ],
  [
    "signs with another secret",
    signed((_, secret, body) => sign("sha256", `${secret}x`, body)),
    "signature_mismatch",
  ],
  ["signs with md5", signed((_, secret, body) => sign("md5", secret, body)), "signature_mismatch"],
  ["names another method", signed((right) => right.replace("sha256", "sha512")), "signature_mismatch"],
  ["names no method", signed((right) => right.replace("sha256=", "")), "signature_mismatch"],
  [
    "writes upper case",
    signed((right) => right.replace(/[a-f]/g, (digit) => digit.toUpperCase())),
    "signature_mismatch",
  ],
  ["cuts the digits", signed((right) => right.slice(0, -1)), "signature_mismatch"],
])("a hub that %s fails 101 alone", async (_, spoilt, error) => {
  expect(await failuresOf(spoilt)).toEqual({ 101: error });
});

test("a hub that signs without a secret fails all but 101", async () => {
  const signature = (secret: string | null, body: Buffer) => sign("sha256", secret ?? "none", body);
  expect(await failuresOf({ signature })).toEqual(allBut("signature", 101));
});

test("a hub that is not there fails", async () => {
  const results = await Promise.all(HUB_TESTS.map(({ run }) => run(site, { url: "http://127.0.0.1:9/hub" })));
  expect(results.map(({ error }) => error)).toEqual(IDS.map(() => "no_answer"));
});

test("a hub that cannot tell when it is done is waited for", async () => {
  await using silent = await startSmallHub({ verifies: false });
  await using right = await startSmallHub();
  const [typical] = HUB_TESTS;
  const unsubscription = HUB_TESTS.find(({ id }) => id === 104);
  expect(await typical?.run(site, { url: silent.url, timeoutMs: 50 })).toMatchObject({
    error: "not_verified",
  });
  expect(await unsubscription?.run(site, { url: right.url, quietMs: 50 })).toMatchObject({ passed: true });
});
