import { expect, test } from "vitest";
import {
  agreeing,
  CALLBACK,
  createTestHub,
  type Seen,
  subscription,
  type TestHub,
  TOPIC,
} from "./test-hub.ts";
import { page, ping, posts, publish, subscribe } from "./test-publisher.ts";

const textOf = ({ body }: Pick<Seen, "body">): string => Buffer.from(body ?? "").toString();
const textsAt = (hub: TestHub, callback = CALLBACK): string[] => posts(hub, callback).map(textOf);

test("H-C7, H-C8: a topic's older content never comes after its newer one, however late a retry is", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  hub.peers.set(CALLBACK, () => ({ status: 503, headers: { "retry-after": "600" } }));
  await publish(hub, "old");
  hub.peers.set(CALLBACK, () => ({ status: 204 }));
  await publish(hub, "new");
  await hub.pass(3_600_000, 60_000);
  expect(textsAt(hub)).toEqual(["old", "new"]);
  const { tasks } = hub.stores.dump();
  expect(tasks.filter(({ kind, status }) => kind === "hub.distribute" && status === "DONE")).toHaveLength(2);
});

test("a fan-out of content that is out of date makes no deliveries any more", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  hub.documents.beforeWrite = (method, { pk }) => {
    if (method === "save" && pk === "app/update") throw new Error("cut off");
  };
  await publish(hub, "old");
  hub.documents.beforeWrite = () => {};
  await subscribe(hub, "https://sub.example/late");
  hub.peers.set(TOPIC, page("new"));
  await ping(hub);
  await hub.pass(600_000, 1_000);
  expect([textsAt(hub).at(-1), textsAt(hub, "https://sub.example/late")]).toEqual(["new", ["new"]]);
});

test("H-C7: a retry of what is still the newest content goes out, whatever was pinged meanwhile", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  const answers = [503, 503, 204];
  hub.peers.set(CALLBACK, () => ({ status: answers.shift() ?? 204 }));
  await publish(hub, "same");
  await publish(hub, "same");
  await hub.pass(600_000, 5_000);
  expect(textsAt(hub)).toEqual(["same", "same", "same"]);
});

test("H-C7: what was published directly is each a thing of its own, and none is left out for a later one", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  const publishText = async (text: string) => {
    const content = { namespace: "app", topic: TOPIC, contentType: "text/plain", bytes: Buffer.from(text) };
    await hub.hub.publishContent(content);
    await hub.run();
  };
  const answers = [503, 204, 204];
  hub.peers.set(CALLBACK, () => ({ status: answers.shift() ?? 204 }));
  await publishText("first");
  await publishText("second");
  await hub.pass(600_000, 5_000);
  expect(textsAt(hub)).toEqual(["first", "second", "first"]);
});

test("fetches under way at the same time that find the same content are one update", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  const waiting: (() => void)[] = [];
  hub.peers.set(
    TOPIC,
    (request) => new Promise((resolve) => waiting.push(() => resolve(page("x")(request)))),
  );
  await ping(hub);
  const first = hub.pass(1_000);
  await hub.clock.settle();
  await ping(hub);
  const second = hub.pass(1_000);
  for (let turn = 0; turn < 50 && waiting.length < 2; turn += 1) await hub.clock.settle();
  expect(waiting).toHaveLength(2);
  for (const go of waiting) go();
  await Promise.all([first, second]);
  await hub.pass(5_000, 1_000);
  expect(textsAt(hub)).toEqual(["x"]);
});

test("H-C8: a topic that was something else for one fetch goes to everybody as it is, although it was so before", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  await publish(hub, "a");
  const held = () => {
    let release = () => {};
    return { until: new Promise<void>((resolve) => (release = resolve)), release: () => release() };
  };
  const handler = hub.hub.handlers.find(({ kind }) => kind === "hub.fetch");
  const task = hub.stores.dump().tasks.find(({ kind }) => kind === "hub.fetch");
  // Each by a worker of its own.
  const fetchNow = () => {
    const { signal } = new AbortController();
    if (task === undefined) throw new Error("nothing was fetched before");
    return handler?.run(task, { signal, deliveryId: "any", startedAt: hub.clock.now(), attempt: 1 });
  };
  const answer = held();
  hub.peers.set(TOPIC, async (request) => answer.until.then(() => page("b")(request)));
  const earlier = fetchNow();
  await hub.clock.advance(1_000);
  const { insert } = hub.documents;
  const looked = held();
  const update = held();
  hub.documents.insert = async (document, now) => {
    hub.documents.insert = insert;
    looked.release();
    await update.until;
    return insert(document, now);
  };
  hub.peers.set(TOPIC, page("a"));
  const later = fetchNow();
  await looked.until;
  answer.release();
  await earlier;
  await hub.run();
  expect(textsAt(hub)).toEqual(["a", "b"]);
  update.release();
  await later;
  await hub.run();
  expect(textsAt(hub)).toEqual(["a", "b", "a"]);
});

