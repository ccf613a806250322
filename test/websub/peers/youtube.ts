// npm's `youtube-notification` as a subscriber. Its topics are the feeds of one famous site, whatever hub it is given: what it
// is sent must be published to that URL directly. It reads XML types only, and an update within five minutes of a video's
// publication is told once, then swallowed once.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type YouTubeNotifier from "youtube-notification";
import type { Video } from "youtube-notification";
import type serveNotifier from "youtube-notification/src/server.js";
import { randomToken } from "../rocks/site.ts";
import { createTrail, type Trail } from "../rocks/trail.ts";
import { loadPeer } from "./from-npm.ts";

export type YouTubeEvent =
  | { type: "subscribe" | "unsubscribe" | "denied"; channel: string; leaseSeconds: string | undefined }
  | { type: "notified"; video: Video }
  /** What it answered to a delivery. */
  | { type: "answered"; status: number };

export type YouTubePeer = AsyncDisposable & {
  trail: Trail<YouTubeEvent>;
  topicOf(channel: string): string;
  /** Both return at once; what comes of it is on the trail. */
  subscribe(channel: string): void;
  unsubscribe(channel: string): void;
};

const TOPIC = "https://www.youtube.com/xml/feeds/videos.xml?channel_id=";

const asAttribute = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

/** A feed as that site pushes it: one entry. */
export const videoFeed = (channel: string, videoId: string, title: string, hub: string): Buffer =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom">
<link rel="hub" href="${asAttribute(hub)}"/><link rel="self" href="${TOPIC}${channel}"/>
<title>Videos</title><updated>2026-01-02T04:00:00+00:00</updated>
<entry><id>yt:video:${videoId}</id><yt:videoId>${videoId}</yt:videoId><yt:channelId>${channel}</yt:channelId>
<title>${title}</title><link rel="alternate" href="https://www.youtube.com/watch?v=${videoId}"/>
<author><name>Somebody</name><uri>https://www.youtube.com/channel/${channel}</uri></author>
<published>2026-01-02T03:00:00+00:00</published><updated>2026-01-02T04:00:00+00:00</updated></entry></feed>
`);

export const startYouTube = async (hub: string, secret?: string): Promise<YouTubePeer> => {
  const Notifier = await loadPeer<typeof YouTubeNotifier>("youtube-notification");
  const serve = await loadPeer<typeof serveNotifier>("youtube-notification/src/server.js");
  const trail = createTrail<YouTubeEvent>();
  // All its instances share one application, so each has a path of its own.
  const path = `/${randomToken()}`;
  const withSecret = secret === undefined ? {} : { secret };
  const peer = new Notifier({ hubCallback: "later", hubUrl: hub, path, ...withSecret });
  for (const type of ["subscribe", "unsubscribe", "denied"] as const) {
    peer.on(type, (told) => trail.add({ type, channel: told.channel, leaseSeconds: told.lease_seconds }));
  }
  peer.on("notified", (video) => trail.add({ type: "notified", video }));

  const application = serve(peer);
  // Its own way of listening would be open to the network.
  const server = createServer((request, response) => {
    response.on("finish", () => {
      if (request.method === "POST") trail.add({ type: "answered", status: response.statusCode });
    });
    application(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  peer.hubCallback = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  return {
    trail,
    topicOf: (channel) => `${TOPIC}${channel}`,
    subscribe: (channel) => peer.subscribe(channel),
    unsubscribe: (channel) => peer.unsubscribe(channel),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
