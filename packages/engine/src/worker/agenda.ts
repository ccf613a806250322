// Which shards a pass looks at now, which later, and which it has dealt with. Pure bookkeeping.

export class Agenda {
  /** To be looked at as soon as there is room for what they hold, in this order. */
  readonly #open = new Set<number>();
  /** Their keys are being dealt with here. */
  readonly #found = new Set<number>();
  /** Another worker held them when they were last looked at. */
  readonly #busy = new Set<number>();
  /** When they are to be looked at, or looked at again, ms of the monotonic clock. */
  readonly #later = new Map<number, number>();

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  get hasBusy(): boolean {
    return this.#busy.size > 0;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#found.size === 0 && this.#later.size === 0;
  }

  /** When the next shard is to be looked at; Infinity when none is. */
  get nextAt(): number {
    return Math.min(...this.#later.values());
  }

  /** Shards that are not known to be done with. */
  get left(): number[] {
    return [...new Set([...this.#open, ...this.#found, ...this.#later.keys()])];
  }

  get found(): readonly number[] {
    return [...this.#found];
  }

  open(shards: Iterable<number>): void {
    for (const shard of shards) this.#open.add(shard);
  }

  /** Takes the next shards to look at. */
  take(count: number): number[] {
    const taken = [...this.#open].slice(0, count);
    for (const shard of taken) {
      this.#open.delete(shard);
      this.#later.delete(shard);
    }
    return taken;
  }

  /** What a look at a shard came to. */
  note(shard: number, state: "found" | "busy" | "empty"): void {
    this.#found.delete(shard);
    this.#busy.delete(shard);
    if (state === "found") this.#found.add(shard);
    if (state === "busy") this.#busy.add(shard);
  }

  /** Has a shard looked at no later than at this moment. */
  lookBy(shard: number, at: number): void {
    this.#later.set(shard, Math.min(at, this.#later.get(shard) ?? at));
  }

  /** A shard whose keys are all dealt with is looked at again: at once, or at a moment. */
  again(shard: number, at?: number): void {
    this.#found.delete(shard);
    if (at === undefined) this.#open.add(shard);
    else this.lookBy(shard, at);
  }

  /** Opens the shards whose moment has come. */
  wake(now: number): void {
    for (const [shard, at] of this.#later) {
      if (at > now) continue;
      this.#later.delete(shard);
      this.#open.add(shard);
    }
  }

  /** Opens every shard that waits for its moment; those being dealt with come up by themselves. */
  wakeAll(): void {
    for (const shard of this.#later.keys()) if (!this.#found.has(shard)) this.#open.add(shard);
    this.#later.clear();
  }
}
