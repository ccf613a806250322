// A file that lines are added to and that never grows beyond a size: what is older goes to `<file>.1`, once.
import { appendFileSync, renameSync, rmSync, statSync } from "node:fs";

const OWNER_ONLY = 0o600;

export class BoundedFile {
  readonly #path: string;
  readonly #bytesMax: number;
  #bytes: number;

  /** The file and its predecessor take `2 * bytesMax` together, and the line that came last. */
  constructor(path: string, bytesMax: number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Adds a text; throws what the file system throws. */
  write(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax) this.#turn();
    appendFileSync(this.#path, text, { mode: OWNER_ONLY });
    this.#bytes += bytes;
  }

  #turn(): void {
    rmSync(`${this.#path}.1`, { force: true });
    renameSync(this.#path, `${this.#path}.1`);
    this.#bytes = 0;
  }
}
