// The process dies at each write and each run of a task in turn, just before it or just after; then it goes on. Nothing may be stuck or lost.
import { expect, test } from "vitest";
import {
  added,
  advertised,
  type Crash,
  createTestSubscriber,
  DAY_MS,
  HUB,
  KEY,
  subscribed,
  type TestWorld,
  TOPIC,
} from "./test-subscriber.ts";

type Story = {
  prepare: () => Promise<TestWorld>;
  /** What happens while the crash lies in wait. A user or a hub that got an error may ask again, as they would. */
  happen: (world: TestWorld) => Promise<void>;
  check: (world: TestWorld) => Promise<void>;
};

/** Of users: an error is an error, and the same call again is right. */
async function insist<Result>(call: () => Promise<Result>): Promise<Result> {
  return call().catch(() => call());
}

/** Runs a story without a crash to count its writes, then once for each write and side of it. */
async function tellAll({ prepare, happen, check }: Story): Promise<number> {
  const rehearsal = await prepare();
  rehearsal.crash.plan(null);
  await happen(rehearsal);
  const writes = rehearsal.crash.seen;
  await check(rehearsal);
  for (let at = 0; at < writes; at += 1) {
    for (const when of ["before", "after"] as const satisfies Crash["when"][]) {
      const world = await prepare();
      world.crash.plan({ at, when });
      await happen(world);
      expect(world.crash.seen).toBeGreaterThan(at);
      await check(world);
    }
  }
  return writes;
}

const notStuck = async (world: TestWorld) => {
  // Whatever went wrong, no task has given up, and none of today is left over.
  const { lease } = (await world.row()) ?? {};
  expect(world.tasks().filter(({ status }) => status === "FAILED")).toEqual([]);
  if ((await world.state()) === "active") {
    const due = world.tasks().filter(({ status }) => status === "ACTIVE");
    for (const kind of ["websub.renew", "websub.expire"])
      expect(
        due.filter((task) => task.kind === kind && task.id.endsWith(`/${lease?.expiresAt}`)),
      ).toHaveLength(1);
  }
};
const states = (world: TestWorld) => world.published.map(({ predicate }) => predicate.split(".").at(-1));

test("a crash while subscribing: the hub is asked, its check is answered, the news is told once", async () => {
  const writes = await tellAll({
    prepare: async () => {
      const world = createTestSubscriber();
      world.places.set(TOPIC, advertised());
      world.places.set(HUB, (request) => world.hub.place(request));
      return world;
    },
    async happen(world) {
      await insist(() => world.subscriber.add({ ...KEY, url: TOPIC }));
      await world.pass(10_000);
      await world.hub.check();
      // Should the check have failed, the hub is asked again.
      await world.pass(900_000);
      await world.hub.check();
      await world.pass(DAY_MS);
    },
    async check(world) {
      expect(await world.state()).toBe("active");
      expect(world.hub.live().map(({ callback }) => callback)).toEqual([
        expect.stringContaining((await world.row())?.lease?.token ?? "no token"),
      ]);
      expect(world.hub.asked.length).toBeLessThanOrEqual(2);
      expect(states(world)).toEqual(["active"]);
      await notStuck(world);
    },
  });
  expect(writes).toBeGreaterThan(8);
}, 180_000);

test("a crash while renewing: the lease goes on without a gap", async () => {
  const writes = await tellAll({
    prepare: async () => {
      const world = await subscribed();
      await world.passUntil(((await world.row())?.lease?.renewAt ?? 0) - 1);
      return world;
    },
    async happen(world) {
      const before = (await world.row())?.lease?.expiresAt ?? 0;
      await world.pass(60_000);
      await world.hub.check();
      await world.pass(DAY_MS / 4);
      await world.hub.check();
      expect((await world.row())?.lease?.expiresAt).toBeGreaterThan(before);
      await world.passUntil(before + 1);
    },
    async check(world) {
      expect(await world.state()).toBe("active");
      expect(await world.hub.publish("after all that")).toContain(202);
      expect(states(world)).toEqual(["active"]);
      await notStuck(world);
    },
  });
  expect(writes).toBeGreaterThanOrEqual(6);
}, 180_000);

