// Wake-ups as delayed messages of an SQS queue.
import { SendMessageBatchCommand, SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import { CLIENT_CONFIG } from "./aws-client.ts";
import { errorFields } from "./log.ts";
import type { Log, WakeCall, WakeQueue } from "./ports.ts";

/** Messages in one request: SQS takes no more. */
const BATCH = 10;
/** Requests at once: a tick may have hundreds of messages, and its tasks wait for nobody. */
const REQUESTS_AT_ONCE = 8;
/** Tries of a message that the queue did not take, beside those that the SDK makes of a whole request. */
const TRIES = 3;

type QueueOptions = { url: string; log: Log; config?: SQSClientConfig };

/** The queue at this address. Messages are `{"shards":[3],"until":1893456000000}`. */
export function makeWakeQueue({ url, log, config }: QueueOptions): WakeQueue {
  const client = new SQSClient({ ...CLIENT_CONFIG, ...config });
  /** The calls of one request that were not taken. */
  async function sendBatch(calls: readonly WakeCall[]): Promise<WakeCall[]> {
    try {
      const Entries = calls.map(({ shards, until, delaySeconds }, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify({ shards, until }),
        DelaySeconds: delaySeconds,
      }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      if (Failed.length > 0) log.warn({ failed: Failed.length, code: Failed[0]?.Code }, "messages not taken");
      const refused = new Set(Failed.map(({ Id }) => Id));
      return calls.filter((_, index) => refused.has(String(index)));
    } catch (error) {
      log.warn(errorFields(error), "a request to the queue failed");
      return [...calls];
    }
  }

  return {
    async send(calls) {
      let left = [...calls];
      for (let tries = 0; tries < TRIES && left.length > 0; tries += 1) {
        left = await inTurns(batchesOf(left), sendBatch);
      }
      return left;
    },
  };
}

const batchesOf = (calls: readonly WakeCall[]): WakeCall[][] =>
  Array.from({ length: Math.ceil(calls.length / BATCH) }, (_, index) =>
    calls.slice(index * BATCH, (index + 1) * BATCH),
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
