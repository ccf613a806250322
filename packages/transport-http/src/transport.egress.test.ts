import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import { connect, Socket } from "node:net";
import { parseEgressPolicy } from "@hookclock/core";
import { startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { checkPeer, type Lookup } from "./connector.ts";
import { connectionFree, post, testTransport } from "./test-support.ts";

/** Answers the n-th look-up with the n-th list, the last one for ever. */
const fakeLookup = (...answers: string[][]) => {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    const found: LookupAddress[] = addresses.map((address) => ({
      address,
      family: address.includes(":") ? 6 : 4,
    }));
    queueMicrotask(() => callback(null, found));
  };
  return { lookup, asked };
};

test.each([
  "http://127.0.0.1:1/",
  "http://2130706433/",
  "http://0x7f.1/",
  "http://[::1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://169.254.169.254/latest/meta-data",
  "http://[64:ff9b::a9fe:a9fe]/",
  "http://localhost/",
  "http://a.internal/",
])("%s is refused before anything is looked up", async (url) => {
  const { lookup, asked } = fakeLookup(["127.0.0.1"]);
  expect(await post(testTransport({ allow: [], lookup }), url)).toMatchObject({
    kind: "unreachable",
    word: "egress",
  });
  expect(asked).toEqual([]);
});

test.each(["file:///etc/passwd", "http://user:pass@127.0.0.1/", "no url", "http://a.example:0/"])(
  "%s is no request at all",
  async (url) => {
    expect(await post(testTransport(), url)).toMatchObject({ kind: "unreachable", word: "invalid-request" });
  },
);

test.each([
  ["127.0.0.1"],
  ["10.0.0.1"],
  ["169.254.169.254"],
  ["::1"],
  ["fd00:ec2::254"],
  ["fe80::1"],
  ["::ffff:127.0.0.1"],
  ["64:ff9b::7f00:1"],
  ["2002:7f00:1::"],
  ["0.0.0.0"],
])("a public name that resolves to %s is refused", async (address) => {
  await using receiver = await startReceiver(200);
  const { lookup, asked } = fakeLookup([address]);
  const delivery = await post(
    testTransport({ allow: [], lookup }),
    `http://rebind.example:${receiver.port}/`,
  );
  expect(delivery).toMatchObject({ kind: "unreachable", word: "egress" });
  expect(asked).toEqual(["rebind.example"]);
  expect(receiver.connections()).toBe(0);
});

test("of a mixed answer only the allowed part is connected to", async () => {
  await using receiver = await startReceiver(200);
  await using forbidden = await startReceiver(200, { host: "127.0.0.2" });
  // 127.0.0.1 plays the allowed address; the refused ones stand before and after it.
  const { lookup } = fakeLookup(["127.0.0.2", "::1", "127.0.0.1", "10.0.0.1"]);
  const transport = testTransport({ allow: ["127.0.0.1"], lookup });
  expect(await post(transport, `http://mixed.example:${receiver.port}/`)).toMatchObject({ status: 200 });
  expect(await post(transport, `http://mixed.example:${forbidden.port}/`)).toMatchObject({ word: "refused" });
  expect(forbidden.connections()).toBe(0);
});

test("an answer with only a private IPv6 address is refused", async () => {
  const { lookup } = fakeLookup(["fd12::1"]);
  expect(await post(testTransport({ allow: [], lookup }), "http://six.example/")).toMatchObject({
    word: "egress",
  });
});

test("a name that flips between two look-ups gains nothing", async () => {
  await using good = await startReceiver({ headers: { connection: "close" } });
  await using bad = await startReceiver(200, { host: "127.0.0.2" });
  const { lookup, asked } = fakeLookup(["127.0.0.1"], ["127.0.0.2"]);
  const transport = testTransport({ allow: ["127.0.0.1"], lookup });
  const url = `http://flip.example:${good.port}/`;
  expect(await post(transport, url)).toMatchObject({ status: 200 });
  expect(asked).toHaveLength(1);
  expect(await post(transport, url)).toMatchObject({ word: "egress" });
  expect(asked).toHaveLength(2);
  expect(bad.connections()).toBe(0);
});

test("a kept connection stays with the address that was checked", async () => {
  await using good = await startReceiver(200);
  const { lookup, asked } = fakeLookup(["127.0.0.1"], ["10.0.0.1"]);
  const transport = testTransport({ allow: ["127.0.0.1"], lookup });
  const url = `http://flip.example:${good.port}/`;
  for (let round = 0; round < 3; round += 1) {
    expect(await post(transport, url)).toMatchObject({ status: 200 });
    await connectionFree();
  }
  expect(asked).toHaveLength(1);
  expect(good.connections()).toBe(1);
});

