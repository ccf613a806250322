import { createHmac } from "node:crypto";
import { runWorker } from "@hookclock/engine";
import { expect, test } from "vitest";
import {
  agreeing,
  CALLBACK,
  createTestHub,
  type Reply,
  subscription,
  TOPIC,
  unreachable,
} from "./test-hub.ts";
import { HUB, LINKS, page, ping, posts, publish, subscribe } from "./test-publisher.ts";

test("H-C1, H-C2, H-C3, H-C4, H-C5: content, type and links as they are, at the exact callback", async () => {
  const hub = createTestHub();
  const callback = `${CALLBACK}?a=1&a=2&t=%2F`;
  await subscribe(hub, callback);
  await publish(hub, "<p>news</p>\n", "text/plain;charset=UTF-8");
  expect(posts(hub)).toHaveLength(1);
  const [push] = posts(hub);
  expect(push?.url).toBe(callback);
  expect(Buffer.from(push?.body ?? "").toString()).toBe("<p>news</p>\n");
  expect(push?.headers).toMatchObject({ "content-type": "text/plain;charset=UTF-8", link: LINKS });
});

test.each([
  "text/html; charset=UTF-8",
  "text/plain;charset=UTF-8",
  "application/json",
  'multipart/mixed; boundary="a b"',
])("H-C3: the type is passed on byte for byte: %s", async (type) => {
  const hub = createTestHub();
  await subscribe(hub);
  await publish(hub, "x", type);
  expect(posts(hub)[0]?.headers?.["content-type"]).toBe(type);
});

test("H-C2: bytes that are no text arrive as they are", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  const bytes = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 31) % 256);
  await publish(hub, bytes, "application/octet-stream");
  expect(Buffer.compare(Buffer.from(posts(hub)[0]?.body ?? ""), bytes)).toBe(0);
});

test("H-C4: links in the page count where there are none in the headers; another hub is told as it is", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  const html = `<head><link rel="hub" href="https://other.example/"><link rel="self" href="/canonical"></head>`;
  hub.peers.set(TOPIC, () => ({ headers: { "content-type": "text/html" }, body: html }));
  await ping(hub);
  await hub.pass(2_000, 1_000);
  expect(posts(hub)[0]?.headers?.["link"]).toBe(
    '<https://other.example/>; rel="hub", <https://pub.example/canonical>; rel="self"',
  );
});

test("H-C4, P-4: of several hubs ours is told; a topic that names none is told ours and itself", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  const link = `<https://other.example/>; rel="hub", <${HUB}>; rel="hub", <${TOPIC}>; rel="self"`;
  hub.peers.set(TOPIC, page("1", "text/plain", { headers: { "content-type": "text/plain", link } }));
  await ping(hub);
  await hub.pass(2_000, 1_000);
  hub.peers.set(TOPIC, () => ({ headers: { "content-type": "text/plain" }, body: "2" }));
  await ping(hub);
  await hub.pass(2_000, 1_000);
  expect(posts(hub).map(({ headers }) => headers?.["link"])).toEqual([LINKS, LINKS]);
});

test("H-S1, H-S2: signed with the secret over the exact bytes, and not at all without one", async () => {
  const hub = createTestHub();
  await subscribe(hub, CALLBACK, { "hub.secret": "geheim-ü" });
  await subscribe(hub, "https://sub.example/open");
  await publish(hub, Uint8Array.of(0, 255, 10, 13));
  const hex = createHmac("sha256", Buffer.from("geheim-ü"))
    .update(Uint8Array.of(0, 255, 10, 13))
    .digest("hex");
  expect(posts(hub)[0]?.headers?.["x-hub-signature"]).toBe(`sha256=${hex}`);
  expect(Object.keys(posts(hub, "https://sub.example/open")[0]?.headers ?? {})).not.toContain(
    "x-hub-signature",
  );
});

test.each(["sha1", "sha384", "sha512"] as const)("H-S3: the method is a setting: %s", async (signature) => {
  const hub = createTestHub({ hub: { signature } });
  await subscribe(hub, CALLBACK, { "hub.secret": "s" });
  await publish(hub, "x");
  const hex = createHmac(signature, "s").update("x").digest("hex");
  expect(posts(hub)[0]?.headers?.["x-hub-signature"]).toBe(`${signature}=${hex}`);
});

test("H-C7, H-C9: failures are sent again, the same each time, with the same delivery id", async () => {
  const hub = createTestHub();
  await subscribe(hub, CALLBACK, { "hub.secret": "s" });
  const answers: (Reply | ReturnType<typeof unreachable>)[] = [
    { status: 500 },
    unreachable("timeout"),
    { status: 404 },
    { status: 302, headers: { location: "https://sub.example/elsewhere" } },
    { status: 200, body: "whatever" },
  ];
  hub.peers.set(CALLBACK, () => answers.shift() ?? { status: 500 });
  await publish(hub);
  await hub.pass(600_000, 5_000);
  expect(posts(hub)).toHaveLength(5);
  expect(new Set(posts(hub).map(({ headers, body }) => JSON.stringify([headers, body]))).size).toBe(1);
  expect(hub.at("https://sub.example/elsewhere")).toEqual([]);
  expect(posts(hub)[0]?.headers?.["hookclock-delivery-id"]).toMatch(/^msg_/);
});

test("H-C7: a receiver's wish to wait is honoured", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  let isFirst = true;
  hub.peers.set(CALLBACK, () => {
    const reply = isFirst ? { status: 503, headers: { "retry-after": "120" } } : { status: 204 };
    isFirst = false;
    return reply;
  });
  await publish(hub);
  await hub.pass(300_000, 5_000);
  const [first, second] = posts(hub);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(120_000);
});

