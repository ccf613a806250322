import fc from "fast-check";
import { expect, test } from "vitest";
import { allows, covers, PERMISSIONS, type Scope } from "./scope.ts";

const scope = (namespaces: string[], permission: Scope["permission"] = "admin"): Scope => ({
  namespaces,
  permission,
});
const name = fc.string({ minLength: 1, maxLength: 5 });
const permission = fc.constantFrom(...PERMISSIONS);
const names = fc.array(
  name.filter((one) => one !== "*"),
  { minLength: 1, maxLength: 5 },
);

test("each permission includes the ones before it and none after it", () => {
  const allowed = PERMISSIONS.map((has) =>
    PERMISSIONS.filter((wants) => allows(scope(["a"], has), { namespace: "a", permission: wants })),
  );
  expect(allowed).toEqual([["read"], ["read", "write"], ["read", "write", "admin"]]);
});

test.each([
  [["a"], "a", true],
  [["a", "b"], "b", true],
  [["a"], "b", false],
  [["a"], "A", false],
  [["a"], "", false],
  [["app"], "app2", false],
  [["app2"], "app", false],
  [["a*"], "ab", false],
  [["é"], "e\u0301", false],
  [["*"], "anything", true],
  [["*"], "*", true],
  [["*"], null, true],
  [["a"], null, false],
  [["a"], "*", false],
  // No key is made so; one that stands in the table all the same opens neither everything nor the star.
  [["a", "*"], "b", false],
  [["a", "*"], "*", false],
  [["a", "*"], null, false],
  [["a", "*"], "a", true],
  [[], "a", false],
  [[], null, false],
  [["null"], null, false],
])("a key of %j reaches %j: %s", (namespaces, namespace, expected) => {
  expect(allows(scope(namespaces), { namespace, permission: "read" })).toBe(expected);
});

test.each([
  [["a", "b"], ["a"], true],
  [["a"], ["a"], true],
  [["a"], ["a", "b"], false],
  [["a"], ["*"], false],
  [["*"], ["*"], true],
  [["*"], ["a", "b"], true],
  [["a"], [], false],
  [["*"], [], false],
  [["a", "*"], ["*"], false],
])("a key of %j covers %j: %s", (namespaces, others, expected) => {
  expect(covers({ namespaces }, others)).toBe(expected);
});

test("what a key covers reaches nothing that the key itself does not reach", () => {
  const wider = fc.oneof(names, fc.constant<string[]>(["*"]));
  fc.assert(
    fc.property(
      wider,
      wider,
      fc.oneof(name, fc.constant(null)),
      permission,
      (mine, others, namespace, wants) => {
        fc.pre(covers({ namespaces: mine }, others));
        const wanted = { namespace, permission: wants };
        if (allows(scope(others), wanted)) expect(allows(scope(mine), wanted)).toBe(true);
      },
    ),
  );
});

test("a key with names covers them and each of them", () => {
  fc.assert(
    fc.property(names, (namespaces) => {
      expect(covers({ namespaces }, namespaces)).toBe(true);
      for (const one of namespaces) expect(covers({ namespaces }, [one])).toBe(true);
      expect(covers({ namespaces }, [...namespaces, "*"])).toBe(false);
    }),
  );
});
