import { expect, test } from "vitest";
import { makeMessageCache } from "./message-cache.ts";
import type { StoredMessage } from "./message-json.ts";

const messageOf = (bytes: number): StoredMessage => ({
  ...{ namespace: "app", id: "m", source: { direct: true }, topic: "", receivedAt: 0, entry: null },
  content: { type: "image/png", bytes: new Uint8Array(bytes) },
});

test("a message is read once, also by those who ask at the same moment", async () => {
  const cache = makeMessageCache();
  let reads = 0;
  const read = async (): Promise<StoredMessage> => {
    reads += 1;
    return messageOf(10);
  };
  const [one, other] = await Promise.all([cache.get("a", read), cache.get("a", read)]);
  expect(await cache.get("a", read)).toBe(one);
  expect(other).toBe(one);
  expect(reads).toBe(1);
});

test("what is not there, or could not be read, is asked for again", async () => {
  const cache = makeMessageCache();
  expect(await cache.get("a", async () => null)).toBeNull();
  await expect(cache.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await cache.get("a", async () => messageOf(1))).not.toBeNull();
});

test("it is bounded by bytes: the least recently used goes first, the too large is never kept", async () => {
  const cache = makeMessageCache(30_000);
  const reads: string[] = [];
  const get = (name: string, bytes = 9_000) =>
    cache.get(name, async () => {
      reads.push(name);
      return messageOf(bytes);
    });
  for (const name of ["a", "b", "c", "a", "d"]) await get(name);
  reads.length = 0;
  for (const name of ["d", "a", "c"]) await get(name);
  expect(reads).toEqual([]);
  await get("b");
  expect(reads).toEqual(["b"]);
  await get("huge", 40_000);
  await get("huge", 40_000);
  expect(reads).toEqual(["b", "huge", "huge"]);
  await get("b");
  expect(reads).toHaveLength(3);
});

test("asked for again in whatever moment of being read, a message is weighed once", async () => {
  for (let moments = 0; moments < 12; moments += 1) {
    const message = messageOf(1_000);
    // Room for one and a half.
    const cache = makeMessageCache(3_000);
    let reads = 0;
    const read = async () => {
      reads += 1;
      return message;
    };
    const first = cache.get("a", read);
    for (let moment = 0; moment < moments; moment += 1) await null;
    await Promise.all([first, cache.get("a", read)]);
    const before = reads;
    expect(await cache.get("a", read)).toBe(message);
    expect({ moments, reads }).toEqual({ moments, reads: before });
  }
});
