import { loudSkip } from "@hookclock/testkit";
import { describe, expect, test } from "vitest";
import { sign } from "../rocks/sign.ts";
import { startSmallHub } from "../rocks/small-hub.ts";
import { expectNext, startFeed } from "./feed.ts";
import { missingFromNpm } from "./from-npm.ts";
import { missingForPhpPublisher, publishWithPhp } from "./php-publisher.ts";
import { missingForProsody, startProsody } from "./prosody.ts";
import { startPubsubhubbub } from "./pubsubhubbub.ts";
import { startYouTube, videoFeed } from "./youtube.ts";

// What the foreign peers do with a hub that is right: their quirks, before our own hub meets them.

const missing = await missingFromNpm();

loudSkip(describe, missing)("pubsubhubbub", () => {
  test("subscribes, takes a feed with a Link header, and unsubscribes", async () => {
    await using hub = await startSmallHub();
    await using peer = await startPubsubhubbub(hub.url, { leaseSeconds: 3600 });
    const topic = "http://localhost/feed?page=1&lang=en";
    await peer.subscribe(topic);
    expect(await expectNext(peer.trail, "subscribe")).toMatchObject({ topic });
    await hub.settled();
    expect(hub.requests[0]?.get("hub.lease_seconds")).toBe("3600");
    // Its callback has a query of its own.
    expect(hub.subscriptions()[0]?.callback).toContain("/callback?topic=http%3A");

    const bytes = Buffer.from([0, 255, 10, 13, 65]);
    await hub.publish(topic, "application/octet-stream", bytes);
    const feed = await expectNext(peer.trail, "feed");
    expect(feed).toMatchObject({ topic, hub: hub.url, contentType: "application/octet-stream" });
    expect(feed.body.equals(bytes)).toBe(true);
    expect(hub.deliveries).toMatchObject([{ status: 204 }]);

    await peer.unsubscribe(topic);
    await expectNext(peer.trail, "unsubscribe");
    await hub.settled();
    expect(hub.subscriptions()).toEqual([]);
  });

  test("answers 400 to a delivery without a Link header", async () => {
    await using hub = await startSmallHub({ link: () => null });
    await using peer = await startPubsubhubbub(hub.url);
    await peer.subscribe("http://localhost/feed");
    await hub.settled();
    await hub.publish("http://localhost/feed", "text/plain", Buffer.from("text"));
    expect(hub.deliveries).toMatchObject([{ status: 400 }]);
  });

  test("drops what is signed with the secret that it gave", async () => {
    await using hub = await startSmallHub();
    await using peer = await startPubsubhubbub(hub.url, { secret: "a secret" });
    await peer.subscribe("http://localhost/feed");
    await hub.settled();
    await hub.publish("http://localhost/feed", "text/plain", Buffer.from("text"));
    const answered = await expectNext(peer.trail, "answered");
    const given = hub.requests[0]?.get("hub.secret") ?? "";
    expect(answered).toEqual({
      type: "answered",
      status: 202,
      signature: sign("sha256", given, Buffer.from("text")),
    });
    expect(peer.trail.events.some(({ type }) => type === "feed")).toBe(false);
  });

  test("a refusal of the hub rejects", async () => {
    await using hub = await startSmallHub({ answer: () => 403 });
    await using peer = await startPubsubhubbub(hub.url);
    await expect(peer.subscribe("http://localhost/feed")).rejects.toThrow("403");
  });
});

