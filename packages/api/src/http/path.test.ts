import { HookclockError } from "@hookclock/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pathParameters, rawPath, taskPath } from "./path.ts";

const TASK = "/v1/namespaces/{namespace}/tasks/{id}";

test("any well-formed name comes back from its path as it was", () => {
  const names = fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((name) => name.isWellFormed() && !/^\.{1,2}$/.test(name));
  fc.assert(
    fc.property(names, names, (namespace, id) => {
      const { url } = new Request(`http://api.test${taskPath(namespace, id)}?x=/y#z`);
      expect(pathParameters(TASK, rawPath(url))).toEqual({ namespace, id });
    }),
  );
});

test("escapes are decoded once", () => {
  expect(pathParameters(TASK, "/v1/namespaces/a%2Fb/tasks/%252F")).toEqual({ namespace: "a/b", id: "%2F" });
});

test.each(["%", "%f", "%zz", "%ff", "%C3%28", "%ed%a0%80"])("%s is refused, naming the parameter", (id) => {
  expect(() => pathParameters(TASK, `/v1/namespaces/a/tasks/${id}`)).toThrow(HookclockError);
  expect(() => pathParameters(TASK, `/v1/namespaces/a/tasks/${id}`)).toThrow(/^id has a broken escape/);
});

test("a path ends where query or fragment begin", () => {
  expect(rawPath("http://api.test/a/b?c=/d#e")).toBe("/a/b");
  expect(rawPath("http://api.test/a#b?c")).toBe("/a");
  expect(rawPath("http://api.test")).toBe("/");
});
