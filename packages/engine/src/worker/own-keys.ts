// Keys known from the rows themselves: retries and next occurrences of our own, which the index may show a little later.
import type { DueKey } from "../ports.ts";
import { keyOf } from "./shard-hold.ts";

export class OwnKeys {
  readonly #byShard = new Map<number, Map<string, DueKey>>();

  /** A key replaces what was known of the same task. */
  add(shard: number, keys: readonly DueKey[]): void {
    const own = this.#byShard.get(shard) ?? new Map<string, DueKey>();
    for (const key of keys) own.set(keyOf(key), key);
    this.#byShard.set(shard, own);
  }

  /** Removes and returns a shard's keys due up to an instant. */
  take(shard: number, upTo: number): DueKey[] {
    const own = this.#byShard.get(shard);
    if (own === undefined) return [];
    const due = [...own.values()].filter(({ dueAt }) => dueAt <= upTo);
    for (const key of due) own.delete(keyOf(key));
    return due;
  }

  /** When a shard's first key between two instants is due; null when there is none. */
  firstDue(shard: number, from: number, upTo: number): number | null {
    let first: number | null = null;
    for (const { dueAt } of this.#byShard.get(shard)?.values() ?? []) {
      if (dueAt >= from && dueAt <= upTo && (first === null || dueAt < first)) first = dueAt;
    }
    return first;
  }
}
