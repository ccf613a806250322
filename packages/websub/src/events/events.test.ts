import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { agreeing, createTestHub, FORM, formOf, type TestHub } from "../hub/test-hub.ts";

const DAY_MS = 86_400_000;
const form = (hub: TestHub, fields: Record<string, string>) =>
  hub.dotted.request({ namespace: "app", contentType: FORM, body: formOf(fields) });
const callbackOf = (name: string): string => `https://${name}.example/cb`;

async function subscribe(hub: TestHub, name: string, topic: string, more: Record<string, string> = {}) {
  if (!hub.peers.has(callbackOf(name))) hub.peers.set(callbackOf(name), agreeing);
  const fields = { "hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callbackOf(name), ...more };
  const reply = await form(hub, fields);
  await hub.run();
  return reply;
}
const publish = async (
  hub: TestHub,
  predicate: string,
  payload = { predicate } as Record<string, string>,
) => {
  const published = await hub.dotted.publish({ namespace: "app", predicate, payload });
  await hub.run();
  return published;
};
const got = (hub: TestHub, name: string): number => hub.at(callbackOf(name), "POST").length;
const stateOf = async (hub: TestHub, topic: string) =>
  (await hub.hub.list({ namespace: "app", topic, limit: 5 })).items;

test("D-4.7.1: nobody is subscribed without having agreed; the check is the standard's", async () => {
  const hub = createTestHub();
  hub.peers.set(callbackOf("victim"), () => ({ status: 404 }));
  expect(await subscribe(hub, "victim", "a.b")).toEqual({ status: 202 });
  await publish(hub, "a.b.c");
  expect(got(hub, "victim")).toBe(0);
  const [check] = hub.seen;
  expect([...(check?.query.keys() ?? [])]).toEqual([
    "hub.mode",
    "hub.topic",
    "hub.challenge",
    "hub.lease_seconds",
  ]);
  expect(check?.query.get("hub.topic")).toBe("a.b");
  expect(check?.query.get("hub.lease_seconds")).toBe("432000");
});

test("D-4.7.1: in closed networks the check can be left out; then 202 means that it holds", async () => {
  const hub = createTestHub({ hub: { verifyEvents: false } });
  expect(await subscribe(hub, "s", "a")).toEqual({ status: 202 });
  expect(hub.seen).toEqual([]);
  await publish(hub, "a.b");
  expect(got(hub, "s")).toBe(1);
  const leave = { "hub.mode": "unsubscribe", "hub.topic": "A.*", "hub.callback": callbackOf("s") };
  expect(await form(hub, leave)).toEqual({ status: 202 });
  expect((await form(hub, leave)).status).toBe(404);
  await publish(hub, "a.c");
  expect(got(hub, "s")).toBe(1);
});

test("8.3, 8.6: each subscriber at or above the predicate gets the event once, and nobody else", async () => {
  const hub = createTestHub();
  await subscribe(hub, "one", "ooo.aaa.bbb");
  await subscribe(hub, "two", "OOO.AAA.BBB");
  await subscribe(hub, "three", "ooo.aaa");
  await subscribe(hub, "four", "ooo.*");
  await subscribe(hub, "five", "*");
  await subscribe(hub, "below", "ooo.aaa.bbb.ccc");
  await subscribe(hub, "beside", "ooo.aa");
  await publish(hub, "ooo.aaa.bbb");
  const counts = ["one", "two", "three", "four", "five", "below", "beside"].map((name) => got(hub, name));
  expect(counts).toEqual([1, 1, 1, 1, 1, 0, 0]);
});

test("8.3: a callback that matches at several levels gets one delivery for each event", async () => {
  const hub = createTestHub();
  for (const topic of ["a", "a.b", "a.b.c", "*"]) await subscribe(hub, "s", topic);
  await publish(hub, "a.b.c");
  await publish(hub, "a.b");
  expect(got(hub, "s")).toBe(2);
});

test("8.3: a delivery that matched at several levels goes on when one of them has ended", async () => {
  const hub = createTestHub();
  await subscribe(hub, "s", "a");
  await subscribe(hub, "s", "a.b", { "hub.secret": "special" });
  hub.peers.set(callbackOf("s"), (request) =>
    request.method === "GET" ? agreeing(request) : { status: 500 },
  );
  await publish(hub, "a.b");
  await form(hub, { "hub.mode": "unsubscribe", "hub.topic": "a.b", "hub.callback": callbackOf("s") });
  await hub.run();
  hub.peers.set(callbackOf("s"), agreeing);
  await hub.pass(60_000, 5_000);
  const signed = hub.at(callbackOf("s"), "POST").map(({ headers }) => "x-hub-signature" in (headers ?? {}));
  expect(signed[0]).toBe(true);
  expect(signed.at(-1)).toBe(false);
  expect(hub.at(callbackOf("s"), "POST").at(-1)?.method).toBe("POST");
});

test("a delivery reads the one subscription that it was made for, however many levels an event has", async () => {
  const hub = createTestHub({ hub: { verifyEvents: false } });
  await subscribe(hub, "s", "a.b");
  await subscribe(hub, "t", "*");
  const { getMany } = hub.documents;
  let read = 0;
  hub.documents.getMany = (keys, now) => {
    read += keys.length;
    return getMany(keys, now);
  };
  await publish(hub, "a.b.c.d.e");
  expect([got(hub, "s"), got(hub, "t"), read]).toEqual([1, 1, 2]);
});

test("exact: only events of the topic itself, in any case", async () => {
  const hub = createTestHub();
  await subscribe(hub, "s", "Orders.Paid", { "hub.exact": "true" });
  for (const predicate of ["orders.paid", "orders.paid.late", "orders"]) await publish(hub, predicate);
  expect(got(hub, "s")).toBe(1);
  expect(await stateOf(hub, "orders.paid")).toMatchObject([{ exact: true }]);
  await hub.pass(2_000);
  await subscribe(hub, "s", "orders.paid.*");
  await publish(hub, "orders.paid.late");
  expect(got(hub, "s")).toBe(2);
  expect(await stateOf(hub, "orders.paid")).toMatchObject([{ exact: false }]);
});

test("D-4.7.6: the payload is JSON as it is, the links name this hub and the event, and it can be signed", async () => {
  const hub = createTestHub();
  await subscribe(hub, "s", "a", { "hub.secret": "k" });
  const payload = { predicate: "a.b", message: { sender: "x", nested: "[1,2]" } };
  await hub.dotted.publish({ namespace: "app", predicate: "a.b", payload });
  await hub.run();
  const [push] = hub.at(callbackOf("s"), "POST");
  const body = Buffer.from(push?.body ?? "").toString();
  expect(JSON.parse(body)).toEqual(payload);
  expect(push?.headers).toMatchObject({
    "content-type": "application/json",
    link: '<https://hub.example/subscriptions/app>; rel="hub", <https://hub.example/events/app/a.b>; rel="self"',
    "x-hub-signature": `sha256=${createHmac("sha256", "k").update(body).digest("hex")}`,
  });
});

test("D-4.7.3: unsubscribing removes exactly the pair that is named, and 404 says that there is none", async () => {
  const hub = createTestHub();
  await subscribe(hub, "s", "a");
  const leave = (topic: string) =>
    form(hub, { "hub.mode": "unsubscribe", "hub.topic": topic, "hub.callback": callbackOf("s") });
  expect((await leave("a.b")).status).toBe(404);
  await publish(hub, "a.b");
  expect(got(hub, "s")).toBe(1);
  await hub.pass(2_000);
  expect((await leave("A.*")).status).toBe(202);
  await hub.run();
  await publish(hub, "a.b");
  expect(got(hub, "s")).toBe(1);
});

test("8.3: subscribing again is the same subscription, renewed; T-3 holds for it too", async () => {
  const hub = createTestHub();
  await subscribe(hub, "s", "a.b");
  await hub.pass(DAY_MS);
  await subscribe(hub, "s", "A.B.*");
  expect(await stateOf(hub, "a.b")).toMatchObject([
    { expiresDate: new Date(hub.clock.now() + 432_000_000).toISOString() },
  ]);
  const before = await stateOf(hub, "a.b");
  await hub.pass(DAY_MS);
  hub.peers.set(callbackOf("s"), () => ({ status: 404 }));
  await subscribe(hub, "s", "a.b", { "hub.lease_seconds": "31536000" });
  expect((await stateOf(hub, "a.b"))[0]?.expiresDate).toBe(before[0]?.expiresDate);
});

test("8.4, D-4.7.5: what has run out gets nothing, counts as absent, and is removed in the end", async () => {
  const hub = createTestHub();
  await subscribe(hub, "s", "a", { "hub.lease_seconds": "3600" });
  await hub.pass(3_599_000);
  await publish(hub, "a");
  expect(got(hub, "s")).toBe(1);
  await hub.pass(1_000);
  await publish(hub, "a");
  expect(got(hub, "s")).toBe(1);
  const leave = { "hub.mode": "unsubscribe", "hub.topic": "a", "hub.callback": callbackOf("s") };
  expect((await form(hub, leave)).status).toBe(404);
  await hub.pass(2 * DAY_MS, DAY_MS);
  expect(await stateOf(hub, "a")).toEqual([]);
});

test("D-4.7.4: a failed delivery is never lost, waits as asked, and stops at 410", async () => {
  const hub = createTestHub();
  await subscribe(hub, "s", "a");
  const answers = [{ status: 500 }, { status: 503, headers: { "retry-after": "90" } }, { status: 410 }];
  hub.peers.set(callbackOf("s"), () => answers.shift() ?? { status: 204 });
  await publish(hub, "a");
  await hub.pass(600_000, 5_000);
  const [, second, third, fourth] = hub.at(callbackOf("s"), "POST");
  expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThanOrEqual(90_000);
  expect(fourth).toBeUndefined();
  expect(await stateOf(hub, "a")).toMatchObject([{ state: "over", endReason: "gone" }]);
});

test("D-4.7.5: more subscribers than a page holds all get the event", async () => {
  const hub = createTestHub({ hub: { verifyEvents: false } });
  for (let n = 0; n < 230; n += 1) await subscribe(hub, `s${n}`, "a");
  await publish(hub, "a.b");
  expect(hub.taskIds("hub/distribute/")).toHaveLength(230);
  expect(hub.seen).toHaveLength(230);
});

test("D-4.7.8: an event has an id that makes a repeat of it none, and deliveries one that names them", async () => {
  const hub = createTestHub();
  await subscribe(hub, "s", "a");
  const event = { namespace: "app", predicate: "a.b", payload: { n: 1 }, id: "e/1" };
  expect(await hub.dotted.publish(event)).toEqual({ id: "e/1" });
  await hub.run();
  expect(await hub.dotted.publish(event)).toEqual({ id: "e/1" });
  await hub.run();
  expect(got(hub, "s")).toBe(1);
  expect(hub.at(callbackOf("s"), "POST")[0]?.headers?.["hookclock-delivery-id"]).toMatch(/^msg_/);
  await expect(hub.dotted.publish({ ...event, payload: { n: 2 } })).rejects.toMatchObject({
    code: "id-conflict",
  });
  await expect(hub.dotted.publish({ ...event, predicate: "a.c" })).rejects.toMatchObject({
    code: "id-conflict",
  });
  const generated = await publish(hub, "a");
  expect(generated.id).not.toBe("");
});

test("events reach the namespace's own consumers as messages, once however often the fan-out is cut off", async () => {
  const hub = createTestHub({ hub: { verifyEvents: false } });
  await subscribe(hub, "s", "orders");
  let saves = 0;
  hub.documents.beforeWrite = (method) => {
    if (method === "save" && saves++ < 2) throw new Error("cut off");
  };
  const { id } = await publish(hub, "Orders.Paid", { amount: "3" });
  await hub.pass(30_000, 1_000);
  expect(new Set(hub.told.map((message) => message.id))).toEqual(new Set([id]));
  const [message] = hub.told;
  expect(message).toMatchObject({
    namespace: "app",
    source: { event: "Orders.Paid" },
    topic: "Orders.Paid",
    entry: null,
    content: { type: "application/json" },
  });
  expect(JSON.parse(Buffer.from(message?.content?.bytes ?? []).toString())).toEqual({ amount: "3" });
  expect(got(hub, "s")).toBe(1);
});

test("an event that cannot be published is refused with the field that is wrong", async () => {
  const hub = createTestHub({ settings: { contentBytesMax: 100 } });
  const event = { namespace: "app", predicate: "a.b", payload: {} };
  await expect(hub.dotted.publish({ ...event, predicate: "a.*" })).rejects.toMatchObject({
    code: "invalid-input",
    field: "predicate",
  });
  await expect(hub.dotted.publish({ ...event, id: "" })).rejects.toMatchObject({
    code: "invalid-input",
    field: "id",
  });
  await expect(hub.dotted.publish({ ...event, payload: "x".repeat(99) })).rejects.toMatchObject({
    code: "body-too-large",
  });
  await expect(hub.dotted.publish({ ...event, namespace: "#x" })).rejects.toMatchObject({
    code: "invalid-input",
    field: "namespace",
  });
  expect(hub.documents.dump()).toEqual([]);
});

test("the longest topics in the longest namespaces fit into keys, and still keep apart", async () => {
  const hub = createTestHub({ hub: { verifyEvents: false } });
  const namespace = "\u00fc".repeat(128);
  // Upper case makes three letters of one here.
  const long = "\u0390".repeat(255);
  const ask = (name: string, topic: string) =>
    hub.dotted.request({
      ...{ namespace, contentType: FORM },
      body: formOf({ "hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callbackOf(name) }),
    });
  for (const name of ["s", "t"]) hub.peers.set(callbackOf(name), agreeing);
  expect([(await ask("s", long)).status, (await ask("t", `${long}a`)).status]).toEqual([202, 202]);
  await hub.dotted.publish({ namespace, predicate: long, payload: {} });
  await hub.run();
  expect([got(hub, "s"), got(hub, "t")]).toEqual([1, 0]);
  // What DynamoDB takes.
  for (const { pk, sk } of hub.documents.dump()) {
    expect(Buffer.byteLength(pk)).toBeLessThanOrEqual(2_048);
    expect(Buffer.byteLength(sk)).toBeLessThanOrEqual(1_024);
  }
  expect((await hub.hub.list({ namespace, topic: long, limit: 5 })).items).toHaveLength(1);
});

test("unless events are open, who is not known gets 401 whatever they ask, and nothing is written", async () => {
  const hub = createTestHub({ hub: { openEvents: false } });
  const fields = { "hub.mode": "subscribe", "hub.topic": "a", "hub.callback": callbackOf("s") };
  for (const asked of [fields, { ...fields, "hub.mode": "unsubscribe" }, { "hub.mode": "nonsense" }]) {
    const reply = await form(hub, asked);
    expect([reply.status, reply.headers?.["www-authenticate"]]).toEqual([401, 'Bearer realm="hookclock"']);
    const { errors } = JSON.parse(String(reply.body));
    expect(errors).toMatchObject([
      { code: "generic-http-error", title: "Unauthorized", status: "Unauthorized" },
    ]);
  }
  expect(hub.documents.dump()).toEqual([]);
  hub.peers.set(callbackOf("s"), agreeing);
  const known = { namespace: "app", contentType: FORM, body: formOf(fields), mayRead: true };
  expect(await hub.dotted.request(known)).toEqual({ status: 202 });
  await hub.run();
  await publish(hub, "a.b");
  expect(got(hub, "s")).toBe(1);
});

test("events of our own are for who is known and asks for them: not for strangers, not for who asks for all", async () => {
  const hub = createTestHub();
  for (const topic of ["hookclock", "HookClock.*", "hookclock.consumer.disabled"]) {
    const { status, body } = await subscribe(hub, "stranger", topic);
    expect(status).toBe(403);
    expect(JSON.parse(String(body)).errors).toMatchObject([{ source: ["hub.topic"] }]);
  }
  await subscribe(hub, "all", "*");
  hub.peers.set(callbackOf("known"), agreeing);
  const fields = { "hub.mode": "subscribe", "hub.topic": "hookclock.*", "hub.callback": callbackOf("known") };
  const request = { namespace: "app", contentType: FORM, body: formOf(fields), mayRead: true };
  expect(await hub.dotted.request(request)).toEqual({ status: 202 });
  await hub.run();
  await publish(hub, "hookclock.subscription.expired");
  await publish(hub, "hookclocks.are.fine");
  expect([got(hub, "all"), got(hub, "known")]).toEqual([1, 1]);
});

test("policy and bounds hold for dotted topics as well", async () => {
  const policy = {
    topic: (topic: string) => (topic.startsWith("secret") ? "not for you" : null),
    callback: (url: string) => (url.includes("enemy") ? "go away" : null),
  };
  const hub = createTestHub({ hub: { policy, pendingPerHostMax: 1 } });
  expect((await subscribe(hub, "enemy", "a")).status).toBe(403);
  expect((await subscribe(hub, "s", "secret.plan")).status).toBe(202);
  expect(hub.at(callbackOf("s")).map(({ query }) => query.get("hub.mode"))).toEqual(["denied"]);
  await hub.run();
  const ask = (path: string) =>
    form(hub, { "hub.mode": "subscribe", "hub.topic": "a", "hub.callback": `https://w.example/${path}` });
  expect([(await ask("1")).status, (await ask("2")).status]).toEqual([202, 429]);
});

test("without checks, a topic that policy refuses is refused at once", async () => {
  const topic = (name: string) => (name === "open" ? null : "closed");
  const hub = createTestHub({ hub: { verifyEvents: false, policy: { topic } } });
  expect((await subscribe(hub, "s", "secret")).status).toBe(403);
  expect((await subscribe(hub, "s", "open")).status).toBe(202);
  expect(await stateOf(hub, "secret")).toEqual([]);
});

test("URL topics and dotted ones keep apart, and both can be denied", async () => {
  const hub = createTestHub();
  await subscribe(hub, "s", "a.b");
  expect(await hub.hub.deny({ namespace: "app", topic: "A.B", callback: callbackOf("s"), reason: "x" })).toBe(
    true,
  );
  await publish(hub, "a.b");
  expect(got(hub, "s")).toBe(0);
  await expect(hub.hub.list({ namespace: "app", topic: "a..b", limit: 1 })).rejects.toMatchObject({
    code: "invalid-input",
  });
});
