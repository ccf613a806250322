// A publisher beside the hub of a test, and subscribers that are in force.
import { expect } from "vitest";
import { agreeing, CALLBACK, type Peer, type Reply, subscription, type TestHub, TOPIC } from "./test-hub.ts";

export const HUB = "https://hub.example/hub/app";
export const LINKS = `<${HUB}>; rel="hub", <${TOPIC}>; rel="self"`;

/** A page that names its hub and itself, as publishers do. */
export const page = (body: Reply["body"], type = "text/html; charset=UTF-8", more: Reply = {}): Peer => {
  const headers = { "content-type": type, link: `<${HUB}>; rel="hub", <${TOPIC}>; rel=self` };
  return () => ({ headers, ...more, body: body ?? "" });
};

export async function subscribe(
  hub: TestHub,
  callback = CALLBACK,
  more: Record<string, string> = {},
): Promise<void> {
  const [place = ""] = callback.split("?", 1);
  if (!hub.peers.has(place)) hub.peers.set(place, agreeing);
  expect((await hub.post(subscription({ "hub.callback": callback, ...more }))).status).toBe(202);
  await hub.run();
}
export const ping = (hub: TestHub, topic = TOPIC) => hub.post({ "hub.mode": "publish", "hub.url": topic });
/** A ping, and what follows from it. */
export const publish = async (hub: TestHub, body: Reply["body"] = "news", type?: string): Promise<void> => {
  hub.peers.set(TOPIC, page(body, type));
  expect((await ping(hub)).status).toBe(204);
  await hub.pass(2_000, 1_000);
};
export const posts = (hub: TestHub, callback = CALLBACK) => hub.at(callback, "POST");