loudSkip(describe, missing)("youtube-notification", () => {
  test.each([undefined, "a secret"])(
    "subscribes, is told of a video, and unsubscribes (secret: %s)",
    async (secret) => {
      await using hub = await startSmallHub();
      await using peer = await startYouTube(hub.url, secret);
      peer.subscribe("UC1");
      expect(await expectNext(peer.trail, "subscribe")).toMatchObject({
        channel: "UC1",
        leaseSeconds: "864000",
      });
      await hub.settled();
      const topic = peer.topicOf("UC1");
      await hub.publish(topic, "application/atom+xml", videoFeed("UC1", "v1", "A film", hub.url));
      const { video } = await expectNext(peer.trail, "notified");
      expect(video).toMatchObject({ video: { id: "v1", title: "A film" }, channel: { id: "UC1" } });
      expect(hub.deliveries).toMatchObject([{ topic, status: 200 }]);
      peer.unsubscribe("UC1");
      await expectNext(peer.trail, "unsubscribe");
      await hub.settled();
      expect(hub.subscriptions()).toEqual([]);
    },
  );

  test("is told nothing when the signature is wrong, and refuses when there is none", async () => {
    for (const [signature, status] of [
      ["sha256=00", 200],
      [null, 403],
    ] as const) {
      await using hub = await startSmallHub({ signature: () => signature });
      await using peer = await startYouTube(hub.url, "a secret");
      peer.subscribe("UC1");
      await expectNext(peer.trail, "subscribe");
      await hub.settled();
      await hub.publish(peer.topicOf("UC1"), "text/xml", videoFeed("UC1", "v1", "A film", hub.url));
      expect(await expectNext(peer.trail, "answered")).toMatchObject({ status });
      expect(peer.trail.events.some(({ type }) => type === "notified")).toBe(false);
    }
  });
});

loudSkip(describe, missingForProsody())("prosody", () => {
  const sha1 = (secret: string | null, body: Buffer) => secret && sign("sha1", secret, body);

  test("subscribes to the hub of a feed, takes a push signed with sha1, and subscribes again", async () => {
    await using hub = await startSmallHub({ signature: sha1 });
    await using feed = await startFeed(hub.url);
    await using peer = await startProsody(feed.url);
    expect(await expectNext(peer.trail, "item")).toMatchObject({ id: feed.ids()[0] });
    expect(await expectNext(peer.trail, "confirmed")).toMatchObject({ mode: "subscribe", topic: feed.url });
    expect(await expectNext(peer.trail, "requested")).toMatchObject({ status: 202 });
    await hub.settled();
    expect(hub.subscriptions()).toEqual([{ topic: feed.url, callback: `${peer.callbackBase}?node=posts` }]);

    const from = peer.trail.mark();
    feed.addPost();
    await fetch(hub.url, {
      method: "POST",
      body: new URLSearchParams({ "hub.mode": "publish", "hub.url": feed.url }),
    });
    expect(await expectNext(peer.trail, "signature", from)).toMatchObject({ isRight: true });
    expect(await expectNext(peer.trail, "item", from)).toMatchObject({ id: feed.ids()[0] });
    await expectNext(peer.trail, "confirmed", from);
    await hub.settled();
    expect(hub.deliveries).toMatchObject([{ status: 202 }]);
    expect(hub.subscriptions()).toHaveLength(1);
  });

  test("answers 401 to a push signed with sha256", async () => {
    await using hub = await startSmallHub();
    await using feed = await startFeed(hub.url);
    await using peer = await startProsody(feed.url);
    await expectNext(peer.trail, "requested");
    await hub.settled();
    await hub.publish(feed.url, "application/atom+xml", Buffer.from("<feed/>"));
    expect(await expectNext(peer.trail, "signature")).toMatchObject({ isRight: false });
    expect(hub.deliveries).toMatchObject([{ status: 401 }]);
  });
});

loudSkip(describe, missingForPhpPublisher())("the publisher in PHP", () => {
  test("names all topics in one request, and takes 204 alone", async () => {
    const topics = ["http://localhost/a?b=c&d=e", "http://localhost/ü"];
    for (const [status, isDone] of [
      [204, true],
      [202, false],
      [200, false],
      [400, false],
    ] as const) {
      await using hub = await startSmallHub({ answer: () => status });
      expect(await publishWithPhp(hub.url, topics)).toBe(isDone);
      expect(hub.requests).toHaveLength(1);
      expect(hub.requests[0]?.get("hub.mode")).toBe("publish");
      expect(hub.requests[0]?.getAll("hub.url")).toEqual(topics);
    }
  });
});
