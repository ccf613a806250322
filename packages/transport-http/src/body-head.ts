import { isUtf8 } from "node:buffer";

export type BodyText = { body: string; encoding?: "base64"; truncated?: boolean };

/** Many tiny chunks are joined now and then: a receiver that sends single bytes must not cost an object for each. */
const CHUNKS_MAX = 256;

/** Keeps the first `bytesMax` bytes of a body and counts the rest. */
export class BodyHead {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #keptBytes = 0;
  #seenBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(chunk: Buffer): void {
    this.#seenBytes += chunk.length;
    const room = this.#bytesMax - this.#keptBytes;
    if (room <= 0) return;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#chunks.push(kept);
    this.#keptBytes += kept.length;
    if (this.#chunks.length >= CHUNKS_MAX) this.#chunks = [Buffer.concat(this.#chunks)];
  }

  get overflowed(): boolean {
    return this.#seenBytes > this.#bytesMax;
  }

  /** Bytes that came in, kept or not. */
  get seenBytes(): number {
    return this.#seenBytes;
  }

  bytes(): Buffer {
    return this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
  }
}

/** Length without the character that the cut at the end went through, if it did. */
const wholeCharactersLength = (bytes: Buffer): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return need > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
};

/**
 * A body as text that takes at most `textBytesMax` bytes to store: UTF-8 as it is, anything else as base64.
 * `cut` says that more came than is here.
 */
export const textOf = (bytes: Buffer, cut: boolean, textBytesMax: number): BodyText => {
  const wasCut = cut || bytes.length > textBytesMax;
  const head = bytes.subarray(0, textBytesMax);
  const characters = wasCut ? head.subarray(0, wholeCharactersLength(head)) : head;
  if (isUtf8(characters)) {
    return wasCut
      ? { body: characters.toString("utf8"), truncated: true }
      : { body: characters.toString("utf8") };
  }
  // Base64 makes 4 characters of 3 bytes.
  const base64Head = bytes.subarray(0, Math.floor(textBytesMax / 4) * 3);
  const truncated = cut || base64Head.length < bytes.length;
  const body = base64Head.toString("base64");
  return truncated ? { body, encoding: "base64", truncated: true } : { body, encoding: "base64" };
};