test("H-C8: when the retries are used up this update is given up, and the next one is tried again", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  hub.peers.set(CALLBACK, () => ({ status: 503 }));
  await publish(hub, "one");
  await hub.pass(6 * 3_600_000, 60_000);
  expect(posts(hub)).toHaveLength(11);
  expect(hub.stores.dump().tasks.find(({ kind }) => kind === "hub.distribute")).toMatchObject({
    status: "FAILED",
    reason: "max-attempts",
  });
  hub.peers.set(CALLBACK, agreeing);
  await publish(hub, "two");
  expect(Buffer.from(posts(hub).at(-1)?.body ?? "").toString()).toBe("two");
  expect((await hub.hub.list({ namespace: "app", limit: 5 })).items).toMatchObject([{ state: "active" }]);
});

test("H-C7: a receiver that asks for long waits does not make an update immortal", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  hub.peers.set(CALLBACK, () => ({ status: 503, headers: { "retry-after": "40000" } }));
  await publish(hub);
  await hub.pass(4 * 24 * 3_600_000, 600_000);
  expect(posts(hub).length).toBeLessThanOrEqual(4);
  expect(hub.stores.dump().tasks.find(({ kind }) => kind === "hub.distribute")).toMatchObject({
    status: "FAILED",
  });
});

test("H-C6: 410 ends the subscription", async () => {
  const hub = createTestHub();
  await subscribe(hub, CALLBACK, { "hub.secret": "s" });
  hub.peers.set(CALLBACK, () => ({ status: 410 }));
  await publish(hub, "one");
  await publish(hub, "two");
  expect(posts(hub)).toHaveLength(1);
  const { items } = await hub.hub.list({ namespace: "app", limit: 5 });
  expect(items).toMatchObject([{ state: "over", endReason: "gone" }]);
  expect(JSON.stringify(hub.documents.dump().map(({ data }) => data))).not.toContain('"secret":"s"');
  expect(hub.events.map(({ type }) => type)).toEqual(["hub.verified", "hub.ended"]);
});

test("H-L1: nothing is delivered after the lease, not even a retry of what began before its end", async () => {
  const hub = createTestHub();
  await subscribe(hub, CALLBACK, { "hub.lease_seconds": "300" });
  await hub.pass(200_000);
  hub.peers.set(CALLBACK, () => ({ status: 500 }));
  await publish(hub, "before");
  await hub.pass(3_600_000, 5_000);
  const end = (hub.seen[0]?.at ?? 0) + 300_000;
  expect(posts(hub).length).toBeGreaterThan(2);
  expect(Math.max(...posts(hub).map(({ at }) => at))).toBeLessThan(end);
  const before = posts(hub).length;
  await publish(hub, "after");
  expect(posts(hub)).toHaveLength(before);
  expect((await hub.hub.list({ namespace: "app", limit: 5 })).items).toMatchObject([
    { state: "over", endReason: "expired" },
  ]);
});

test("H-C9: a delivery that waits for its retry is dropped when its subscriber has left", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  hub.peers.set(CALLBACK, (request) => (request.method === "GET" ? agreeing(request) : { status: 500 }));
  await publish(hub);
  await hub.post(subscription({ "hub.mode": "unsubscribe" }));
  await hub.pass(3_600_000, 30_000);
  const left = hub.at(CALLBACK, "GET").at(-1)?.at ?? 0;
  expect(posts(hub).filter(({ at }) => at > left)).toEqual([]);
});

test("H-L4: one notification after a renewal, signed with the new secret even when it is a retry", async () => {
  const hub = createTestHub();
  await subscribe(hub, CALLBACK, { "hub.secret": "old" });
  let isDown = true;
  hub.peers.set(CALLBACK, (request) =>
    request.method === "GET" ? agreeing(request) : { status: isDown ? 500 : 204 },
  );
  await publish(hub, "x");
  await hub.post(subscription({ "hub.secret": "new" }));
  await hub.run();
  isDown = false;
  await hub.pass(60_000, 5_000);
  const signatures = posts(hub).map(({ headers }) => headers?.["x-hub-signature"]);
  const hex = (secret: string) => `sha256=${createHmac("sha256", secret).update("x").digest("hex")}`;
  expect(signatures[0]).toBe(hex("old"));
  expect(signatures.at(-1)).toBe(hex("new"));
  const before = posts(hub).length;
  await publish(hub, "y");
  expect(posts(hub)).toHaveLength(before + 1);
});

test("several subscribers each get it once, and a slow one holds up nobody but itself", async () => {
  const hub = createTestHub();
  const callbacks = Array.from({ length: 60 }, (_, n) => `https://s${n}.example/cb`);
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  hub.peers.set("https://s7.example/cb", async (request) => {
    if (request.method === "POST") await gate;
    return agreeing(request);
  });
  for (const callback of callbacks) await subscribe(hub, callback);
  hub.peers.set(TOPIC, page("news"));
  await ping(hub);
  const stop = new AbortController();
  const working = runWorker(hub.engine, { signal: stop.signal });
  await hub.clock.advance(10_000);
  const isDone = ({ kind, status }: { kind: string; status: string }) =>
    kind === "hub.distribute" && status === "DONE";
  expect(hub.stores.dump().tasks.filter(isDone)).toHaveLength(59);
  release();
  await hub.clock.advance(1_000);
  expect(hub.stores.dump().tasks.filter(isDone)).toHaveLength(60);
  stop.abort();
  await working;
  for (const callback of callbacks) expect(posts(hub, callback)).toHaveLength(1);
});
