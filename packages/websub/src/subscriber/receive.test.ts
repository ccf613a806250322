import { expect, test } from "vitest";
import { sign } from "../signature.ts";
import { added, KEY, subscribed, type TestWorld, TOPIC } from "./test-subscriber.ts";

const feed = (...entries: [id: string, updated: string][]): string =>
  `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:feed</id>${entries
    .map(([id, updated]) => `<entry><id>${id}</id><title>${id}</title><updated>${updated}</updated></entry>`)
    .join("")}</feed>`;
const ATOM = "application/atom+xml";
const [MONDAY, TUESDAY] = ["2030-01-07T00:00:00Z", "2030-01-08T00:00:00Z"];

const pairOf = (world: TestWorld) => {
  const [pair] = world.hub.live();
  if (pair === undefined) throw new Error("no live pair");
  return pair;
};
const pushes = async (world: TestWorld) => (await world.subscriber.get(KEY))?.pushes;

test("S-C1, S-C2: a push is acknowledged when it is stored, before it is looked at", async () => {
  const world = await subscribed();
  expect(await world.hub.publish("hello")).toEqual([202]);
  const receivedAt = world.clock.now();
  expect(world.messages.size).toBe(0);
  await world.run();
  expect([...world.messages.values()]).toEqual([
    {
      ...{ namespace: "app", id: expect.any(String), source: { subscription: "s1" }, topic: TOPIC },
      ...{ receivedAt, entry: null },
      content: { type: "text/plain", bytes: new Uint8Array(Buffer.from("hello")) },
    },
  ]);
  expect(await pushes(world)).toMatchObject({ received: 1, refused: 0 });
});

test("D-3.3-5, D-3.3-6: every entry is a message, once; an updated one is another", async () => {
  const world = await subscribed();
  await world.hub.publish(feed(["a", MONDAY], ["b", MONDAY]), ATOM);
  await world.run();
  expect([...world.messages.values()].map(({ entry }) => entry?.id)).toEqual(["a", "b"]);
  await world.hub.publish(feed(["c", MONDAY], ["a", TUESDAY], ["b", MONDAY]), ATOM);
  await world.run();
  expect([...world.messages.values()].map(({ entry }) => entry?.id)).toEqual(["a", "b", "c", "a"]);
});

test("S-C6: any bytes are taken as they are", async () => {
  const world = await subscribed();
  const bytes = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 7) % 256);
  expect(await world.hub.publish(bytes, "image/x-odd; q=1")).toEqual([202]);
  await world.run();
  expect(await world.hub.publish("", "text/plain")).toEqual([202]);
  await world.run();
  const contents = [...world.messages.values()].map(({ content }) => content);
  expect(contents.map((content) => content?.type)).toEqual(["image/x-odd; q=1", "text/plain"]);
  expect(Buffer.compare(contents[0]?.bytes ?? Buffer.alloc(0), bytes)).toBe(0);
  expect(contents[1]?.bytes).toHaveLength(0);
});

test("a feed that is broken is taken as one piece", async () => {
  const world = await subscribed();
  await world.hub.publish(feed(["a", MONDAY]).slice(0, 150), ATOM);
  await world.run();
  expect([...world.messages.values()]).toEqual([
    expect.objectContaining({ entry: null, content: expect.objectContaining({ type: ATOM }) }),
  ]);
});

test.each(["sha1", "sha256", "sha384", "sha512"] as const)(
  "S-S1, S-S2: a signature made with %s is verified",
  async (method) => {
    const world = await subscribed();
    expect(await world.hub.publish("signed", "text/plain", method)).toEqual([202]);
    const forged = await world.visit("POST", pairOf(world).callback, {
      headers: { "x-hub-signature": sign(method, "guessed", Buffer.from("signed")) },
      body: Buffer.from("signed"),
    });
    expect(forged.status).toBe(403);
  },
);

test.each<[string, string | undefined]>([
  ["none", undefined],
  ["an empty one", ""],
  ["one made with another secret", sign("sha256", "guessed", Buffer.from("evil"))],
  ["one that is too long", `${sign("sha256", "guessed", Buffer.from("evil"))}0000`],
  ["one of an unknown method", "md5=d41d8cd98f00b204e9800998ecf8427e"],
  ["one that is no hex", "sha256=zzzz"],
])(
  "S-S1, S-S3, S-S4: content with a bad signature is refused, counted and dropped: %s",
  async (_, signature) => {
    const world = await subscribed();
    const headers = {
      "content-type": ATOM,
      ...(signature === undefined ? {} : { "x-hub-signature": signature }),
    };
    const push = { headers, body: Buffer.from("evil") };
    expect((await world.visit("POST", pairOf(world).callback, push)).status).toBe(403);
    await world.run();
    expect(world.messages.size).toBe(0);
    expect(world.tasks().filter(({ kind }) => kind === "websub.receive")).toEqual([]);
    expect(await pushes(world)).toMatchObject({
      ...{ received: 0, refused: 1, lastDate: null },
      lastRefusal: { date: "2030-01-01T00:00:00.200Z", message: expect.stringMatching(/^its signature is /) },
    });
    expect(world.emitted.at(-1)).toMatchObject({ type: "push.refused", id: "s1" });
  },
);