test("an entry for the name opens whatever it resolves to, on its port only", async () => {
  await using receiver = await startReceiver(200);
  const { lookup } = fakeLookup(["127.0.0.1"]);
  const url = `http://api.internal:${receiver.port}/`;
  expect(await post(testTransport({ allow: ["*.internal"], lookup }), url)).toMatchObject({ status: 200 });
  expect(await post(testTransport({ allow: [`api.internal:${receiver.port}`], lookup }), url)).toMatchObject({
    status: 200,
  });
  expect(await post(testTransport({ allow: ["api.internal:1"], lookup }), url)).toMatchObject({
    word: "egress",
  });
});

test("IPv6 loopback works when it is allowed", async () => {
  await using receiver = await startReceiver(200, { host: "::1" });
  expect(await post(testTransport({ allow: ["::1"] }), receiver.url)).toMatchObject({ status: 200 });
  expect(await post(testTransport({ allow: ["127.0.0.1"] }), receiver.url)).toMatchObject({ word: "egress" });
});

test("a refused redirect target is never asked, for redirects are not followed", async () => {
  await using inner = await startReceiver(200, { host: "127.0.0.2" });
  await using outer = await startReceiver({ status: 307, headers: { location: inner.url } });
  expect(await post(testTransport({ allow: ["127.0.0.1"] }), outer.url)).toMatchObject({ status: 307 });
  expect(inner.connections()).toBe(0);
});

test("a name that does not resolve is a dns failure", async () => {
  const notFound: Lookup = (_hostname, _options, callback) =>
    callback(Object.assign(new Error("getaddrinfo ENOTFOUND gone.example"), { code: "ENOTFOUND" }), []);
  expect(await post(testTransport({ lookup: notFound }), "http://gone.example/")).toMatchObject({
    word: "dns",
  });
  const { lookup } = fakeLookup([]);
  expect(await post(testTransport({ lookup }), "http://empty.example/")).toMatchObject({ word: "dns" });
});

test("the time of the look-up is told apart", async () => {
  await using receiver = await startReceiver(200);
  const { lookup } = fakeLookup(["127.0.0.1"]);
  const delivery = await post(testTransport({ lookup }), `http://slow.example:${receiver.port}/`);
  expect(delivery.timings.dnsMs).toBeGreaterThan(0);
  expect(delivery.timings.connectMs).toBeGreaterThan(0);
});

test("a plain address is checked as it is and never looked up", async () => {
  await using receiver = await startReceiver(200);
  const { lookup, asked } = fakeLookup(["10.0.0.1"]);
  expect(await post(testTransport({ lookup }), receiver.url)).toMatchObject({ status: 200 });
  expect(asked).toEqual([]);
});

test("a connected socket that ends elsewhere than allowed is cut off before a byte is sent", async () => {
  await using elsewhere = await startReceiver(200, { host: "127.0.0.2" });
  const socket = connect(elsewhere.port, "127.0.0.2").on("error", () => {});
  await once(socket, "connect");
  const target = { hostname: "a.example", port: elsewhere.port, secure: false };
  const policy = (allow: string[]) => parseEgressPolicy({ allow });
  expect(() => checkPeer(socket, target, policy(["127.0.0.2"]))).not.toThrow();
  expect(socket.destroyed).toBe(false);
  expect(() => checkPeer(socket, target, policy(["127.0.0.1"]))).toThrow(
    expect.objectContaining({ word: "egress" }),
  );
  expect(socket.destroyed).toBe(true);
  const unconnected = new Socket();
  expect(() => checkPeer(unconnected, target, policy(["127.0.0.2"]))).toThrow(
    expect.objectContaining({ word: "reset" }),
  );
});

test("a bug in our own look-up is our fault and is thrown, not blamed on the receiver", async () => {
  const broken: Lookup = () => {
    throw new TypeError("a bug");
  };
  await expect(post(testTransport({ lookup: broken }), "http://a.example/")).rejects.toThrow("a bug");
});

test.each([["localhost"], ["127.0.0.1"], ["127.0.0.0/8"]])(
  "localhost, as the system resolves it, works with %s allowed",
  async (entry) => {
    await using receiver = await startReceiver(200);
    const url = `http://localhost:${receiver.port}/`;
    expect(await post(testTransport({ allow: [entry] }), url)).toMatchObject({ status: 200 });
    expect(await post(testTransport({ allow: ["10.0.0.0/8"] }), url)).toMatchObject({ word: "egress" });
  },
);
