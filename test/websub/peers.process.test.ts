import { type LocalDatabase, loudSkip, startDynalite } from "@hookclock/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startStage } from "./beyond/stage.ts";
import { expectNext, startFeed } from "./peers/feed.ts";
import { missingFromNpm } from "./peers/from-npm.ts";
import { missingForPhpPublisher, publishWithPhp } from "./peers/php-publisher.ts";
import { missingForProsody, startProsody } from "./peers/prosody.ts";
import { startPubsubhubbub } from "./peers/pubsubhubbub.ts";
import { startYouTube, videoFeed } from "./peers/youtube.ts";
import { postForm } from "./rocks/client.ts";
import { sign } from "./rocks/sign.ts";
import { type Product, startProduct } from "./support.ts";

// Our hub among strangers: subscribers and a publisher that others wrote, as they are. And among ourselves.

// A whole installation with its database in one process: on a busy machine each step takes its time.
vi.setConfig({ testTimeout: 120_000 });

const missing = await missingFromNpm();

let database: LocalDatabase;
let product: Product;
beforeAll(async () => {
  database = await startDynalite();
  product = await startProduct(database);
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await database.stop();
});

const subscribersOf = async ({ webSub }: Product, namespace: string) =>
  (await webSub.hub.list({ namespace, limit: 10 })).items;

const ping = (hub: string, topic: string) => postForm(hub, { "hub.mode": "publish", "hub.url": topic });

loudSkip(describe, missing)("pubsubhubbub", () => {
  test("subscribes, takes an update, and unsubscribes", async () => {
    const namespace = "pubsubhubbub";
    const hub = product.hubUrl(namespace);
    await using stage = await startStage();
    await using peer = await startPubsubhubbub(hub, { leaseSeconds: 3600 });
    const topic = stage.topic(hub, "/feed?page=1&lang=en");
    await peer.subscribe(topic.url);
    const { leaseEndsAtSeconds } = await expectNext(peer.trail, "subscribe");
    expect(leaseEndsAtSeconds - Date.now() / 1000).toBeLessThanOrEqual(3601);
    await product.settled(namespace);

    topic.body = Buffer.from([0, 255, 13, 10]);
    await ping(hub, topic.url);
    const feed = await expectNext(peer.trail, "feed");
    expect(feed).toMatchObject({ topic: topic.url, hub, contentType: topic.type });
    expect(feed.body.equals(topic.body)).toBe(true);
    expect(await expectNext(peer.trail, "answered")).toMatchObject({ status: 204, signature: undefined });

    await peer.unsubscribe(topic.url);
    await expectNext(peer.trail, "unsubscribe");
    await product.settled(namespace);
    await ping(hub, topic.url);
    await product.settled(namespace);
    expect(peer.trail.events.filter(({ type }) => type === "feed")).toHaveLength(1);
  });

  test("H-S3: is signed what it gave its secret for, with sha256", async () => {
    const namespace = "pubsubhubbub-secret";
    await using stage = await startStage();
    await using peer = await startPubsubhubbub(product.hubUrl(namespace), { secret: "a secret" });
    const topic = stage.topic(product.hubUrl(namespace));
    await peer.subscribe(topic.url);
    await product.settled(namespace);
    await ping(product.hubUrl(namespace), topic.url);
    // It gives the hub a secret of its own making, and then checks with another: 202 is how it drops the content.
    const given = sign("sha1", "a secret", Buffer.from(topic.url)).slice("sha1=".length);
    const signature = sign("sha256", given, topic.body);
    expect(await expectNext(peer.trail, "answered")).toMatchObject({ status: 202, signature });
  });

  test("is told of a denial", async () => {
    const namespace = "pubsubhubbub-denied";
    await using stage = await startStage();
    await using peer = await startPubsubhubbub(product.hubUrl(namespace));
    const topic = stage.topic(product.hubUrl(namespace)).url;
    await peer.subscribe(topic);
    await product.settled(namespace);
    const [subscription] = await subscribersOf(product, namespace);
    const callback = subscription?.id ?? "";
    expect(await product.webSub.hub.deny({ namespace, topic, callback, reason: "moved away" })).toBe(true);
    expect(await expectNext(peer.trail, "denied")).toMatchObject({ topic });
  });

  test("is refused with a status that it understands", async () => {
    await using peer = await startPubsubhubbub(product.hubUrl("pubsubhubbub-refused"));
    await expect(peer.subscribe("no URL")).rejects.toThrow("400");
  });
});

