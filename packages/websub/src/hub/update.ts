// One update on its way to the subscribers of a topic: what is sent, and how far the fan-out has come. Pure.
import * as z from "zod";

const count = z.number().int().min(0);

const progress = {
  /** Which of the collections is gone through. */
  at: count,
  /** The last callback that was dealt with there. */
  after: z.string().nullable(),
  /** Deliveries that were made tasks. */
  deliveries: count,
  isDone: z.boolean(),
};

export const updateSchema = z.object({
  kind: z.enum(["url", "dot"]),
  /** The id that its publisher knows it by. */
  name: z.string(),
  /** URL of the topic, or the event's predicate. */
  topic: z.string(),
  /** Where subscriptions that may match are kept, in the order in which they are gone through. */
  collections: z.array(z.string()).min(1),
  contentId: z.string(),
  contentBytes: count,
  contentType: z.string(),
  links: z.object({ hub: z.string(), self: z.string() }),
  /** Only for who was confirmed at or after this: the content is what it was, and the others have it. */
  since: count.nullable(),
  createdAt: count,
  /** When the topic was asked for it; null for what was handed in. Of one topic, the later is the newer. */
  fetchedAt: count.nullable().default(null),
  /** What stands for the content where a repeat is compared with it. */
  fingerprint: z.string(),
  ...progress,
});
export type Update = z.infer<typeof updateSchema>;
/** The parts that never change. */
export type UpdateFacts = Omit<Update, keyof typeof progress>;

export const NOT_BEGUN: Pick<Update, keyof typeof progress> = {
  at: 0,
  after: null,
  deliveries: 0,
  isDone: false,
};

/** How long an update and its content are kept: all retries of a delivery fit in, and an outage of some days. */
export const UPDATE_KEPT_MS = 7 * 24 * 60 * 60_000;

/** After one page of the collection: on to the next page, the next collection, or the end. */
export function advanced(update: Update, page: { after: string | null; deliveries: number }): Update {
  const deliveries = update.deliveries + page.deliveries;
  if (page.after !== null) return { ...update, deliveries, after: page.after };
  const at = update.at + 1;
  return { ...update, deliveries, at, after: null, isDone: at >= update.collections.length };
}
