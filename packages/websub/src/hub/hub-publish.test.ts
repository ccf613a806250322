import { expect, test } from "vitest";
import { createTestHub, subscription, TOPIC } from "./test-hub.ts";
import { HUB, LINKS, page, ping, posts, publish, subscribe } from "./test-publisher.ts";

test("P-6: both names of the topic are taken, repeated too, and always answered with 204", async () => {
  const hub = createTestHub();
  const other = "https://pub.example/other";
  await subscribe(hub);
  await subscribe(hub, "https://sub.example/2", { "hub.topic": other });
  hub.peers.set(TOPIC, page("1"));
  hub.peers.set(other, page("2"));
  const fields: [string, string][] = [
    ["hub.mode", "publish"],
    ["hub.url", TOPIC],
    ["hub.url", other],
    ["hub.url", "https://unknown.example/"],
  ];
  expect(await hub.post(fields)).toEqual({ status: 204 });
  await hub.pass(2_000, 1_000);
  expect([posts(hub).length, posts(hub, "https://sub.example/2").length]).toEqual([1, 1]);
  hub.peers.set(TOPIC, page("3"));
  expect(await hub.post({ "hub.mode": "publish", "hub.topic": TOPIC })).toEqual({ status: 204 });
  await hub.pass(2_000, 1_000);
  expect(posts(hub)).toHaveLength(2);
});

test("H-R5: only topics with subscriptions are fetched, so nobody can make the hub fetch anything", async () => {
  const hub = createTestHub();
  expect((await ping(hub)).status).toBe(204);
  await hub.post(subscription());
  await hub.pass(60_000, 10_000);
  expect((await ping(hub)).status).toBe(204);
  await hub.pass(5_000, 1_000);
  expect(hub.at(TOPIC)).toEqual([]);
});

test("pings of one second are one fetch, and a ping during it leads to another", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  hub.peers.set(TOPIC, page("1"));
  for (let n = 0; n < 20; n += 1) await ping(hub);
  await hub.pass(1_000);
  expect(hub.at(TOPIC)).toHaveLength(1);
  await ping(hub);
  await hub.pass(3_000, 1_000);
  expect(hub.at(TOPIC)).toHaveLength(2);
});

test("what changes again within a second of the ping before is not missed", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  await hub.pass(2_100);
  for (const body of ["first", "second"]) {
    hub.peers.set(TOPIC, page(body));
    await ping(hub);
    await hub.pass(100);
  }
  await hub.pass(2_000, 500);
  expect(Buffer.from(posts(hub).at(-1)?.body ?? "").toString()).toBe("second");
});

test("H-R5: a topic whose last subscriber has left, or whose leases have ended, is not fetched any more", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  await publish(hub);
  await hub.post(subscription({ "hub.mode": "unsubscribe" }));
  await hub.pass(2_000, 1_000);
  await subscribe(hub, "https://sub.example/2", { "hub.lease_seconds": "300" });
  await hub.pass(300_000);
  expect((await ping(hub)).status).toBe(204);
  await hub.pass(2_000, 1_000);
  expect(hub.at(TOPIC)).toHaveLength(1);
});

test("what did not change is sent only to who was confirmed since: pings cannot be turned into a flood", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  await publish(hub, "same");
  await publish(hub, "same");
  expect(posts(hub)).toHaveLength(1);
  await subscribe(hub, "https://sub.example/late");
  await publish(hub, "same");
  expect([posts(hub).length, posts(hub, "https://sub.example/late").length]).toEqual([1, 1]);
  await publish(hub, "other");
  await publish(hub, "same");
  expect([posts(hub).length, posts(hub, "https://sub.example/late").length]).toEqual([3, 3]);
});

test("a topic that cannot be fetched is tried again; one that is too large is not sent in part", async () => {
  const hub = createTestHub({ settings: { contentBytesMax: 1_000 } });
  await subscribe(hub);
  hub.peers.set(TOPIC, () => ({ status: 503 }));
  await ping(hub);
  await hub.pass(2_000, 1_000);
  hub.peers.set(TOPIC, page("back"));
  await hub.pass(60_000, 5_000);
  expect(posts(hub)).toHaveLength(1);
  await publish(hub, "x".repeat(1_001));
  await hub.pass(60_000, 5_000);
  expect(posts(hub)).toHaveLength(1);
});

test("H-C4: redirects of the topic are followed, and the links of its end are told", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  hub.peers.set(TOPIC, () => ({ status: 301, headers: { location: "/moved" } }));
  const link = `<${HUB}>; rel="hub", </moved>; rel="self"`;
  hub.peers.set("https://pub.example/moved", () => ({
    headers: { link, "content-type": "text/plain" },
    body: "x",
  }));
  await ping(hub);
  await hub.pass(2_000, 1_000);
  expect(posts(hub)[0]?.headers?.["link"]).toBe(
    `<${HUB}>; rel="hub", <https://pub.example/moved>; rel="self"`,
  );
});

test("content can be published without a page: once for an id, and not two things under one", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  const content = { namespace: "app", topic: TOPIC, contentType: "image/png", bytes: Uint8Array.of(1, 2, 3) };
  expect(await hub.hub.publishContent({ ...content, id: "u1" })).toEqual({ id: "u1" });
  expect(await hub.hub.publishContent({ ...content, id: "u1" })).toEqual({ id: "u1" });
  await expect(
    hub.hub.publishContent({ ...content, id: "u1", bytes: Uint8Array.of(4) }),
  ).rejects.toMatchObject({ code: "id-conflict" });
  await hub.run();
  expect(posts(hub)).toHaveLength(1);
  expect(posts(hub)[0]?.headers).toMatchObject({ "content-type": "image/png", link: LINKS });
  await hub.hub.publishContent(content);
  await hub.hub.publishContent({ ...content, bytes: new Uint8Array() });
  await hub.run();
  expect(posts(hub)).toHaveLength(3);
  expect(posts(hub).at(-1)?.body).toHaveLength(0);
});

const UNSENDABLE: [string, Record<string, unknown>, string][] = [
  ["no URL", { topic: "not a url" }, "invalid-input"],
  ["a URL of another scheme", { topic: "ftp://pub.example/" }, "invalid-input"],
  ["a type that would break the header", { contentType: "text/plain\r\nx: y" }, "invalid-input"],
  ["no type", { contentType: "" }, "invalid-input"],
  ["an id with a space", { id: "a b" }, "invalid-input"],
  ["no namespace", { namespace: "" }, "invalid-input"],
  ["too many bytes", { bytes: new Uint8Array(1024 * 1024 + 1) }, "body-too-large"],
];
test.each(UNSENDABLE)("published content that cannot be sent is refused: %s", async (_name, more, code) => {
  const hub = createTestHub();
  const content = { namespace: "app", topic: TOPIC, contentType: "text/plain", bytes: Uint8Array.of(1) };
  await expect(hub.hub.publishContent({ ...content, ...more })).rejects.toMatchObject({ code });
  expect(hub.documents.dump()).toEqual([]);
});
