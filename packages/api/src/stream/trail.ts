// Which execution logs of a stream were sent. Pure: it is told the instants.
import { createHash } from "node:crypto";
import type { ExecutionLog } from "hookclock";

/**
 * A row may become visible after a later one: workers write in batches, clocks differ. So every look reaches back over
 * what was seen already, by at least this much, and leaves out what was sent.
 */
export const OVERLAP_MS = 15_000;
/** How far this process's clock may be off from those of the workers, for a stream in which nothing fits the filter. */
const CLOCK_ERROR_MS = 30_000;
/** Identities that a position keeps: with them a cursor stays below 4 KB, which headers and addresses can hold. */
const KEPT_MAX = 400;
const HASH_BYTES = 5;

/** Where a stream stands, small enough for a cursor: from here another process goes on. */
export type Position = {
  /** All that was written before was sent, or is not wanted. Epoch ms. */
  fromMs: number;
  /** When the latest log that was sent was written. */
  latestMs: number;
  /** Identities of what was sent and written since `fromMs`: 5 bytes each, base64url. */
  sent: string;
};

/** An attempt has one identity, even when its log is written again. */
function hashOf({ id, startedDate }: ExecutionLog): number {
  const digest = createHash("sha256").update(`${id}\n${startedDate}`).digest();
  return digest.readUIntBE(0, HASH_BYTES);
}

type Sent = { hash: number; writtenMs: number };

/** Remembers what was sent, as far back as a look may reach. */
export class Trail {
  #fromMs: number;
  #latestMs: number;
  /** The latest write among what no position holds any more. */
  #droppedMs = Number.NEGATIVE_INFINITY;
  /** When the look in progress began, and where it is: what it did not come to yet was written no earlier. */
  #lookMs = Number.NEGATIVE_INFINITY;
  #atMs = Number.POSITIVE_INFINITY;
  readonly #sent = new Map<number, number>();
  /** The latest of `#sent`, by the time they were sent: what a position tells. */
  #kept: Sent[] = [];

  private constructor(fromMs: number, latestMs: number) {
    this.#fromMs = fromMs;
    this.#latestMs = latestMs;
  }

  /** A stream of what is written from an instant on. */
  static startingAt(fromMs: number): Trail {
    return new Trail(fromMs, fromMs);
  }

  /** A stream that goes on where another one ended. */
  static resumedFrom({ fromMs, latestMs, sent }: Position): Trail {
    const trail = new Trail(fromMs, latestMs);
    const bytes = Buffer.from(sent, "base64url");
    for (let start = 0; start + HASH_BYTES <= bytes.length; start += HASH_BYTES) {
      // When it was written is not known any more; late enough is on the safe side.
      trail.#remember({ hash: bytes.readUIntBE(start, HASH_BYTES), writtenMs: latestMs });
    }
    return trail;
  }

  /** Begins a look: from where it has to read, epoch ms. A `backMs` shorter than the overlap makes a quick one. */
  look(nowMs: number, backMs: number = OVERLAP_MS): number {
    this.#lookMs = nowMs;
    return Math.max(this.#fromMs, this.#latestMs - backMs);
  }

  /** Those that were not sent yet. */
  fresh(logs: readonly ExecutionLog[]): ExecutionLog[] {
    return logs.filter((log) => !this.#sent.has(hashOf(log)));
  }

  /** Call when a log goes out, in the order of the look. */
  send(log: ExecutionLog): void {
    const writtenMs = Date.parse(log.__createdAt);
    // A clock that is far ahead must not make the stream wait for it.
    this.#latestMs = Math.max(this.#latestMs, Math.min(writtenMs, this.#lookMs + CLOCK_ERROR_MS));
    this.#atMs = writtenMs;
    this.#remember({ hash: hashOf(log), writtenMs });
  }

  /** Call when a look is complete: forgets what no later look can bring back. */
  settle(): void {
    this.#atMs = Number.POSITIVE_INFINITY;
    // Even if nothing fitted, all that was written well before the look has been looked at.
    const passedMs = Math.max(this.#latestMs, this.#lookMs - CLOCK_ERROR_MS);
    this.#fromMs = Math.max(this.#fromMs, passedMs - OVERLAP_MS);
    for (const [hash, writtenMs] of this.#sent) if (writtenMs < this.#fromMs) this.#sent.delete(hash);
    this.#kept = this.#kept.filter(({ writtenMs }) => writtenMs >= this.#fromMs);
  }

  /** What to hand to the client with the log just sent. */
  position(): Position {
    const floorMs = Math.max(this.#fromMs, this.#latestMs - OVERLAP_MS);
    // More was sent than can be told: another process must not look back that far, or it would send it again. But what
    // this look did not come to yet must not be lost: then rather twice than never.
    const fromMs = Math.max(floorMs, Math.min(this.#droppedMs + 1, this.#latestMs, this.#atMs));
    const told = this.#kept.filter(({ writtenMs }) => writtenMs >= fromMs);
    const bytes = Buffer.alloc(told.length * HASH_BYTES);
    for (const [index, { hash }] of told.entries()) bytes.writeUIntBE(hash, index * HASH_BYTES, HASH_BYTES);
    return { fromMs, latestMs: this.#latestMs, sent: bytes.toString("base64url") };
  }

  #remember(sent: Sent): void {
    this.#sent.set(sent.hash, sent.writtenMs);
    this.#kept.push(sent);
    if (this.#kept.length <= KEPT_MAX) return;
    this.#droppedMs = Math.max(this.#droppedMs, this.#kept.shift()?.writtenMs ?? 0);
  }
}
