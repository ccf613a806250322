// What a change in the tasks table leads to: wake-ups for rows that are due soon. Talks to no receiver.
import type { DueMoment } from "@hookclock/core";
import * as z from "zod";
import { type Asking, askWakes } from "./ask-wakes.ts";
import { groupOf, HORIZON_MS } from "./plan.ts";

/** Only what is needed of a stream record; rows that are due bear both attributes, see TASKS_SHAPE. */
const recordSchema = z.object({
  dynamodb: z.object({
    SequenceNumber: z.string().optional(),
    NewImage: z.object({ dueAt: z.unknown(), dueShard: z.unknown() }).partial().optional(),
  }),
});
const number = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number)
  .pipe(z.number().int());
const dueSchema = z.object({
  dueAt: z.object({ N: number }),
  dueShard: z.object({
    S: z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number),
  }),
});

type Due = { moment: DueMoment; sequence: string | undefined };
type Read = { due: Due } | "not-due" | "poison";

/**
 * Asks for a wake-up for each row that is due before the horizon. Resolves with the sequence numbers of records whose
 * wake-up could not be sent: the stream shows them again. What makes no sense is passed over, so that it stops nothing.
 */
export async function reactToRecords(asking: Asking, records: readonly unknown[]): Promise<string[]> {
  const horizon = asking.now() + HORIZON_MS;
  const soon: Due[] = [];
  let poison = 0;
  for (const record of records) {
    const read = readRecord(record);
    if (read === "poison") poison += 1;
    else if (read !== "not-due" && read.due.moment.at <= horizon) soon.push(read.due);
  }
  if (poison > 0) {
    asking.metrics.count("poisonRecords", poison);
    asking.log.warn(
      { poison, records: records.length },
      "stream records that make no sense were passed over",
    );
  }
  const failedGroups = await askWakes(
    asking,
    soon.map(({ moment }) => moment),
  );
  return soon.flatMap(({ moment, sequence }) =>
    sequence !== undefined && failedGroups.has(groupOf(moment.shard)) ? [sequence] : [],
  );
}

/** Rows without a due time (finished, suspended, deleted, our own bookkeeping) are nothing to wake for. */
function readRecord(record: unknown): Read {
  const parsed = recordSchema.safeParse(record);
  if (!parsed.success) return "poison";
  const { NewImage: image, SequenceNumber: sequence } = parsed.data.dynamodb;
  if (image?.dueAt === undefined) return "not-due";
  const due = dueSchema.safeParse(image);
  if (!due.success) return "poison";
  return { due: { moment: { shard: due.data.dueShard.S, at: due.data.dueAt.N }, sequence } };
}
