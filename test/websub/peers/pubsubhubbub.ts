// npm's `pubsubhubbub` as a subscriber. It knows no discovery: it is told topic and hub, keeps both in its callback's query,
// and answers 400 to a delivery without a Link header. With a secret it cannot be told anything: it gives the hub another
// secret than the one it verifies with, so that it drops, with 202, whatever is signed as it asked for.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type pubsubhubbubModule from "pubsubhubbub";
import { createTrail, type Trail } from "../rocks/trail.ts";
import { loadPeer } from "./from-npm.ts";

export type PubsubhubbubEvent =
  | { type: "subscribe" | "unsubscribe"; topic: string | undefined; leaseEndsAtSeconds: number }
  | { type: "denied"; topic: string }
  | { type: "feed"; topic: string | undefined; hub: string | undefined; body: Buffer; contentType: string }
  /** What it answered to a delivery. */
  | { type: "answered"; status: number; signature: string | undefined };

export type PubsubhubbubPeer = AsyncDisposable & {
  trail: Trail<PubsubhubbubEvent>;
  /** Resolves when the hub took the request (202 or 204), rejects otherwise. */
  subscribe(topic: string): Promise<void>;
  unsubscribe(topic: string): Promise<void>;
};

export const startPubsubhubbub = async (
  hub: string,
  options: { secret?: string; leaseSeconds?: number } = {},
): Promise<PubsubhubbubPeer> => {
  const pubsubhubbub = await loadPeer<typeof pubsubhubbubModule>("pubsubhubbub");
  const trail = createTrail<PubsubhubbubEvent>();
  const peer = pubsubhubbub.createServer(options);
  for (const type of ["subscribe", "unsubscribe"] as const) {
    peer.on(type, ({ topic, lease }) => trail.add({ type, topic, leaseEndsAtSeconds: lease }));
  }
  peer.on("denied", ({ topic }) => trail.add({ type: "denied", topic }));
  peer.on("feed", ({ topic, hub: from, feed, headers }) =>
    trail.add({ type: "feed", topic, hub: from, body: feed, contentType: headers["content-type"] ?? "" }),
  );
  peer.listen(0, "127.0.0.1");
  peer.server.on("request", (request, response) =>
    response.on("finish", () => {
      if (request.method !== "POST") return;
      const signature = request.headers["x-hub-signature"]?.toString();
      trail.add({ type: "answered", status: response.statusCode, signature });
    }),
  );
  await once(peer, "listen");
  peer.callbackUrl = `http://127.0.0.1:${(peer.server.address() as AddressInfo).port}/callback`;

  const send = (mode: "subscribe" | "unsubscribe", topic: string): Promise<void> =>
    new Promise((resolve, reject) => {
      peer.setSubscription(mode, topic, hub, (error) => (error === null ? resolve() : reject(error)));
    });
  return {
    trail,
    subscribe: (topic) => send("subscribe", topic),
    unsubscribe: (topic) => send("unsubscribe", topic),
    [Symbol.asyncDispose]: async () => {
      peer.server.closeAllConnections();
      peer.server.close();
      await once(peer.server, "close");
    },
  };
};
