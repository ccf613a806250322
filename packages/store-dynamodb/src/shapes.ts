// What the tables look like, said once: the stores make and check them by it, and so does whoever deploys them.
// Imports nothing, so that a deployment can read it without loading a database client.

export type KeyPart = { name: string; type: "S" | "N" };
export type IndexShape = {
  name: string;
  partition: KeyPart;
  sort: KeyPart;
  /** Attributes beside the keys that the index carries. None: keys only. */
  includes: readonly string[];
};
export type TableShape = {
  partition: KeyPart;
  sort: KeyPart;
  indexes: readonly IndexShape[];
  /** The attribute, in epoch seconds, after which DynamoDB deletes a row by itself. */
  ttl?: string;
};

/** Each index answers one question: what is due, what is planned when, what stands in a state that is worth a list. */
export const INDEX = { due: "due", byTime: "by-time", byStatus: "by-status" } as const;

const text = (name: string): KeyPart => ({ name, type: "S" });
const number = (name: string): KeyPart => ({ name, type: "N" });

export const TASKS_SHAPE: TableShape = {
  partition: text("namespace"),
  sort: text("id"),
  indexes: [
    { name: INDEX.due, partition: text("dueShard"), sort: number("dueAt"), includes: ["lane"] },
    // Without the status: it would make every finished task cost one more write.
    { name: INDEX.byTime, partition: text("namespace"), sort: number("scheduledAt"), includes: [] },
    { name: INDEX.byStatus, partition: text("statusKey"), sort: number("scheduledAt"), includes: [] },
  ],
  ttl: "ttl",
};

export const LOGS_SHAPE: TableShape = { partition: text("pk"), sort: text("sk"), indexes: [], ttl: "ttl" };

/** Keys, idempotency records and secrets of the HTTP API. */
export const API_SHAPE: TableShape = { partition: text("pk"), sort: text("sk"), indexes: [], ttl: "ttl" };

/** Documents: what subscriptions, topics and consumers are at, and content on its way. */
export const STATE_SHAPE: TableShape = { partition: text("pk"), sort: text("sk"), indexes: [], ttl: "ttl" };
