import { startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { CLIENT_CONFIG } from "./aws-client.ts";
import { makeInvoker } from "./invoker.ts";
import { NOW, testWorld } from "./test-world.ts";
import { makeWakeQueue } from "./wake-queue.ts";

/** The function that has the least time, `react`, and what it tries of one batch of messages. */
const SHORTEST_TIMEOUT_MS = 30_000;
const TRIES_OF_A_BATCH = 3;

const hasty = (endpoint: string) => ({
  ...{ endpoint, region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } },
  requestHandler: { ...CLIENT_CONFIG.requestHandler, requestTimeout: 20 },
});

test("a queue that takes requests and never answers is given up: every call is told as not sent", async () => {
  await using receiver = await startReceiver("hang");
  const { log, lines } = testWorld();
  const queue = makeWakeQueue({
    url: `${receiver.url}/1/wakes`,
    log,
    config: hasty(receiver.url),
  });
  const calls = [{ shards: [1], until: NOW, delaySeconds: 0 }];
  expect(await queue.send(calls)).toEqual(calls);
  expect(lines.map(({ fields }) => fields["name"])).toEqual(Array(TRIES_OF_A_BATCH).fill("TimeoutError"));
});

test("so is a Lambda that never answers", async () => {
  await using receiver = await startReceiver("hang");
  const invoker = makeInvoker("hookclock-dev-trigger", hasty(receiver.url));
  await expect(invoker.invoke({ shards: [1], depth: 1 })).rejects.toMatchObject({
    name: "TimeoutError",
    $metadata: { attempts: CLIENT_CONFIG.maxAttempts },
  });
});

test("all tries together leave time to say what was not sent", () => {
  const { maxAttempts, requestHandler } = CLIENT_CONFIG;
  const longestMs = TRIES_OF_A_BATCH * maxAttempts * requestHandler.requestTimeout;
  expect(longestMs).toBeLessThan(SHORTEST_TIMEOUT_MS * 0.75);
});