test("a crash while content comes: what was acknowledged is delivered, what the hub sends again is delivered once", async () => {
  const contents = ["one", "x".repeat(700_000), ""];
  await tellAll({
    prepare: () => subscribed(),
    async happen(world) {
      for (const content of contents) {
        await world.hub.publish(content);
        await world.pass(5_000);
      }
    },
    async check(world) {
      const sizes = [...world.messages.values()].map(({ content }) => content?.bytes.length);
      expect(sizes).toEqual(contents.map((content) => content.length));
      await notStuck(world);
    },
  });
}, 180_000);

test("a crash while a feed comes: every entry is a message, once", async () => {
  const entries = Array.from(
    { length: 250 },
    (_, index) =>
      `<entry><id>urn:${index}</id><title>${index}</title><updated>2030-01-01T00:00:00Z</updated></entry>`,
  );
  const feed = `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>f</id>${entries.join("")}</feed>`;
  await tellAll({
    prepare: () => subscribed(),
    async happen(world) {
      await world.hub.publish(feed, "application/atom+xml");
      await world.pass(60_000);
    },
    async check(world) {
      expect([...world.messages.values()].map(({ entry }) => entry?.id)).toEqual(
        entries.map((_, index) => `urn:${index}`),
      );
    },
  });
}, 180_000);

test("a crash while unsubscribing: the hub is told, and it ends", async () => {
  await tellAll({
    prepare: () => subscribed(),
    async happen(world) {
      await world.run();
      await insist(() => world.subscriber.remove(KEY));
      await world.pass(60_000);
      await world.hub.check();
      await world.pass(DAY_MS);
      await world.hub.check();
      await world.pass(60_000);
    },
    async check(world) {
      expect(await world.state()).toBe("unsubscribed");
      expect(states(world)).toEqual(["active", "unsubscribed"]);
      await notStuck(world);
    },
  });
}, 180_000);

test.each(["denied", "expired", "failed"])(
  "a crash while it becomes %s: told once, and nothing goes on",
  async (state) => {
    await tellAll({
      prepare: async () => {
        const world = state === "failed" ? await added() : await subscribed();
        if (state === "expired") {
          world.hub.trouble = { status: 500 };
          await world.passUntil(((await world.row())?.lease?.expiresAt ?? 0) - 1);
        }
        if (state === "failed") world.hub.trouble = { status: 403 };
        return world;
      },
      async happen(world) {
        const [pair] = world.hub.live();
        if (state === "denied" && pair !== undefined) await insist(() => world.hub.deny(pair));
        await world.pass(2 * DAY_MS);
      },
      async check(world) {
        expect(await world.state()).toBe(state);
        expect(states(world).filter((one) => one === state)).toHaveLength(1);
      },
    });
  },
  180_000,
);

test("a crash while polling begins and goes on: every content is a message, and looking never ends", async () => {
  await tellAll({
    prepare: async () => {
      const world = createTestSubscriber();
      let version = 0;
      world.places.set(TOPIC, () => ({ body: `version ${version}`, headers: { etag: `"${version}"` } }));
      world.places.set("https://next.example/", () => ({ body: `now ${++version}` }));
      await world.subscriber.add({ ...KEY, url: TOPIC, poll: { everySeconds: 600 } });
      return world;
    },
    async happen(world) {
      await world.pass(300_000);
      await world.world.web.send({
        ...{ method: "GET", url: "https://next.example/", timeoutMs: 1, answerBytesMax: 1 },
      });
      await world.pass(1_200_000);
    },
    async check(world) {
      expect(await world.state()).toBe("polling");
      expect(contentsOf(world)).toEqual(["version 0", "version 1"]);
      expect(
        world.tasks().filter(({ kind, status }) => kind === "websub.poll" && status === "ACTIVE"),
      ).toHaveLength(1);
    },
  });
}, 180_000);
const contentsOf = ({ messages }: TestWorld) =>
  [...messages.values()].map(({ content }) => Buffer.from(content?.bytes ?? []).toString());
