/** Something to wait for that others announce: `wait` resolves at the next `announce`, or the one just missed. */
export class Doorbell {
  #rung = false;
  #wake: (() => void) | null = null;

  announce(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#rung = false;
    this.#wake = null;
  }
}
