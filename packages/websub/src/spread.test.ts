import fc from "fast-check";
import { expect, test } from "vitest";
import { dueAmongMany, dueInRow } from "./spread.ts";

const AT = 1_000_000;

test("one alone is due at the moment itself", () => {
  expect([dueAmongMany(AT, 0), dueInRow(AT, { position: 0, count: 1 })]).toEqual([AT, AT]);
});

test("a thousand have a moment each, and more share them evenly", () => {
  const moments = new Set(Array.from({ length: 1_000 }, (_, position) => dueAmongMany(AT, position)));
  expect(moments.size).toBe(1_000);
  expect([dueAmongMany(AT, 999), dueAmongMany(AT, 1_000)]).toEqual([AT - 999, AT]);
});

test("a row keeps its order, is never late, and shares no moment more than it must", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12_000 }), (count) => {
      const due = Array.from({ length: count }, (_, position) => dueInRow(AT, { position, count }));
      const shared = new Map<number, number>();
      for (const at of due) shared.set(at, (shared.get(at) ?? 0) + 1);
      expect(due.every((at, index) => index === 0 || at >= (due[index - 1] ?? 0))).toBe(true);
      expect(due.at(-1)).toBe(AT);
      expect(due[0]).toBeGreaterThan(AT - 1_000);
      expect(Math.max(...shared.values())).toBeLessThanOrEqual(Math.ceil(count / 1_000));
    }),
    { numRuns: 30 },
  );
});
