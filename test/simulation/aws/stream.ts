// The stream of the tasks table: what was written, a little later, in batches for each of its shards, now and then twice
// and out of order.
import { createHash } from "node:crypto";
import type { TaskRow } from "@hookclock/core";
import type { Clock, Random, TaskStore } from "@hookclock/engine";

/** A record as Lambda is handed it, as far as anybody reads it. */
export type StreamRecord = {
  eventID: string;
  eventName: "MODIFY" | "REMOVE";
  dynamodb: { SequenceNumber: string; NewImage?: Record<string, { S: string } | { N: string }> };
};
/** Resolves with sequence numbers to be shown again, or null when the invocation failed or nobody could take it. */
export type DeliverRecords = (records: StreamRecord[]) => Promise<string[] | null>;

const SHARDS = 4;
const BATCH = 100;
const RETRY_MS = 500;

export class Stream {
  readonly counts = { written: 0, delivered: 0, repeated: 0, shuffled: 0 };
  readonly #options: { clock: Clock; random: Random; deliver: DeliverRecords };
  readonly #waiting: StreamRecord[][] = Array.from({ length: SHARDS }, () => []);
  /** What each shard delivered last: some of it comes again. */
  readonly #before: StreamRecord[][] = Array.from({ length: SHARDS }, () => []);
  readonly #busy = new Set<number>();
  #sequence = 0;

  constructor(options: { clock: Clock; random: Random; deliver: DeliverRecords }) {
    this.#options = options;
  }

  /** The store, with a record of every write of a task. */
  watch(tasks: TaskStore): TaskStore {
    const wrote = (row: TaskRow): void => this.#add(`${row.namespace}/${row.id}`, imageOf(row));
    return {
      ...tasks,
      insert: async (row) => {
        const result = await tasks.insert(row);
        if (result === "inserted") wrote(row);
        return result;
      },
      insertMany: async (rows) => {
        const results = await tasks.insertMany(rows);
        for (const [index, { row }] of rows.entries()) if (results[index] === "inserted") wrote(row);
        return results;
      },
      save: async (change) => {
        const result = await tasks.save(change);
        if (result === "saved") wrote(change.after);
        return result;
      },
      saveMany: async (changes) => {
        const results = await tasks.saveMany(changes);
        for (const [index, { after }] of changes.entries()) if (results[index] === "saved") wrote(after);
        return results;
      },
      remove: async (key) => {
        const row = await tasks.remove(key);
        if (row !== null) this.#add(`${key.namespace}/${key.id}`, undefined);
        return row;
      },
    };
  }

  #add(key: string, image: StreamRecord["dynamodb"]["NewImage"]): void {
    this.counts.written += 1;
    this.#sequence += 1;
    const record: StreamRecord = {
      eventID: `e${this.#sequence}`,
      eventName: image === undefined ? "REMOVE" : "MODIFY",
      dynamodb: {
        SequenceNumber: String(this.#sequence).padStart(21, "0"),
        ...(image ? { NewImage: image } : {}),
      },
    };
    const shard = (createHash("md5").update(key).digest()[0] ?? 0) % SHARDS;
    this.#waiting[shard]?.push(record);
    void this.#drain(shard);
  }

  /** One batch after the other, each until it was taken. */
  async #drain(shard: number): Promise<void> {
    if (this.#busy.has(shard)) return;
    this.#busy.add(shard);
    const { clock, random, deliver } = this.#options;
    const waiting = this.#waiting[shard] as StreamRecord[];
    while (waiting.length > 0) {
      await clock.sleep(random() < 0.03 ? 500 + random() * 1_000 : 80 + random() * 220);
      for (let rest = waiting.splice(0, BATCH); rest.length > 0; ) {
        const failed = await deliver(this.#disturbed(rest, this.#before[shard] ?? []));
        const taken = failed === null ? 0 : firstFailed(rest, failed);
        this.#before[shard] = rest;
        this.counts.delivered += taken;
        rest = rest.slice(taken);
        if (rest.length > 0) await clock.sleep(RETRY_MS);
      }
    }
    this.#busy.delete(shard);
  }

  #disturbed(records: StreamRecord[], before: StreamRecord[]): StreamRecord[] {
    const { random } = this.#options;
    const batch = [...records];
    if (random() < 0.1) {
      this.counts.repeated += before.length;
      batch.unshift(...before);
    }
    if (random() < 0.2) {
      this.counts.shuffled += batch.length;
      for (let i = batch.length - 1; i > 0; i -= 1) {
        const j = Math.floor(random() * (i + 1));
        [batch[i], batch[j]] = [batch[j] as StreamRecord, batch[i] as StreamRecord];
      }
    }
    return batch;
  }
}

/** The stream goes back to the first of the failed ones. */
function firstFailed(records: readonly StreamRecord[], failed: readonly string[]): number {
  const index = records.findIndex(({ dynamodb }) => failed.includes(dynamodb.SequenceNumber));
  return index < 0 ? records.length : index;
}

function imageOf(row: TaskRow): NonNullable<StreamRecord["dynamodb"]["NewImage"]> {
  return {
    namespace: { S: row.namespace },
    id: { S: row.id },
    status: { S: row.status },
    dueShard: { S: String(row.shard) },
    ...(row.dueAt === undefined ? {} : { dueAt: { N: String(row.dueAt) } }),
  };
}
