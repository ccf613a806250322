import { createHash } from "node:crypto";

/**
 * The id that every attempt of one occurrence carries, so that a receiver can tell a repeat from something new.
 * `msg_` and 32 hex digits (128 bits): a valid Standard Webhooks message id, and never with a dot, which that
 * standard uses to join the signed parts.
 *
 * The parts are hashed with their lengths in front, so that no choice of names makes two tasks share an id.
 * Receivers keep these ids: the way they are made must not change.
 */
export function deliveryId(namespace: string, id: string, occurrence: number): string {
  const parts = `${Buffer.byteLength(namespace)}:${namespace}${Buffer.byteLength(id)}:${id}${occurrence}`;
  return `msg_${createHash("sha256").update(parts, "utf8").digest("hex").slice(0, 32)}`;
}

/**
 * The shard of the due index, 0 to `shards - 1`, that a task belongs in. Always the same for the same task, and even
 * over ids that differ only in a counter. Not meant to resist somebody who picks ids for one shard: that costs
 * speed, never correctness.
 */
export function shardOf(namespace: string, id: string, shards: number): number {
  // The length in front keeps "a" + "bc" apart from "ab" + "c".
  const hash = mix(fnv1a(fnv1a(FNV_OFFSET ^ namespace.length, namespace), id));
  return hash % shards;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over UTF-16 code units, 32 bits. */
function fnv1a(seed: number, text: string): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  }
  return hash;
}

/** The finisher of MurmurHash3: FNV alone leaves a counter's pattern in the low bits, which are all that `%` looks at. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
