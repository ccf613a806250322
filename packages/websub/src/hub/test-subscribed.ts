// A hub of a test with one subscription in force, and what is known of it.
import { expect } from "vitest";
import { agreeing, CALLBACK, createTestHub, subscription, type TestHub, TOPIC } from "./test-hub.ts";

/** A hub with one subscription in force. */
export async function subscribed(
  options: Parameters<typeof createTestHub>[0] = {},
  more = {},
): Promise<TestHub> {
  const hub = createTestHub(options);
  hub.peers.set(CALLBACK, agreeing);
  expect((await hub.post(subscription(more))).status).toBe(202);
  await hub.run();
  return hub;
}
export const only = async ({ hub }: TestHub) => {
  const { items } = await hub.list({ namespace: "app", topic: TOPIC, limit: 10 });
  expect(items).toHaveLength(1);
  return items[0];
};
/** Fetches the row as it is stored, secrets included. */
export const stored = ({ documents }: TestHub) =>
  documents.dump().find(({ pk }) => pk.startsWith("app/hub/url:"))?.data as {
    active: { secret: string | null; expiresAt: number } | null;
    pending: unknown;
  };
