// The stream of the tasks table: rows that are due soon get a wake-up. Never calls a receiver, so none can block it.
import * as z from "zod";
import type { LambdaContext } from "./lib/ports.ts";
import { reactToRecords } from "./lib/react-records.ts";
import { makeWakeQueue } from "./lib/wake-queue.ts";
import { invocation, openRoom, settings } from "./lib/wiring.ts";

const batchSchema = z.object({ Records: z.array(z.unknown()) });
export type BatchAnswer = { batchItemFailures: { itemIdentifier: string }[] };

const { wakeQueueUrl } = settings("wakeQueueUrl");
const room = openRoom("react");
const queue = makeWakeQueue({ url: wakeQueueUrl, log: room.log });
const asked = new Map<string, number>();

export const handler = (event: unknown, context: LambdaContext): Promise<BatchAnswer> =>
  invocation(room, context, async (world) => {
    const { Records } = batchSchema.parse(event);
    const failed = await reactToRecords({ ...world, queue, asked }, Records);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
