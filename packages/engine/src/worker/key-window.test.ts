import fc from "fast-check";
import { expect, test } from "vitest";
import { KeyWindow, type WindowKey } from "./key-window.ts";

const key = (namespace: string, id: string, more: Partial<WindowKey> = {}): WindowKey => ({
  namespace,
  id,
  dueAt: 0,
  shard: 0,
  ...more,
});
const many = (namespace: string, count: number, more: Partial<WindowKey> = {}) =>
  Array.from({ length: count }, (_, n) => key(namespace, `${namespace}${n}`, { dueAt: n, ...more }));
const anywhere = () => Number.POSITIVE_INFINITY;
const LATER = 1_000_000;

test("a namespace with a burst does not keep another waiting", () => {
  const window = new KeyWindow();
  window.add(many("burst", 1_000));
  window.add(many("quiet", 2));
  const first = window.take(4, LATER, anywhere).map(({ namespace }) => namespace);
  expect(first).toEqual(["burst", "quiet", "burst", "quiet"]);
  expect(window.size).toBe(998);
});

test("within a namespace lanes take turns, oldest first in each", () => {
  const window = new KeyWindow();
  window.add(many("a", 3, { lane: "slow" }));
  window.add([key("a", "x", { lane: "fast", dueAt: 9 }), key("a", "w", { lane: "fast", dueAt: 5 })]);
  expect(window.take(5, LATER, anywhere).map(({ id }) => id)).toEqual(["a0", "w", "a1", "x", "a2"]);
});

test("a lane without room is passed over, and never given more than its room", () => {
  const window = new KeyWindow();
  window.add(many("a", 10, { lane: "full" }));
  window.add(many("b", 10, { lane: "open" }));
  const room = (lane: string) => (lane === "full" ? 0 : 3);
  expect(window.take(10, LATER, room).map(({ namespace }) => namespace)).toEqual(["b", "b", "b"]);
  expect(window.take(10, LATER, (lane) => (lane === "full" ? 2 : 0))).toHaveLength(2);
});

test("what is not due yet is left, and its time is told", () => {
  const window = new KeyWindow();
  window.add([key("a", "1", { dueAt: 10 }), key("a", "2", { dueAt: 20 }), key("b", "3", { dueAt: 30 })]);
  expect(window.take(9, 10, anywhere).map(({ id }) => id)).toEqual(["1"]);
  expect(window.nextAfter(10)).toBe(20);
  expect(window.nextAfter(20)).toBe(30);
  expect(window.nextAfter(30)).toBe(Number.POSITIVE_INFINITY);
  expect(window.startable(25, anywhere, 99)).toBe(1);
  expect([window.hasDue(0, 19), window.hasDue(0, 20), window.hasDue(1, 99)]).toEqual([false, true, false]);
});

test("a shard's keys can be forgotten alone", () => {
  const window = new KeyWindow();
  window.add([key("a", "1"), key("a", "2", { shard: 7 }), key("b", "3", { shard: 7 })]);
  expect(window.dropShard(7).map(({ id }) => id)).toEqual(["2", "3"]);
  expect(window.size).toBe(1);
  expect(window.take(9, LATER, anywhere).map(({ id }) => id)).toEqual(["1"]);
  expect(window.take(9, LATER, anywhere)).toEqual([]);
});

test("nothing is lost, doubled or given out early, and no namespace gets two turns while another waits", () => {
  const keys = fc.uniqueArray(
    fc.record({
      namespace: fc.constantFrom("a", "b", "c"),
      id: fc.nat(500).map(String),
      dueAt: fc.nat(100),
      shard: fc.nat(3),
      lane: fc.constantFrom("x", "y", "z"),
    }),
    { selector: ({ namespace, id }) => `${namespace}/${id}`, maxLength: 60 },
  );
  fc.assert(
    fc.property(keys, fc.array(fc.tuple(fc.nat(10), fc.nat(120)), { maxLength: 10 }), (all, takes) => {
      const window = new KeyWindow();
      window.add(all);
      const left = new Set(all);
      for (const [limit, upTo] of takes) {
        const taken = window.take(limit, upTo, anywhere);
        expect(taken.length).toBe(Math.min(limit, [...left].filter(({ dueAt }) => dueAt <= upTo).length));
        for (const one of taken) {
          expect(one.dueAt).toBeLessThanOrEqual(upTo);
          expect(left.delete(one as (typeof all)[number])).toBe(true);
        }
        const counts = new Map<string, number>();
        for (const { namespace } of taken) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
        for (const { namespace, dueAt } of left) {
          if (dueAt > upTo) continue;
          const most = Math.max(0, ...counts.values());
          expect(most - (counts.get(namespace) ?? 0)).toBeLessThanOrEqual(1);
        }
        expect(window.size).toBe(left.size);
      }
    }),
  );
});
