// The one row that says how the tables are used: format version, and how many shards the due index is spread over.
import { HookclockError, LIMITS } from "@hookclock/core";
import { type Item, toAttributes } from "./attributes.ts";
import type { Database } from "./database.ts";
import { META_KEY } from "./keys.ts";

/** Version of the row format. A table of a later one is refused, never half understood. */
export const FORMAT_VERSION = 1;
/** How long a worker may go on with the counts it read, by the clock it hands in. */
const CACHE_MS = 30_000;
/** Readers know of new shards at once, writers use them this much later: longer than any reader's cache. */
const GROW_DELAY_MS = 120_000;

type MetaRow = { shards: number; writeShards: number; writeFrom: number };

export class Meta {
  readonly #database: Database;
  readonly #table: string;
  readonly #shardsAtFirst: number;
  #cached: { row: MetaRow; readAt: number } | null = null;

  constructor(database: Database, table: string, shardsAtFirst: number) {
    this.#database = database;
    this.#table = table;
    this.#shardsAtFirst = shardsAtFirst;
  }

  async shardCounts(now: number): Promise<{ read: number; write: number }> {
    const ageMs = this.#cached === null ? Number.POSITIVE_INFINITY : now - this.#cached.readAt;
    // A clock that went back makes the age negative: then it says nothing.
    if (this.#cached === null || ageMs < 0 || ageMs >= CACHE_MS) {
      this.#cached = { row: await this.#readOrMake(), readAt: now };
    }
    const { row } = this.#cached;
    return { read: row.shards, write: writeCount(row, now) };
  }

  /** Writes the row if there is none, and refuses a table of a later format. */
  async ensure(): Promise<void> {
    await this.#readOrMake();
  }

  /** Spreads the due index over more shards: read from now on, written to from `GROW_DELAY_MS` later. */
  async growShards(shards: number, now: number): Promise<void> {
    const row = await this.#readOrMake();
    if (!Number.isInteger(shards) || shards <= row.shards || shards > LIMITS.shardsMax) {
      throw new HookclockError(
        "invalid-input",
        `shards is ${shards}; allowed: a whole number over ${row.shards}, the present count, up to ${LIMITS.shardsMax}`,
        { field: "shards", allowed: `${row.shards + 1} to ${LIMITS.shardsMax}` },
      );
    }
    this.#cached = null;
    const done = await this.#update(
      "SET shards = :shards, writeShards = :writeShards, writeFrom = :writeFrom",
      "shards = :before",
      {
        ":shards": shards,
        ":writeShards": writeCount(row, now),
        ":writeFrom": now + GROW_DELAY_MS,
        ":before": row.shards,
      },
    );
    // A repeat of our own write finds the shards as it wanted them.
    if (done || (await this.#read())?.shards === shards) return;
    throw new HookclockError(
      "edit-conflict",
      `shards of table "${this.#table}" were changed by somebody else`,
    );
  }

  async #read(): Promise<MetaRow | null> {
    const item = await this.#database.get(this.#table, { ...META_KEY });
    if (item === null) return null;
    const version = Number(item["version"]);
    if (version > FORMAT_VERSION) {
      throw new HookclockError(
        "table-mismatch",
        `table "${this.#table}" was written by a later release (format ${version}); this one knows format ${FORMAT_VERSION}`,
      );
    }
    const shards = Number(item["shards"]);
    return {
      shards,
      writeShards: Number(item["writeShards"] ?? shards),
      writeFrom: Number(item["writeFrom"] ?? 0),
    };
  }

  /** The row as it is, made if need be: tables made by other tools have none yet. */
  async #readOrMake(): Promise<MetaRow> {
    const row = await this.#read();
    if (row !== null) return row;
    const shards = this.#shardsAtFirst;
    await this.#update(
      "SET version = :version, shards = :shards, writeShards = :shards, writeFrom = :zero",
      "attribute_not_exists(id)",
      { ":version": FORMAT_VERSION, ":shards": shards, ":zero": 0 },
    );
    // Whoever was first, we or another: what is there now counts.
    return (await this.#read()) ?? { shards, writeShards: shards, writeFrom: 0 };
  }

  async #update(update: string, condition: string, values: Item): Promise<boolean> {
    const old = await this.#database.updateIf({
      TableName: this.#table,
      Key: toAttributes({ ...META_KEY }),
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeValues: toAttributes(values),
    });
    return old !== false;
  }
}

const writeCount = (row: MetaRow, now: number): number =>
  now >= row.writeFrom ? row.shards : row.writeShards;
