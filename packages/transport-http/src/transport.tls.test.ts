import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { startRawReceiver, startReceiver } from "@hookclock/testkit";
import { expect, onTestFinished, test } from "vitest";
import type { Lookup } from "./connector.ts";
import { makeCertificates } from "./test-certificates.ts";
import { answered, connectionFree, post, testTransport } from "./test-support.ts";

const certificates = makeCertificates(["127.0.0.1", "good.example"]);
const { ca } = certificates;
const loopback: Lookup = (_hostname, _options, callback) =>
  callback(null, [{ address: "127.0.0.1", family: 4 }]);

test("a trusted certificate for the address is accepted", async () => {
  await using receiver = await startReceiver({ body: "safe" }, { tls: certificates.good });
  const delivery = answered(await post(testTransport({ ca }), receiver.url));
  expect(delivery).toMatchObject({ status: 200, body: "safe" });
  expect(delivery.timings.connectMs).toBeGreaterThan(0);
});

test.each(["good.example", "good.example."])("a trusted certificate for %s is accepted", async (host) => {
  await using receiver = await startReceiver(200, { tls: certificates.good });
  const url = `https://${host}:${receiver.port}/`;
  expect(await post(testTransport({ ca, lookup: loopback }), url)).toMatchObject({ status: 200 });
});

test.each(["expired", "otherHost", "selfSigned"] as const)(
  "the certificate %s is a tls failure, and nothing is sent",
  async (kind) => {
    await using receiver = await startReceiver(200, { tls: certificates[kind] });
    const byAddress = await post(testTransport({ ca }), receiver.url);
    expect(byAddress).toMatchObject({ kind: "unreachable", word: "tls" });
    const byName = await post(
      testTransport({ ca, lookup: loopback }),
      `https://good.example:${receiver.port}/`,
    );
    expect(byName).toMatchObject({ kind: "unreachable", word: "tls" });
    expect(receiver.requests).toEqual([]);
  },
);

test("an authority nobody told us about is not trusted", async () => {
  await using receiver = await startReceiver(200, { tls: certificates.good });
  expect(await post(testTransport(), receiver.url)).toMatchObject({ word: "tls" });
});

test("a certificate for another name is not accepted for this one", async () => {
  await using receiver = await startReceiver(200, { tls: certificates.good });
  const url = `https://wrong.example:${receiver.port}/`;
  expect(await post(testTransport({ ca, lookup: loopback }), url)).toMatchObject({ word: "tls" });
});

test("no environment variable switches the check off", async () => {
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  onTestFinished(() => void delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]);
  await using receiver = await startReceiver(200, { tls: certificates.selfSigned });
  expect(await post(testTransport(), receiver.url)).toMatchObject({ word: "tls" });
});

test("plain HTTP where TLS is expected is a tls failure", async () => {
  await using receiver = await startRawReceiver((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const url = receiver.url.replace("http:", "https:");
  expect(await post(testTransport({ ca }), url)).toMatchObject({ word: "tls" });
});

test("TLS where plain HTTP is expected is a failure of the receiver, not ours", async () => {
  await using receiver = await startReceiver(200, { tls: certificates.good });
  const delivery = await post(testTransport({ ca }), receiver.url.replace("https:", "http:"));
  expect(delivery.kind).toBe("unreachable");
});

test("a receiver that speaks only HTTP/2 is a failure", async () => {
  const server = createSecureServer({ ...certificates.good, allowHTTP1: false });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    const delivery = await post(testTransport({ ca }), url);
    expect(
      delivery.kind === "unreachable" && ["tls", "closed", "protocol", "reset"].includes(delivery.word),
    ).toBe(true);
  } finally {
    server.close();
  }
});

test("a session is resumed on the next connection, and both are checked", async () => {
  await using receiver = await startReceiver(
    { headers: { connection: "close" } },
    { tls: certificates.good },
  );
  const transport = testTransport({ ca });
  for (let round = 0; round < 3; round += 1) {
    expect(await post(transport, receiver.url)).toMatchObject({ status: 200 });
    await connectionFree();
  }
  expect(receiver.connections()).toBe(3);
});
