// Real HTTP, and the reference library of Standard Webhooks on the other side.
import { randomBytes } from "node:crypto";
import { parseEgressPolicy } from "@hookclock/core";
import type { WebClient } from "@hookclock/engine";
import { type ReceivedRequest, startReceiver } from "@hookclock/testkit";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { createTestWorld, entryMessage, eventMessage } from "./test-world.ts";

/** The platform's own client: enough for loopback. */
const realWeb: WebClient = {
  egress: parseEgressPolicy({ allow: ["127.0.0.1"] }),
  async send({ url, method, headers = {}, body }) {
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    return {
      ...{ kind: "answered", status: response.status, headers: Object.fromEntries(response.headers) },
      ...{ body: Buffer.from(await response.arrayBuffer()), truncated: false, timings: { totalMs: 1 } },
    };
  },
};

/** The library judges time by its own clock, which the fake one is years ahead of. */
const verify = (secret: string, request: ReceivedRequest | undefined, nowMs: number): unknown => {
  const headers = request?.headers as Record<string, string>;
  expect(headers["webhook-timestamp"]).toBe(String(Math.floor(nowMs / 1_000)));
  const id = headers["webhook-id"] ?? "";
  const body = request?.body.toString() ?? "";
  const webhook = new Webhook(secret);
  const expected = webhook.sign(id, new Date(nowMs), body);
  return headers["webhook-signature"]?.split(" ").includes(expected);
};

const secretOf = (): string => `whsec_${randomBytes(32).toString("base64")}`;

async function worldWith(more: Record<string, unknown>) {
  const receiver = await startReceiver(204);
  const world = createTestWorld({ web: realWeb });
  const put = await world.consumers.put({
    ...{ namespace: "app", name: "hook", type: "http", url: `${receiver.url}/in` },
    ...more,
  });
  await world.consumers.link({ namespace: "app", source: { subscription: "blog" }, consumer: "hook" });
  await world.consumers.link({ namespace: "app", source: { event: "orders" }, consumer: "hook" });
  return { receiver, world, put };
}

test("an envelope carries a signature that the reference library makes too", async () => {
  const { receiver, world, put } = await worldWith({});
  await using _closing = receiver;
  await world.consumers.sink.accept([entryMessage(world, { title: "Füße 😀" })]);
  await world.run();
  expect(verify(put.secret ?? "", receiver.requests[0], world.clock.now())).toBe(true);
  expect(verify(secretOf(), receiver.requests[0], world.clock.now())).toBe(false);
  expect(receiver.requests[0]?.headers["webhook-id"]).toMatch(/^msg_[0-9a-f]{32}$/);
  expect(JSON.parse(receiver.requests[0]?.body.toString() ?? "")).toMatchObject({
    data: { entry: { title: "Füße 😀" } },
  });
});

test("each attempt has its own time and signature, and the same id", async () => {
  const { receiver, world, put } = await worldWith({ retry: { limit: 1, baseMs: 60_000, maxMs: 60_000 } });
  await receiver.close();
  await using again = await startReceiver([500, 204]);
  await world.consumers.put({ namespace: "app", name: "hook", type: "http", url: again.url });
  await world.consumers.sink.accept([entryMessage(world)]);
  await world.run();
  const firstAt = world.clock.now();
  await world.pass(60_000);
  const [first, second] = again.requests;
  expect(verify(put.secret ?? "", first, firstAt)).toBe(true);
  expect(verify(put.secret ?? "", second, firstAt + 60_000)).toBe(true);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.headers["webhook-signature"]).not.toBe(first?.headers["webhook-signature"]);
});

test("raw content goes out byte for byte with its own type, and is signed as it is", async () => {
  const { receiver, world, put } = await worldWith({ format: "raw" });
  await using _closing = receiver;
  const bytes = Buffer.from("<ü>\r\n\ttext \u{1f600}", "utf8");
  const content = { type: "application/xml; charset=utf-8", bytes };
  await world.consumers.sink.accept([entryMessage(world, {}, { id: "push", entry: null, content })]);
  await world.run();
  expect(receiver.requests[0]?.body.equals(bytes)).toBe(true);
  expect(receiver.requests[0]?.headers["content-type"]).toBe("application/xml; charset=utf-8");
  expect(verify(put.secret ?? "", receiver.requests[0], world.clock.now())).toBe(true);
});

