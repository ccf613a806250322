import fc from "fast-check";
import { expect, test } from "vitest";
import { deliveryId, shardOf } from "./delivery-id.ts";

test("delivery ids stay as they are: receivers have stored them", () => {
  expect(deliveryId("shop", "order-1", 0)).toBe("msg_a02b24291fc4b2ae92dd879146fef320");
  expect(deliveryId("shop", "order-1", 1)).toBe("msg_bbf2fa2f6042c291f1d4d5186be9bfcb");
  expect(deliveryId("", "", 0)).toBe("msg_e8ca2bd51293d64a258fa06d61809d26");
  expect(deliveryId("größe", "日本", 12)).toBe("msg_96646ff9df4c4733d097edb299aea438");
});

test.each<[string, [string, string, number], [string, string, number]]>([
  ["a border made of #", ["a#b", "c", 0], ["a", "b#c", 0]],
  ["a border moved", ["ab", "c", 0], ["a", "bc", 0]],
  ["a number at the end of the id", ["a", "b1", 0], ["a", "b", 10]],
  ["a length spelled in the id", ["a", "1:b1:c", 0], ["a1:1:b", "1:c", 0]],
  ["an empty part", ["", "ab", 0], ["ab", "", 0]],
  ["a zero byte", ["a\0", "b", 0], ["a", "\0b", 0]],
  ["letters that look the same", ["a", "é", 0], ["a", "e\u0301", 0]],
  ["characters of several bytes", ["é", "a", 0], ["Ã", "©a", 0]],
])("%s does not make two tasks share an id", (_what, one, other) => {
  expect(deliveryId(...one)).not.toBe(deliveryId(...other));
});

// Names that are full of what separators are made of.
const hostile = fc.string({ unit: fc.constantFrom("a", "1", "2", ":", "#", "/", "\0", "é"), maxLength: 6 });
const identities = fc.tuple(hostile, hostile, fc.nat(30));

test("different tasks and occurrences have different ids, the same ones the same id", () => {
  fc.assert(
    fc.property(identities, identities, (one, other) => {
      const same = one.every((part, index) => part === other[index]);
      expect(deliveryId(...one) === deliveryId(...other)).toBe(same);
      expect(deliveryId(...one)).toMatch(/^msg_[0-9a-f]{32}$/);
    }),
    { numRuns: 500 },
  );
});

test("shards stay as they are: rows were written with them", () => {
  const shards = ["order-0", "order-1", "order-2", "order-3"].map((id) => shardOf("shop", id, 8));
  expect(shards).toEqual([7, 4, 3, 3]);
  expect(shardOf("größe", "日本", 256)).toBe(112);
});

test("a shard is always one of those there are", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 256 }), (namespace, id, shards) => {
      const shard = shardOf(namespace, id, shards);
      expect(Number.isInteger(shard) && shard >= 0 && shard < shards).toBe(true);
      expect(shardOf(namespace, id, shards)).toBe(shard);
    }),
  );
});

const TASKS = 20_000;
const kinds: Record<string, (index: number) => [string, string]> = {
  "a counter": (index) => ["shop", `order-${index}`],
  "a padded counter": (index) => ["shop", String(index).padStart(12, "0")],
  "a counter of tenants": (index) => [`tenant-${index}`, "daily-report"],
  "a counter in front": (index) => ["shop", `${index}-reminder`],
  "steps of 256": (index) => ["shop", `order-${index * 256}`],
  "times a minute apart": (index) => ["shop", new Date(1.8e12 + index * 60_000).toISOString()],
};

test.each(Object.keys(kinds))("%s spreads evenly over the shards", (kind) => {
  for (const shards of [2, 3, 8, 16, 100, 256]) {
    const counts = new Array<number>(shards).fill(0);
    for (let index = 0; index < TASKS; index++) {
      const [namespace, id] = kinds[kind]!(index);
      const shard = shardOf(namespace, id, shards);
      counts[shard] = counts[shard]! + 1;
    }
    const expected = TASKS / shards;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // Mean is shards - 1 with deviation sqrt(2 (shards - 1)); six deviations is far outside of chance.
    expect([shards, chiSquare < shards - 1 + 6 * Math.sqrt(2 * (shards - 1))]).toEqual([shards, true]);
  }
});
