import { expect, test } from "vitest";
import {
  advertised,
  createTestSubscriber,
  DAY_MS,
  HOUR_MS,
  HUB,
  KEY,
  type TestWorld,
  TOPIC,
  unreachable,
} from "./test-subscriber.ts";

type Page = { body: string; status?: number; etag?: string; lastModified?: string };

/** A topic without a hub, which answers conditional requests as it should. */
async function polling(page: Page, everySeconds = 3_600): Promise<TestWorld> {
  const world = createTestSubscriber();
  world.places.set(TOPIC, ({ headers = {} }) => {
    const { body, status = 200, etag, lastModified } = page;
    const isKnown =
      (etag !== undefined && headers["if-none-match"] === etag) ||
      (lastModified !== undefined && headers["if-modified-since"] === lastModified);
    const validators = {
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { "last-modified": lastModified }),
    };
    return isKnown
      ? { status: 304 }
      : { status, body, headers: { "content-type": "text/plain", ...validators } };
  });
  await world.subscriber.add({ ...KEY, url: TOPIC, poll: { everySeconds } });
  await world.run();
  return world;
}
const contents = ({ messages }: TestWorld) =>
  [...messages.values()].map(({ content }) => Buffer.from(content?.bytes ?? []).toString());

test("without a hub, and without leave to poll, there is no subscription", async () => {
  const world = createTestSubscriber();
  world.places.set(TOPIC, () => ({ body: "<html></html>", headers: { "content-type": "text/html" } }));
  await world.subscriber.add({ ...KEY, url: TOPIC });
  await world.run();
  expect(await world.subscriber.get(KEY)).toMatchObject({
    state: "failed",
    lastError: { error: "no-hub", message: "the topic names no hub, and polling was not asked for" },
  });
});

test.each<[string, Page]>([
  ["an etag", { body: "a", etag: '"1"' }],
  ["a date", { body: "a", lastModified: "Tue, 01 Jan 2030 00:00:00 GMT" }],
])("a topic without a hub is looked at again and again, conditional on %s", async (_, page) => {
  const world = await polling(page);
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "polling", poll: { everySeconds: 3_600 } });
  expect(contents(world)).toEqual(["a"]);
  await world.pass(3 * HOUR_MS);
  expect(contents(world)).toEqual(["a"]);
  // One look to find a hub, one that found content, three that were told "not modified".
  expect(world.requests).toHaveLength(5);
  Object.assign(page, { body: "b", etag: '"2"', lastModified: "Tue, 01 Jan 2030 02:00:00 GMT" });
  await world.pass(2 * HOUR_MS);
  expect(contents(world)).toEqual(["a", "b"]);
  expect((await world.subscriber.get(KEY))?.poll?.lookedDate).toBe("2030-01-01T05:00:00.400Z");
});

test("a topic that knows no conditions is compared by its content", async () => {
  const page = { body: "a" };
  const world = await polling(page);
  await world.pass(2 * HOUR_MS);
  expect(contents(world)).toEqual(["a"]);
  for (const body of ["b", "a"]) {
    page.body = body;
    await world.pass(HOUR_MS);
  }
  expect(contents(world)).toEqual(["a", "b", "a"]);
});

test("looking goes on through any time of trouble, and says what the trouble is", async () => {
  const page: Page = { body: "a", etag: '"1"' };
  const world = await polling(page);
  const place = world.places.get(TOPIC);
  world.places.set(TOPIC, () => unreachable("dns"));
  await world.pass(5 * DAY_MS);
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "polling", lastError: { error: "dns" } });
  world.places.set(TOPIC, () => ({ status: 404 }));
  await world.pass(5 * DAY_MS);
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "polling", lastError: { error: "status" } });
  if (place !== undefined) world.places.set(TOPIC, place);
  Object.assign(page, { body: "b", etag: '"2"' });
  await world.pass(HOUR_MS);
  expect(contents(world)).toEqual(["a", "b"]);
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "polling", lastError: null });
});

test("who asks us to stay away is left alone for so long, and asked once, not twice", async () => {
  const page: Page = { body: "a", etag: '"1"' };
  const world = await polling(page, 60);
  const place = world.places.get(TOPIC);
  world.places.set(TOPIC, () => ({ status: 429, headers: { "retry-after": "7200" } }));
  const before = world.requests.length;
  await world.pass(2 * HOUR_MS);
  expect(world.requests).toHaveLength(before + 1);
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "polling", lastError: { error: "status" } });
  if (place !== undefined) world.places.set(TOPIC, place);
  Object.assign(page, { body: "b", etag: '"2"' });
  await world.pass(120_000);
  expect(contents(world)).toEqual(["a", "b"]);
  // Where there is nothing that a look could be conditional on, the same.
  world.places.set(TOPIC, () => ({ body: "c" }));
  await world.pass(60_000);
  world.places.set(TOPIC, () => ({ status: 503, headers: { "retry-after": "3600" } }));
  const then = world.requests.length;
  await world.pass(HOUR_MS / 2);
  expect(world.requests).toHaveLength(then + 1);
});

test("who goes on asking us to stay away is asked no sooner, however often", async () => {
  const page: Page = { body: "a", etag: '"1"' };
  const world = await polling(page, 60);
  const place = world.places.get(TOPIC);
  const askedAt: number[] = [];
  world.places.set(TOPIC, () => {
    askedAt.push(world.clock.now());
    return { status: 503, headers: { "retry-after": "7200" } };
  });
  await world.pass(24 * HOUR_MS);
  const waits = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0));
  expect(askedAt.length).toBeGreaterThan(10);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(2 * HOUR_MS);
  if (place !== undefined) world.places.set(TOPIC, place);
  Object.assign(page, { body: "b", etag: '"2"' });
  await world.pass(2 * HOUR_MS + 120_000);
  expect(contents(world)).toEqual(["a", "b"]);
});

