// Wake-ups as delayed messages of an SQS queue.
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Wake } from "@hookclock/core";
import { errorFields } from "./log.ts";
import type { Log, WakeQueue } from "./ports.ts";

/** Messages in one request: SQS takes no more. */
const BATCH = 10;
/** Requests at once: a tick may have hundreds of messages, and its tasks wait for nobody. */
const REQUESTS_AT_ONCE = 8;
/** Tries of a message that the queue did not take, beside those that the SDK makes of a whole request. */
const TRIES = 3;

type QueueOptions = { url: string; log: Log; client?: Pick<SQSClient, "send"> };

/** The queue at this address. Messages are `{"shard":3,"at":1893456000000}`. */
export function makeWakeQueue({ url, log, client = new SQSClient({}) }: QueueOptions): WakeQueue {
  /** The wake-ups of one request that were not taken. */
  async function sendBatch(wakes: readonly Wake[]): Promise<Wake[]> {
    try {
      const Entries = wakes.map(({ shard, at, delaySeconds }, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify({ shard, at }),
        DelaySeconds: delaySeconds,
      }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      if (Failed.length > 0) log.warn({ failed: Failed.length, code: Failed[0]?.Code }, "messages not taken");
      const refused = new Set(Failed.map(({ Id }) => Id));
      return wakes.filter((_, index) => refused.has(String(index)));
    } catch (error) {
      log.warn(errorFields(error), "a request to the queue failed");
      return [...wakes];
    }
  }

  return {
    async send(wakes) {
      let left = [...wakes];
      for (let tries = 0; tries < TRIES && left.length > 0; tries += 1) {
        left = await inTurns(batchesOf(left), sendBatch);
      }
      return left;
    },
  };
}

const batchesOf = (wakes: readonly Wake[]): Wake[][] =>
  Array.from({ length: Math.ceil(wakes.length / BATCH) }, (_, index) =>
    wakes.slice(index * BATCH, (index + 1) * BATCH),
  );

/** A few at a time, all results in one list. */
async function inTurns<In, Out>(inputs: readonly In[], work: (input: In) => Promise<Out[]>): Promise<Out[]> {
  const waiting = [...inputs];
  const results: Out[] = [];
  const worker = async () => {
    for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) {
      results.push(...(await work(input)));
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, worker));
  return results;
}
