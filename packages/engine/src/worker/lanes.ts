// How many attempts talk to one destination at a time, in this process.

/**
 * Counts attempts in flight per lane. A lane whose attempts time out or cannot connect is cut to one slot until it
 * answers again, so that a dead destination costs one slot, not all of them.
 */
export class Lanes {
  readonly #inFlight = new Map<string, number>();
  readonly #ailing = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  room(lane: string): number {
    if (lane === "") return Number.POSITIVE_INFINITY;
    const limit = this.#ailing.has(lane) ? 1 : this.#limit;
    return Math.max(0, limit - (this.#inFlight.get(lane) ?? 0));
  }

  enter(lane: string): void {
    if (lane !== "") this.#inFlight.set(lane, (this.#inFlight.get(lane) ?? 0) + 1);
  }

  /** Gives a slot back that was never used. */
  cancel(lane: string): void {
    if (lane === "") return;
    const left = (this.#inFlight.get(lane) ?? 1) - 1;
    if (left > 0) this.#inFlight.set(lane, left);
    else this.#inFlight.delete(lane);
  }

  /** `answered` is false when nothing came back at all. */
  leave(lane: string, answered: boolean): void {
    if (lane === "") return;
    this.cancel(lane);
    if (answered) this.#ailing.delete(lane);
    else this.#ailing.add(lane);
  }
}
