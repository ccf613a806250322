import fc from "fast-check";
import { expect, test } from "vitest";
import type { Item } from "./attributes.ts";
import { difference, updateParts, updateStatement } from "./changes.ts";

const item: fc.Arbitrary<Item> = fc.dictionary(
  fc.constantFrom("a", "b", "c", "d"),
  fc.oneof(fc.nat(3), fc.constantFrom("x", ""), fc.boolean()),
  { noNullPrototype: true },
);

test("the difference leads from one version to the other, and says nothing of what stayed", () => {
  fc.assert(
    fc.property(item, item, (before, after) => {
      const { set, remove } = difference(before, after);
      const made: Item = { ...before, ...Object.fromEntries(set) };
      for (const name of remove) delete made[name];
      expect(made).toEqual(after);
      expect(set.every(([name, value]) => before[name] !== value)).toBe(true);
      expect(remove.every((name) => name in before)).toBe(true);
    }),
  );
});

test("an update names every attribute through a placeholder and is conditional on the version", () => {
  const parts = updateParts(
    {
      set: [
        ["status", "DONE"],
        ["ttl", 5],
      ],
      remove: ["dueAt"],
    },
    7,
  );
  expect(parts).toEqual({
    UpdateExpression: "SET #s0 = :s0, #s1 = :s1 REMOVE #r0",
    ConditionExpression: "#rev = :rev",
    ExpressionAttributeNames: { "#rev": "rev", "#s0": "status", "#s1": "ttl", "#r0": "dueAt" },
    ExpressionAttributeValues: { ":rev": { N: "7" }, ":s0": { S: "DONE" }, ":s1": { N: "5" } },
  });
  expect(updateParts({ set: [], remove: ["a"] }, 1).UpdateExpression).toBe("REMOVE #r0");
});

test("a statement carries values as parameters only, whatever they hold", () => {
  const key = { namespace: `n'; DROP`, id: `"i"` };
  const { Statement, Parameters } = updateStatement(
    'ta"ble',
    key,
    { set: [["a", "x' OR 1"]], remove: ["b"] },
    3,
  );
  expect(Statement).toBe('UPDATE "ta""ble" SET "a"=? REMOVE "b" WHERE "namespace"=? AND "id"=? AND "rev"=?');
  expect(Parameters).toEqual([{ S: "x' OR 1" }, { S: key.namespace }, { S: key.id }, { N: "3" }]);
});