loudSkip(describe, missing)("youtube-notification", () => {
  test.each([
    ["without a secret", undefined],
    ["with a secret", "a secret"],
  ])("is told of a video, %s", async (_, secret) => {
    const namespace = `youtube-${secret === undefined ? "open" : "signed"}`;
    const hub = product.hubUrl(namespace);
    await using peer = await startYouTube(hub, secret);
    peer.subscribe("UC1");
    expect(await expectNext(peer.trail, "subscribe")).toMatchObject({ channel: "UC1" });
    await product.settled(namespace);
    await product.webSub.hub.publishContent({
      namespace,
      topic: peer.topicOf("UC1"),
      contentType: "application/atom+xml",
      bytes: videoFeed("UC1", "v1", "A film", hub),
    });
    const { video } = await expectNext(peer.trail, "notified");
    expect(video).toMatchObject({ video: { id: "v1", title: "A film" }, channel: { id: "UC1" } });
    expect(await expectNext(peer.trail, "answered")).toMatchObject({ status: 200 });

    peer.unsubscribe("UC1");
    await expectNext(peer.trail, "unsubscribe");
    await product.settled(namespace);
    expect((await subscribersOf(product, namespace)).map(({ state }) => state)).not.toContain("active");
  });
});

loudSkip(describe, missingForProsody())("prosody", () => {
  test("H-S3: takes pushes that are signed with sha1 where the hub is set so, and renews with each", async () => {
    const namespace = "prosody";
    await using old = await startProduct(database, { hub: { signature: "sha1" } });
    const hub = old.hubUrl(namespace);
    await using feed = await startFeed(hub);
    await using peer = await startProsody(feed.url);
    expect(await expectNext(peer.trail, "requested")).toMatchObject({ status: 202 });
    expect(await expectNext(peer.trail, "confirmed")).toMatchObject({ mode: "subscribe", topic: feed.url });
    await old.settled(namespace);

    for (let round = 0; round < 2; round += 1) {
      const from = peer.trail.mark();
      feed.addPost();
      expect(await ping(hub, feed.url)).toMatchObject({ status: 204 });
      expect(await expectNext(peer.trail, "signature", from)).toMatchObject({ isRight: true });
      expect(await expectNext(peer.trail, "item", from)).toMatchObject({ id: feed.ids()[0] });
      // It subscribes anew with every push: that stays one subscription.
      await expectNext(peer.trail, "confirmed", from);
      await old.settled(namespace);
    }
    expect(await subscribersOf(old, namespace)).toHaveLength(1);
  });
});

loudSkip(describe, missing ?? missingForPhpPublisher())("the publisher in PHP", () => {
  test("tells of several topics at once, and calls our answer a success", async () => {
    const namespace = "php";
    const hub = product.hubUrl(namespace);
    await using stage = await startStage();
    await using peer = await startPubsubhubbub(hub);
    const topics = [stage.topic(hub, "/a?b=c&d=%C3%BC"), stage.topic(hub)];
    for (const { url } of topics) await peer.subscribe(url);
    await product.settled(namespace);
    expect(
      await publishWithPhp(
        hub,
        topics.map(({ url }) => url),
      ),
    ).toBe(true);
    await product.settled(namespace);
    const fed = peer.trail.events.flatMap((event) => (event.type === "feed" ? [event.topic] : []));
    expect(fed.sort()).toEqual(topics.map(({ url }) => url).sort());
    expect(await publishWithPhp(hub, ["http://127.0.0.1:9/nobody-subscribed"])).toBe(true);
  });
});

test("our subscriber at our hub, from subscription to unsubscription", async () => {
  await using other = await startProduct(database);
  const [here, there] = ["ours-hub", "ours-subscriber"];
  const hub = product.hubUrl(here);
  await using feed = await startFeed(hub);
  const key = { namespace: there, id: "feed" };
  const { subscriptions } = other.webSub;
  await subscriptions.add({ ...key, url: feed.url, secret: true });
  await other.settled(there);
  await product.settled(here);
  expect(await subscriptions.get(key)).toMatchObject({ state: "active", topic: feed.url, hub, signed: true });

  feed.addPost();
  await ping(hub, feed.url);
  await product.settled(here);
  await other.settled(there);
  expect(await subscriptions.get(key)).toMatchObject({ pushes: { received: 1, refused: 0 } });

  await subscriptions.remove(key);
  await other.settled(there);
  await product.settled(here);
  expect(await subscriptions.get(key)).toMatchObject({ state: "unsubscribed" });
  feed.addPost();
  await ping(hub, feed.url);
  await product.settled(here);
  expect(await subscriptions.get(key)).toMatchObject({ pushes: { received: 1 } });
});