test("content that is no text goes out unharmed, raw as bytes and in envelopes as base64", async () => {
  const { receiver, world } = await worldWith({ format: "raw" });
  await using _closing = receiver;
  await world.consumers.put({
    namespace: "app",
    name: "second",
    type: "http",
    url: `${receiver.url}/second`,
  });
  await world.consumers.link({ namespace: "app", source: { subscription: "blog" }, consumer: "second" });
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256);
  await world.consumers.sink.accept([
    entryMessage(world, {}, { id: "push", entry: null, content: { type: "image/png", bytes } }),
  ]);
  await world.run();
  const at = (url: string) => receiver.requests.find((request) => request.url === url);
  expect(at("/in")?.body.equals(bytes)).toBe(true);
  const { data } = JSON.parse(at("/second")?.body.toString() ?? "") as {
    data: { content: { base64: string } };
  };
  expect(Buffer.from(data.content.base64, "base64").equals(bytes)).toBe(true);
});

test("while secrets rotate, old and new both verify; afterwards only the new one", async () => {
  const { receiver, world, put } = await worldWith({});
  await using _closing = receiver;
  const { consumers } = world;
  const old = put.secret ?? "";
  const rotated = await consumers.rotateSecret({ namespace: "app", name: "hook", oldSecretMs: 3_600_000 });
  const fresh = rotated?.secret ?? "";
  expect(rotated?.consumer.signing).toEqual({ secrets: 2, oldSecretEndsDate: "2030-01-01T01:00:00.000Z" });
  await consumers.sink.accept([entryMessage(world)]);
  await world.run();
  expect(verify(old, receiver.requests[0], world.clock.now())).toBe(true);
  expect(verify(fresh, receiver.requests[0], world.clock.now())).toBe(true);
  await world.clock.advance(3_600_000);
  await consumers.sink.accept([entryMessage(world, { id: "e2" })]);
  await world.run();
  expect(verify(old, receiver.requests[1], world.clock.now())).toBe(false);
  expect(verify(fresh, receiver.requests[1], world.clock.now())).toBe(true);
  expect((await consumers.get({ namespace: "app", name: "hook" }))?.signing.secrets).toBe(1);
});

test("rotated twice, what receivers were promised still signs; rotated at once, nothing of before does", async () => {
  const { receiver, world, put } = await worldWith({});
  await using _closing = receiver;
  const { consumers } = world;
  const key = { namespace: "app", name: "hook" };
  const first = put.secret ?? "";
  const second = (await consumers.rotateSecret({ ...key, oldSecretMs: 7_200_000 }))?.secret ?? "";
  const rotated = await consumers.rotateSecret({ ...key, oldSecretMs: 3_600_000 });
  expect(rotated?.consumer.signing).toEqual({ secrets: 3, oldSecretEndsDate: "2030-01-01T02:00:00.000Z" });
  const signedBy = async (id: string): Promise<boolean[]> => {
    await consumers.sink.accept([entryMessage(world, { id })]);
    await world.run();
    const request = receiver.requests.at(-1);
    const now = world.clock.now();
    return [first, second, rotated?.secret ?? ""].map((secret) => verify(secret, request, now) === true);
  };
  expect(await signedBy("e1")).toEqual([true, true, true]);
  await world.clock.advance(3_600_000);
  expect(await signedBy("e2")).toEqual([true, false, true]);
  await consumers.rotateSecret({ ...key, oldSecretMs: 0 });
  expect(await signedBy("e3")).toEqual([false, false, false]);
  // However often, the header stays short.
  for (let times = 0; times < 10; times += 1) await consumers.rotateSecret(key);
  expect((await consumers.get(key))?.signing.secrets).toBe(5);
});

test("secrets of one's own sign, two at once; with none of them nothing is signed", async () => {
  const [one, two] = [secretOf(), secretOf()];
  const { receiver, world, put } = await worldWith({ secrets: [one, two] });
  await using _closing = receiver;
  expect(put.secret).toBeNull();
  await world.consumers.sink.accept([eventMessage(world, "orders.paid", { total: 7 })]);
  await world.run();
  for (const secret of [one, two]) expect(verify(secret, receiver.requests[0], world.clock.now())).toBe(true);
  await world.consumers.put({ namespace: "app", name: "hook", type: "http", secrets: [] });
  await world.consumers.sink.accept([eventMessage(world, "orders.sent", { total: 7 })]);
  await world.run();
  expect(receiver.requests[1]?.headers).not.toHaveProperty("webhook-signature");
  expect(receiver.requests[1]?.headers).toHaveProperty("webhook-id");
});
