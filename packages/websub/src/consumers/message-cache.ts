// The messages that this process delivered last: one message goes to many consumers, and is read once for all of them.
import { CONSUMER_LIMITS } from "./limits.ts";
import type { StoredMessage } from "./message-json.ts";

export type MessageCache = {
  /** The message under `name`, from memory or by `read`; what is not there is not kept. */
  get(name: string, read: () => Promise<StoredMessage | null>): Promise<StoredMessage | null>;
};

const bytesOf = ({ entry, content }: StoredMessage): number =>
  1_000 + (content?.bytes.length ?? 0) + (entry === null ? 0 : 2 * JSON.stringify(entry).length);

/** Bounded by bytes, the least recently used goes first. Messages never change, so nothing in here is ever old. */
export function makeMessageCache(bytesMax: number = CONSUMER_LIMITS.cacheBytesMax): MessageCache {
  const kept = new Map<string, { message: StoredMessage; bytes: number }>();
  const reading = new Map<string, Promise<StoredMessage | null>>();
  let total = 0;

  const keep = (name: string, message: StoredMessage): void => {
    const bytes = bytesOf(message);
    // Somebody may have read it a moment earlier: it is there once all the same.
    if (bytes > bytesMax || kept.has(name)) return;
    kept.set(name, { message, bytes });
    total += bytes;
    for (const [oldest, entry] of kept) {
      if (total <= bytesMax) break;
      kept.delete(oldest);
      total -= entry.bytes;
    }
  };

  return {
    async get(name, read) {
      const there = kept.get(name);
      if (there !== undefined) {
        kept.delete(name);
        kept.set(name, there);
        return there.message;
      }
      const under = reading.get(name);
      if (under !== undefined) return under;
      const promise = read().finally(() => reading.delete(name));
      reading.set(name, promise);
      const message = await promise;
      if (message !== null) keep(name, message);
      return message;
    },
  };
}