test("S-S3: where the user wants it so, the sender of bad content is told nothing; it is dropped all the same", async () => {
  const world = await subscribed({}, { onBadSignature: "ignore" });
  const reply = await world.visit("POST", pairOf(world).callback, { body: Buffer.from("evil") });
  expect(reply).toEqual({ status: 202 });
  await world.run();
  expect(world.messages.size).toBe(0);
  expect(await pushes(world)).toMatchObject({ received: 0, refused: 1 });
});

test("S-C5: the push is found by its callback; what its links say has no part in that", async () => {
  const world = await subscribed();
  await world.subscriber.add({ namespace: "app", id: "s2", url: TOPIC });
  await world.run();
  await world.hub.check();
  const pair = world.hub.live().find(({ callback }) => callback.includes("/s2/"));
  if (pair === undefined) throw new Error("s2 is not there");
  const body = Buffer.from("x");
  const headers = {
    link: '<https://elsewhere.example/>; rel="self", <https://evil.example/hub>; rel="hub"',
    "x-hub-signature": sign("sha256", pair.secret ?? "", body),
  };
  expect((await world.visit("POST", pair.callback, { headers, body })).status).toBe(202);
  await world.run();
  expect([...world.messages.values()]).toEqual([
    expect.objectContaining({ source: { subscription: "s2" }, topic: TOPIC }),
  ]);
});

test("S-C3, D-3.3-1, D-3.3-2: callbacks that are unknown, not agreed to yet, or over take nothing", async () => {
  const world = await added();
  await world.run();
  const body = Buffer.from("x");
  const callback = world.hub.asked[0]?.callback ?? "";
  const post = async (url: string) => (await world.visit("POST", url, { body })).status;
  expect(await post(callback)).toBe(404);
  expect(await post("https://me.example/callbacks/app/s1/guess")).toBe(404);
  expect(await post("https://me.example/callbacks/app/nobody/guess")).toBe(404);
  expect(await post("https://me.example/callbacks/other/s1/guess")).toBe(404);
  expect(await post(`https://me.example/callbacks/app/s1/${"x".repeat(5_000)}`)).toBe(404);
  expect(await post("https://me.example/callbacks///")).toBe(404);
  await world.hub.check();
  await world.subscriber.remove(KEY);
  expect(await post(callback)).toBe(410);
  await world.run();
  await world.hub.check();
  expect(await world.state()).toBe("unsubscribed");
  // S-C3: 410 tells the hub that this one is over.
  expect(await post(callback)).toBe(410);
  expect(world.messages.size).toBe(0);
});

test("content that is too large or packed is refused with a reason", async () => {
  const world = await subscribed({ settings: { contentBytesMax: 1_000 } });
  expect(await world.hub.publish("x".repeat(1_001))).toEqual([413]);
  expect(await world.hub.publish("x".repeat(1_000))).toEqual([202]);
  const headers = { "content-encoding": "gzip" };
  expect((await world.visit("POST", pairOf(world).callback, { headers })).status).toBe(415);
  expect(await pushes(world)).toMatchObject({
    ...{ received: 1, refused: 2 },
    lastRefusal: { message: "it is encoded, and is taken without an encoding only" },
  });
  // So large that nobody read it.
  const { callback } = pairOf(world);
  const [, , namespace = "", id = "", token = ""] = new URL(callback).pathname.split("/");
  const reply = await world.subscriber.receive({ namespace, id, token, headers: {}, body: null });
  expect(reply.status).toBe(413);
  expect(await pushes(world)).toMatchObject({
    refused: 3,
    lastRefusal: { message: "it has more than 1000 bytes" },
  });
  expect(
    await world.subscriber.receive({ namespace, id, token: "guess", headers: {}, body: null }),
  ).toMatchObject({ status: 404 });
});

test("a push that is sent again because our answer was lost is the same push; the same state later on is another", async () => {
  const world = await subscribed();
  await world.hub.publish("on");
  await world.hub.publish("on");
  await world.run();
  await world.hub.publish("on");
  await world.run();
  expect(world.messages.size).toBe(1);
  await world.hub.publish("off");
  await world.run();
  await world.hub.publish("on");
  await world.run();
  expect(
    [...world.messages.values()].map(({ content }) => Buffer.from(content?.bytes ?? []).toString()),
  ).toEqual(["on", "off", "on"]);
  await world.pass(11 * 60_000);
  await world.hub.publish("on");
  await world.run();
  expect(world.messages.size).toBe(4);
  expect(await pushes(world)).toMatchObject({ received: 4 });
});

test("S-S7: where anybody between may write, a signature with sha1 is too weak", async () => {
  const world = await subscribed({ settings: { baseUrl: "http://me.example" } });
  expect(await world.hub.publish("x", "text/plain", "sha1")).toEqual([403]);
  expect(await world.hub.publish("x", "text/plain", "sha256")).toEqual([202]);
});

test("many pushes at once are all counted and all delivered", async () => {
  const world = await subscribed();
  const pair = pairOf(world);
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, index) => world.hub.push(pair, `push ${index}`)),
  );
  expect(replies.every(({ status }) => status === 202)).toBe(true);
  await world.run();
  expect(world.messages.size).toBe(20);
  expect(await pushes(world)).toMatchObject({ received: 20 });
});
