import fc from "fast-check";
import { expect, test } from "vitest";
import {
  digestSort,
  escapePart,
  parseTaskLogKey,
  taskLogSort,
  taskLogsPartition,
  unescapePart,
} from "./keys.ts";

const name = fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[#%235/.]{0,8}$/));
const place = fc.record({
  occurrence: fc.nat({ max: 10 ** 9 }),
  attempt: fc.integer({ min: 1, max: 999 }),
  rev: fc.integer({ min: 0, max: 2 ** 41 }),
});

test("escaped parts come back and hold no separator", () => {
  fc.assert(
    fc.property(name, (part) => {
      expect(escapePart(part)).not.toContain("#");
      expect(unescapePart(escapePart(part))).toBe(part);
    }),
  );
  expect(escapePart("a#b%23")).toBe("a%23b%2523");
});

test("two different pairs never make one key", () => {
  fc.assert(
    fc.property(name, name, name, name, (a, b, c, d) => {
      fc.pre(a !== c || b !== d);
      expect(taskLogsPartition(a, b)).not.toBe(taskLogsPartition(c, d));
    }),
  );
  expect(taskLogsPartition("a#b", "c")).not.toBe(taskLogsPartition("a", "b#c"));
});

test("the identity of a log is in its key", () => {
  fc.assert(
    fc.property(name, name, place, (namespace, taskId, where) => {
      const read = parseTaskLogKey(taskLogsPartition(namespace, taskId), taskLogSort(where));
      expect(read).toEqual({ namespace, taskId, ...where });
    }),
  );
});

test("text order of sort keys is the order of occurrences, versions and instants", () => {
  fc.assert(
    fc.property(place, place, (a, b) => {
      const order = a.occurrence - b.occurrence || a.rev - b.rev || a.attempt - b.attempt;
      const [left, right] = [taskLogSort(a), taskLogSort(b)];
      expect(Math.sign(left < right ? -1 : Number(left > right))).toBe(Math.sign(order));
    }),
  );
  expect(digestSort(999, "zz") < digestSort(1_000, "AA")).toBe(true);
});
