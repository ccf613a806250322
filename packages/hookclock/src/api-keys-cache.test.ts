import type { ApiKeyRow } from "@hookclock/core";
import { expect, test } from "vitest";
import { KeyCache } from "./api-keys-cache.ts";

const rowOf = (id: string): ApiKeyRow => ({
  ...{ id, hash: "0".repeat(64), name: "n", createdAt: 0 },
  ...{ namespaces: ["a"], permission: "read" },
});

/** A cache over a table of ids, with its own time and a count of what it reads. */
function setup(...ids: string[]) {
  const table = new Map(ids.map((id) => [id, rowOf(id)]));
  const reads: string[] = [];
  const time = { ms: 0 };
  const read = async (id: string): Promise<ApiKeyRow | null> => {
    reads.push(id);
    return table.get(id) ?? null;
  };
  return { table, reads, time, cache: new KeyCache(read, () => time.ms) };
}

test("a row is believed for ten seconds from when it was asked for, an empty place for two", async () => {
  const { cache, reads, time, table } = setup("a");
  for (const ms of [0, 9_999]) {
    time.ms = ms;
    expect(await cache.get("a")).toEqual(rowOf("a"));
  }
  expect(reads).toEqual(["a"]);
  table.delete("a");
  time.ms = 10_000;
  expect(await cache.get("a")).toBeNull();
  time.ms = 11_999;
  expect(await cache.get("a")).toBeNull();
  expect(reads).toEqual(["a", "a"]);
  table.set("a", rowOf("a"));
  time.ms = 12_000;
  expect(await cache.get("a")).toEqual(rowOf("a"));
});

test("the ten seconds begin when the read began, not when it ended", async () => {
  const time = { ms: 0 };
  const answers = [rowOf("a"), null];
  const cache = new KeyCache(
    async () => {
      time.ms += 8_000;
      return answers.shift() ?? null;
    },
    () => time.ms,
  );
  expect(await cache.get("a")).not.toBeNull();
  time.ms = 10_000;
  expect(await cache.get("a")).toBeNull();
});

test("questions at the same moment share one read; one that failed is not remembered", async () => {
  let fails = true;
  let reads = 0;
  const cache = new KeyCache(
    async (id) => {
      reads += 1;
      if (fails) throw new Error("down");
      return rowOf(id);
    },
    () => 0,
  );
  const results = await Promise.allSettled([cache.get("a"), cache.get("a"), cache.get("a")]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(reads).toBe(1);
  fails = false;
  expect(await cache.get("a")).toEqual(rowOf("a"));
  expect(reads).toBe(2);
});

test("made-up ids push out each other, never a key that is in use", async () => {
  const { cache, reads } = setup("used");
  await cache.get("used");
  for (let n = 0; n < 1_500; n += 1) await cache.get(`made-up-${n}`);
  reads.length = 0;
  await cache.get("used");
  await cache.get("made-up-1499");
  await cache.get("made-up-500");
  expect(reads).toEqual([]);
  await cache.get("made-up-499");
  expect(reads).toEqual(["made-up-499"]);
});

test("of more keys than it holds the one read longest ago goes first", async () => {
  const { cache, reads } = setup(...Array.from({ length: 1_001 }, (_, n) => `k${n}`));
  for (let n = 0; n < 1_001; n += 1) await cache.get(`k${n}`);
  reads.length = 0;
  await cache.get("k1");
  await cache.get("k1000");
  expect(reads).toEqual([]);
  await cache.get("k0");
  expect(reads).toEqual(["k0"]);
});

test("what was forgotten is read again, even if a read was under way", async () => {
  const { cache, reads } = setup("a");
  const early = cache.get("a");
  cache.forget("a");
  const late = cache.get("a");
  await Promise.all([early, late]);
  expect(reads).toEqual(["a", "a"]);
  await cache.get("a");
  expect(reads).toHaveLength(2);
});