test("a publisher that is down for an hour is waited for, and many pings come to one fetch when it is back", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  hub.peers.set(TOPIC, () => ({ status: 503 }));
  for (let n = 0; n < 5; n += 1) {
    await ping(hub);
    await hub.pass(1_000);
  }
  await hub.pass(3_000_000, 60_000);
  let fetches = 0;
  hub.peers.set(TOPIC, (request) => {
    fetches += 1;
    return page("back")(request);
  });
  await hub.pass(3_600_000, 60_000);
  expect([textsAt(hub), fetches]).toEqual([["back"], 1]);
  const { tasks } = hub.stores.dump();
  expect(tasks.filter(({ kind, status }) => kind === "hub.fetch" && status !== "DONE")).toEqual([]);
});

test("cut off before it was noted what was distributed, the fetch comes again and nobody loses or doubles anything", async () => {
  const hub = createTestHub();
  await subscribe(hub);
  await publish(hub, "one");
  let faults = 3;
  hub.documents.beforeWrite = (method, { pk }) => {
    if (method === "save" && pk === "app/topic" && faults-- > 0) throw new Error("cut off");
  };
  const answers = [503, 503];
  hub.peers.set(CALLBACK, () => ({ status: answers.shift() ?? 204 }));
  await publish(hub, "two");
  await hub.pass(600_000, 5_000);
  expect(faults).toBeLessThanOrEqual(0);
  expect(textsAt(hub)).toEqual(["one", "two", "two", "two"]);
  await publish(hub, "two");
  expect(textsAt(hub)).toHaveLength(4);
});

test("a topic that was forgotten and is subscribed to again is distributed again, though it never changed", async () => {
  const hub = createTestHub();
  await subscribe(hub, CALLBACK, { "hub.lease_seconds": "300" });
  await publish(hub, "same");
  await hub.pass(2 * 86_400_000, 43_200_000);
  await subscribe(hub);
  await publish(hub, "same");
  expect(textsAt(hub)).toEqual(["same", "same"]);
});

test("H-L4: a renewal is no new subscriber: what did not change is not sent again", async () => {
  const hub = createTestHub();
  await subscribe(hub, CALLBACK, { "hub.lease_seconds": "300" });
  await publish(hub, "same");
  await hub.pass(200_000);
  hub.peers.set(CALLBACK, agreeing);
  await hub.post(subscription());
  await hub.run();
  await publish(hub, "same");
  expect(textsAt(hub)).toEqual(["same"]);
  await publish(hub, "other");
  expect(textsAt(hub)).toEqual(["same", "other"]);
});

test("who comes back after a gap has missed something, and is sent what did not change", async () => {
  const hub = createTestHub();
  await subscribe(hub, CALLBACK, { "hub.lease_seconds": "300" });
  await publish(hub, "same");
  await hub.pass(400_000);
  await subscribe(hub);
  await publish(hub, "same");
  expect(textsAt(hub)).toEqual(["same", "same"]);
});

test("pings of a topic that does not change store its content once, and again before it is forgotten", async () => {
  const hub = createTestHub();
  await subscribe(hub, CALLBACK, { "hub.lease_seconds": "2592000" });
  let stored = 0;
  hub.documents.beforeWrite = (method, { pk }) => {
    if (method === "putMany" && pk.startsWith("app/content/")) stored += 1;
  };
  for (let n = 0; n < 5; n += 1) await publish(hub, "same");
  expect(stored).toBe(1);
  await hub.pass(6 * 86_400_000, 86_400_000);
  await subscribe(hub, "https://sub.example/late");
  await publish(hub, "same");
  expect([stored, textsAt(hub, "https://sub.example/late")]).toEqual([2, ["same"]]);
});
