// How many attempts talk to one destination at a time, in this process.

/**
 * Counts attempts per lane: those in flight, and rows that are read and wait for their slot. A lane whose attempts
 * time out or cannot connect is cut to one slot until it answers again, so that a dead destination costs one slot,
 * not all of them.
 */
export class Lanes {
  readonly #inFlight = new Map<string, number>();
  readonly #reserved = new Map<string, number>();
  readonly #ailing = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Attempts that may start now. */
  room(lane: string): number {
    if (lane === "") return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#limitOf(lane) - count(this.#inFlight, lane));
  }

  /**
   * Rows that may be read now: one round ahead of the slots, so that a free slot finds its row waiting. None while
   * the slots are taken and half a round waits: rows are read many at a time, because requests are what costs.
   */
  roomToRead(lane: string): number {
    if (lane === "") return Number.POSITIVE_INFINITY;
    const limit = this.#limitOf(lane);
    const waiting = count(this.#reserved, lane);
    const taken = count(this.#inFlight, lane) + waiting;
    if (waiting > limit / 2 && taken >= limit) return 0;
    return Math.max(0, 2 * limit - taken);
  }

  /** True when some lane does not answer. */
  get hasAiling(): boolean {
    return this.#ailing.size > 0;
  }

  /** True when more rows wait than one round: the lane fell ill after they were read. */
  isOverfull(lane: string): boolean {
    return lane !== "" && count(this.#reserved, lane) > this.#limitOf(lane);
  }

  /** A row of this lane is about to be read. */
  reserve(lane: string): void {
    add(this.#reserved, lane, 1);
  }

  /** Gives a reservation back that was never used. */
  cancel(lane: string): void {
    add(this.#reserved, lane, -1);
  }

  /** The attempt of a reserved row starts. */
  enter(lane: string): void {
    add(this.#reserved, lane, -1);
    add(this.#inFlight, lane, 1);
  }

  /** `answered` is false when nothing came back at all. */
  leave(lane: string, answered: boolean): void {
    if (lane === "") return;
    add(this.#inFlight, lane, -1);
    if (answered) this.#ailing.delete(lane);
    else this.#ailing.add(lane);
  }

  #limitOf(lane: string): number {
    return this.#ailing.has(lane) ? 1 : this.#limit;
  }
}

const count = (counts: ReadonlyMap<string, number>, lane: string): number => counts.get(lane) ?? 0;

/** Lanes that count nothing are forgotten: there are as many as destinations. */
function add(counts: Map<string, number>, lane: string, difference: number): void {
  if (lane === "") return;
  const sum = count(counts, lane) + difference;
  if (sum > 0) counts.set(lane, sum);
  else counts.delete(lane);
}
