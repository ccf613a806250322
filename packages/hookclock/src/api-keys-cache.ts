// Rows of keys, remembered for seconds: a busy API does not read its table for every request.
import type { ApiKeyRow } from "@hookclock/core";

/** How long a row is believed. A key revoked elsewhere opens nothing after this. */
const KNOWN_MS = 10_000;
/** How long an id without a row is believed to have none. */
const UNKNOWN_MS = 2_000;
/** Rows and, apart from them, ids without a row: made-up ids must not push out those that are in use. */
const KNOWN_MAX = 1_000;
const UNKNOWN_MAX = 1_000;

type Entry = { row: ApiKeyRow | null; readAt: number };

export class KeyCache {
  readonly #read: (id: string) => Promise<ApiKeyRow | null>;
  readonly #monotonic: () => number;
  readonly #known = new Map<string, Entry>();
  readonly #unknown = new Map<string, Entry>();
  readonly #reads = new Map<string, Promise<ApiKeyRow | null>>();

  /** `monotonic`: milliseconds that never go back. */
  constructor(read: (id: string) => Promise<ApiKeyRow | null>, monotonic: () => number) {
    this.#read = read;
    this.#monotonic = monotonic;
  }

  /** The row of an id as the table has it now or had it seconds ago. Requests at the same moment share one read. */
  get(id: string): Promise<ApiKeyRow | null> {
    const entry = this.#fresh(this.#known, id, KNOWN_MS) ?? this.#fresh(this.#unknown, id, UNKNOWN_MS);
    if (entry !== undefined) return Promise.resolve(entry.row);
    const running = this.#reads.get(id);
    if (running !== undefined) return running;
    const reading = this.#readNow(id, () => this.#reads.get(id) === reading);
    this.#reads.set(id, reading);
    return reading;
  }

  /** The next question about this id goes to the table. A read that is under way will not be remembered. */
  forget(id: string): void {
    this.#known.delete(id);
    this.#unknown.delete(id);
    this.#reads.delete(id);
  }

  async #readNow(id: string, isWanted: () => boolean): Promise<ApiKeyRow | null> {
    const readAt = this.#monotonic();
    // A turn later: the read that is being made here has its place in the list of those by then.
    await Promise.resolve();
    try {
      const row = await this.#read(id);
      if (isWanted()) this.#remember(id, { row, readAt });
      return row;
    } finally {
      if (isWanted()) this.#reads.delete(id);
    }
  }

  #remember(id: string, entry: Entry): void {
    const [entries, max] = entry.row === null ? [this.#unknown, UNKNOWN_MAX] : [this.#known, KNOWN_MAX];
    this.#known.delete(id);
    this.#unknown.delete(id);
    entries.set(id, entry);
    // A map keeps the order of insertion: its first key is the one that was read longest ago.
    for (const oldest of entries.keys()) {
      if (entries.size <= max) break;
      entries.delete(oldest);
    }
  }

  #fresh(entries: ReadonlyMap<string, Entry>, id: string, forMs: number): Entry | undefined {
    const entry = entries.get(id);
    return entry !== undefined && this.#monotonic() - entry.readAt < forMs ? entry : undefined;
  }
}
