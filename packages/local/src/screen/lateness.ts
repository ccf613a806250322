/** Keeps the latest lateness values: enough for an honest median, a bounded amount of memory. */
export class Lateness {
  readonly #latest: number[] = [];
  #next = 0;
  #max = Number.NEGATIVE_INFINITY;
  #count = 0;
  static readonly KEPT = 2_000;

  add(latenessMs: number): void {
    this.#latest[this.#next] = latenessMs;
    this.#next = (this.#next + 1) % Lateness.KEPT;
    this.#max = Math.max(this.#max, latenessMs);
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** The median of what is kept and the largest ever, ms; null before the first. */
  summary(): { p50Ms: number; maxMs: number } | null {
    if (this.#count === 0) return null;
    const sorted = [...this.#latest].sort((a, b) => a - b);
    return { p50Ms: sorted[Math.ceil(sorted.length / 2) - 1] ?? 0, maxMs: this.#max };
  }
}
