// Wake-ups from the queue: shortly before something is due, or at once.
import * as z from "zod";
import type { LambdaContext } from "./lib/ports.ts";
import { runWakes } from "./lib/run-wakes.ts";
import { wireHooks } from "./lib/wire-hooks.ts";
import { wireWebSub } from "./lib/wire-websub.ts";
import { invocation, openRoom } from "./lib/wiring.ts";

const batchSchema = z.object({ Records: z.array(z.unknown()) });
export type BatchAnswer = { batchItemFailures: { itemIdentifier: string }[] };

const room = openRoom("wake");
const hooks = wireHooks(room, wireWebSub(room));

export const handler = (event: unknown, context: LambdaContext): Promise<BatchAnswer> =>
  invocation(room, context, async (world) => {
    const { Records } = batchSchema.parse(event);
    const failed = await runWakes({ ...world, hooks }, Records);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
