import { type Script, startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { makeInvoker } from "./invoker.ts";

async function openLambda(script: Script) {
  const receiver = await startReceiver(script);
  const config = {
    ...{ endpoint: receiver.url, region: "eu-central-1", maxAttempts: 1 },
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  };
  return { receiver, invoker: makeInvoker("hookclock-dev-trigger", config) };
}

test("an invocation is asked for and not waited for", async () => {
  const { receiver, invoker } = await openLambda(202);
  await invoker.invoke({ shards: [1, 2], depth: 1 });
  const [request] = receiver.requests;
  expect(request?.url).toBe("/2015-03-31/functions/hookclock-dev-trigger/invocations");
  expect(request?.headers["x-amz-invocation-type"]).toBe("Event");
  expect(JSON.parse(String(request?.body))).toEqual({ shards: [1, 2], depth: 1 });
  await receiver.close();
});

test("one that Lambda refuses rejects", async () => {
  const { receiver, invoker } = await openLambda({ status: 429, body: "{}" });
  await expect(invoker.invoke({ shards: [1], depth: 1 })).rejects.toThrow();
  await receiver.close();
});