test("redirects are followed, and where they lead is what is asked next time", async () => {
  const world = createTestSubscriber();
  const moved = "https://blog.example/moved";
  world.places.set(TOPIC, () => ({ status: 302, headers: { location: moved } }));
  world.places.set(moved, ({ headers = {} }) =>
    headers["if-none-match"] === '"1"' ? { status: 304 } : { body: "a", headers: { etag: '"1"' } },
  );
  await world.subscriber.add({ ...KEY, url: TOPIC, poll: { everySeconds: 600 } });
  await world.pass(600_000);
  expect(contents(world)).toEqual(["a"]);
  expect(world.requests.at(-1)?.url).toBe(moved);
  world.places.set(moved, () => ({ status: 404 }));
  world.places.set(TOPIC, () => ({ body: "b" }));
  await world.pass(600_000);
  expect(contents(world)).toEqual(["a", "b"]);
});

test("content that is too large is not taken, and does not end the looking", async () => {
  const page = { body: "x".repeat(2_000_000) };
  const world = await polling(page);
  expect(await world.subscriber.get(KEY)).toMatchObject({
    state: "polling",
    lastError: { error: "too-large" },
  });
  page.body = "small";
  await world.pass(HOUR_MS);
  expect(contents(world)).toEqual(["small"]);
});

test("a hub that turns up is asked, once a day; when it agrees, looking ends", async () => {
  const world = await polling({ body: "a" });
  world.places.set(TOPIC, advertised());
  world.hub.trouble = { status: 403 };
  world.places.set(HUB, (request) => world.hub.place(request));
  await world.pass(5 * HOUR_MS);
  expect(world.requests.filter(({ url }) => url === HUB)).toHaveLength(1);
  expect(await world.state()).toBe("polling");
  world.hub.trouble = null;
  await world.pass(DAY_MS);
  await world.hub.check();
  expect(await world.state()).toBe("active");
  await world.pass(HOUR_MS);
  const looks = world.requests.length;
  await world.pass(5 * HOUR_MS);
  expect(world.requests).toHaveLength(looks);
  expect(world.tasks().filter(({ kind }) => kind === "websub.poll")).toEqual([]);
});

test("S-V6: a hub that turns up and denies does not end the looking", async () => {
  const page = { body: "a" };
  const world = await polling(page);
  const place = world.places.get(TOPIC);
  world.places.set(TOPIC, advertised());
  world.hub.isSilent = true;
  world.places.set(HUB, (request) => world.hub.place(request));
  await world.pass(HOUR_MS);
  await world.run();
  const [asked] = world.hub.asked;
  if (asked === undefined || place === undefined) throw new Error("the hub should have been asked");
  expect((await world.hub.deny(asked)).status).toBe(200);
  expect(await world.subscriber.get(KEY)).toMatchObject({
    ...{ state: "polling", request: null },
    lastError: { error: "denied", message: "the hub denied the subscription: not today" },
  });
  world.places.set(TOPIC, place);
  page.body = "b";
  await world.pass(HOUR_MS);
  expect(contents(world)).toContain("b");
});

test("a hub that turns up, takes the request and never checks it, does not end the looking", async () => {
  const page = { body: "a" };
  const world = await polling(page);
  const place = world.places.get(TOPIC);
  world.places.set(TOPIC, advertised());
  world.hub.isSilent = true;
  world.places.set(HUB, (request) => world.hub.place(request));
  await world.pass(2 * HOUR_MS);
  if (place !== undefined) world.places.set(TOPIC, place);
  await world.pass(DAY_MS);
  expect(await world.subscriber.get(KEY)).toMatchObject({ state: "polling", request: null });
  expect(world.hub.asked.length).toBeGreaterThan(1);
  page.body = "b";
  await world.pass(HOUR_MS);
  expect(contents(world)).toContain("b");
});

test("begun anew, looking finds what it found before, and every content is a message all the same", async () => {
  const page = { body: "on" };
  const world = await polling(page);
  const lookAt = async (...bodies: string[]) => {
    for (const body of bodies) {
      page.body = body;
      await world.pass(HOUR_MS);
    }
  };
  await lookAt("off");
  await world.subscriber.remove(KEY);
  page.body = "on";
  await world.subscriber.add({ ...KEY, url: TOPIC, poll: { everySeconds: 3_600 } });
  await world.run();
  await lookAt("off", "on");
  expect(contents(world)).toEqual(["on", "off", "on", "off", "on"]);
});

test("an id of any letters, as long as may be, can be looked at", async () => {
  const world = createTestSubscriber();
  world.places.set(TOPIC, () => ({ body: "a" }));
  const id = "é".repeat(64);
  await world.subscriber.add({ namespace: "app", id, url: TOPIC, poll: { everySeconds: 60 } });
  await world.run();
  expect(await world.subscriber.get({ namespace: "app", id })).toMatchObject({ poll: { contents: 1 } });
  expect(contents(world)).toEqual(["a"]);
});

test("what is removed is not looked at any more", async () => {
  const world = await polling({ body: "a" });
  expect((await world.subscriber.remove(KEY)).state).toBe("unsubscribed");
  const looks = world.requests.length;
  await world.pass(DAY_MS);
  expect(world.requests).toHaveLength(looks);
  expect(world.tasks().filter(({ kind }) => kind === "websub.poll")).toEqual([]);
});
