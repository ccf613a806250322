// The foreign subscribers ship no types; these are the parts of them that are used.
declare module "pubsubhubbub" {
  import type { EventEmitter } from "node:events";
  import type { Server } from "node:http";

  type Listened = { topic: string | undefined; hub: string | undefined };
  export type PubSubHubbub = EventEmitter<{
    listen: [];
    error: [Error];
    subscribe: [Listened & { lease: number }];
    unsubscribe: [Listened & { lease: number }];
    denied: [{ topic: string; error?: Error }];
    feed: [Listened & { callback: string; feed: Buffer; headers: Record<string, string> }];
  }> & {
    callbackUrl: string;
    server: Server;
    listen(port: number, host: string): void;
    setSubscription(
      mode: "subscribe" | "unsubscribe",
      topic: string,
      hub: string,
      callback: (error: Error | null) => void,
    ): void;
  };
  const pubsubhubbub: {
    createServer(options: { secret?: string; leaseSeconds?: number }): PubSubHubbub;
  };
  export default pubsubhubbub;
}

declare module "youtube-notification" {
  import { EventEmitter } from "node:events";

  type Told = { type: string; channel: string; lease_seconds?: string };
  export type Video = {
    video: { id: string; title: string; link: string };
    channel: { id: string; name: string; link: string };
    published: Date;
    updated: Date;
  };
  export default class YouTubeNotifier extends EventEmitter<{
    subscribe: [Told];
    unsubscribe: [Told];
    denied: [Told];
    notified: [Video];
  }> {
    hubCallback: string;
    constructor(options: { hubCallback: string; hubUrl: string; secret?: string; path: string });
    subscribe(channels: string): void;
    unsubscribe(channels: string): void;
  }
}

declare module "youtube-notification/src/server.js" {
  import type { RequestListener } from "node:http";
  import type YouTubeNotifier from "youtube-notification";

  export default function serve(notifier: YouTubeNotifier): RequestListener;
}
