// Shared by the tests of this package.
import { parseEgressPolicy } from "@hookclock/core";
import type { Clock } from "@hookclock/engine";
import { onTestFinished } from "vitest";
import {
  createHttpTransport,
  type Delivery,
  type Outgoing,
  type Transport,
  type TransportOptions,
} from "./transport.ts";

/** Real time, for tests whose other side is a real socket. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** A transport that may talk to loopback and is closed when the test ends. */
export const testTransport = (options: Partial<TransportOptions> & { allow?: string[] } = {}): Transport => {
  const { allow = ["127.0.0.1", "::1"], ...rest } = options;
  const transport = createHttpTransport({ egress: parseEgressPolicy({ allow }), clock: realClock, ...rest });
  onTestFinished(() => transport.close());
  return transport;
};

/** Sends a small POST, or what `request` makes of it. */
export const post = (
  transport: Transport,
  url: string,
  request: Partial<Outgoing> = {},
  timeoutMs = 5_000,
): Promise<Delivery> =>
  transport.send({ url, method: "POST", headers: {}, body: "hello", ...request }, { timeoutMs });

/** undici gives a connection free one turn of the event loop after the answer: only then can it be used again. */
export const connectionFree = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The answered delivery, or a failure that says what came instead. */
export const answered = (delivery: Delivery): Extract<Delivery, { kind: "answered" }> => {
  if (delivery.kind === "answered") return delivery;
  throw new Error(`no answer: ${delivery.word}: ${delivery.message}`);
};
