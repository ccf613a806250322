/** Something to wait for that others announce. One waits at a time. */
export class Doorbell {
  #rung = false;
  #wake: (() => void) | null = null;

  announce(): void {
    const wake = this.#wake;
    this.#wake = null;
    if (wake === null) this.#rung = true;
    else wake();
  }

  /**
   * Resolves at the next `announce`, or the one just missed, or with `other`, whichever comes first. Then nobody waits
   * any more: what is announced later is kept for the next one who does.
   */
  async waitOr(other: Promise<unknown>): Promise<void> {
    if (this.#rung) {
      this.#rung = false;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await Promise.race([promise, other]);
    if (this.#wake === resolve) this.#wake = null;
  }
}
