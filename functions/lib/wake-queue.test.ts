import { createHash } from "node:crypto";
import { type AnswerWith, startReceiver } from "@hookclock/testkit";
import { expect, test } from "vitest";
import { NOW, testWorld } from "./test-world.ts";
import { makeWakeQueue } from "./wake-queue.ts";

type Entry = { Id: string; MessageBody: string; DelaySeconds: number };
type Batch = { QueueUrl: string; Entries: Entry[] };

/** An SQS that takes what it is told to take; `refuses` hears of each message how often it came. */
async function openQueue(refuses: (entry: Entry, times: number) => boolean = () => false) {
  const batches: Batch[] = [];
  const times = new Map<string, number>();
  const answer: AnswerWith = ({ body }) => {
    const batch = JSON.parse(body.toString()) as Batch;
    batches.push(batch);
    const isRefused = (entry: Entry) => {
      const count = (times.get(entry.MessageBody) ?? 0) + 1;
      times.set(entry.MessageBody, count);
      return refuses(entry, count);
    };
    const judged = batch.Entries.map((entry) => ({ ...entry, refused: isRefused(entry) }));
    const taken = ({ Id, MessageBody }: Entry) => ({
      ...{ Id, MessageId: `message-${Id}` },
      MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
    });
    return {
      headers: { "content-type": "application/x-amz-json-1.0" },
      body: JSON.stringify({
        Successful: judged.filter(({ refused }) => !refused).map(taken),
        Failed: judged
          .filter(({ refused }) => refused)
          .map(({ Id }) => ({ Id, Code: "Busy", SenderFault: false })),
      }),
    };
  };
  const receiver = await startReceiver(answer);
  const config = {
    ...{ endpoint: receiver.url, region: "eu-central-1", maxAttempts: 1 },
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  };
  const { log, lines } = testWorld();
  const url = `${receiver.url}/123456789012/wakes`;
  return { batches, lines, receiver, queue: makeWakeQueue({ url, log, config }) };
}

const calls = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ shards: [n], until: NOW + n, delaySeconds: n }));

test("calls go ten in a request, each with its delay", async () => {
  const { queue, batches, receiver } = await openQueue();
  expect(await queue.send(calls(25))).toEqual([]);
  expect(batches.map(({ Entries }) => Entries.length).sort()).toEqual([10, 10, 5]);
  const entries = batches.flatMap(({ Entries }) => Entries);
  expect(entries.map(({ DelaySeconds }) => DelaySeconds).sort((a, b) => a - b)).toEqual(
    calls(25).map(({ delaySeconds }) => delaySeconds),
  );
  expect(JSON.parse(entries[0]?.MessageBody ?? "")).toEqual({ shards: [0], until: NOW });
  await receiver.close();
});

test("nothing to send is no request", async () => {
  const { queue, batches, receiver } = await openQueue();
  expect(await queue.send([])).toEqual([]);
  expect(batches).toEqual([]);
  await receiver.close();
});

test("what is refused is sent again, alone; what is refused each time is told", async () => {
  const { queue, batches, lines, receiver } = await openQueue(
    ({ DelaySeconds }, times) => DelaySeconds === 7 || (DelaySeconds === 3 && times === 1),
  );
  const all = calls(10);
  expect(await queue.send(all)).toEqual([all[7]]);
  expect(batches.map(({ Entries }) => Entries.map(({ DelaySeconds }) => DelaySeconds))).toEqual([
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [3, 7],
    [7],
  ]);
  expect(lines).toMatchObject([{ fields: { code: "Busy" } }, {}, {}]);
  await receiver.close();
});

test("a queue that is away: every call is told as not sent, and nothing rejects", async () => {
  const { queue, receiver, lines } = await openQueue();
  await receiver.close();
  expect(await queue.send(calls(12))).toHaveLength(12);
  expect(lines.length).toBeGreaterThan(0);
});
