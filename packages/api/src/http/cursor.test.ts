import { HookclockError } from "@hookclock/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CursorQuery, decodeCursor, encodeCursor } from "./cursor.ts";

const secret = new Uint8Array(32).fill(1);
const query: CursorQuery = {
  route: "listTasks",
  namespace: "app",
  parameters: { order: "asc", status: "DONE" },
};
const position = { namespace: "app", id: "a", scheduledDate: "2030-01-01T00:00:00.000Z" };
const cursor = encodeCursor(secret, query, position);

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof HookclockError) return error.code;
    throw error;
  }
  return "none";
};

const queries = fc.record({
  route: fc.string(),
  namespace: fc.string(),
  parameters: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
});

test("a position comes back for the query it was made for", () => {
  const positions = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()));
  fc.assert(
    fc.property(queries, positions, (one, where) => {
      const made = encodeCursor(secret, one, where);
      expect(made).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeCursor(secret, one, made)).toEqual(JSON.parse(JSON.stringify(where)));
    }),
  );
});

test("the order of parameters and those that are undefined make no difference", () => {
  const same = { ...query, parameters: { from: undefined, status: "DONE", order: "asc" } };
  expect(decodeCursor(secret, same, cursor)).toEqual(position);
});

test("no other query takes it", () => {
  fc.assert(
    fc.property(queries, queries, (one, other) => {
      fc.pre(JSON.stringify(canonical(one)) !== JSON.stringify(canonical(other)));
      const made = encodeCursor(secret, one, position);
      expect(codeOf(() => decodeCursor(secret, other, made))).toBe("invalid-cursor");
    }),
  );
});

const canonical = ({ route, namespace, parameters }: CursorQuery) => [
  route,
  namespace,
  Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)),
];

test.each([
  ["another route", { ...query, route: "listLogs" }],
  ["another namespace", { ...query, namespace: "other" }],
  ["another order", { ...query, parameters: { ...query.parameters, order: "desc" } }],
  ["a parameter more", { ...query, parameters: { ...query.parameters, idPrefix: "a" } }],
  ["a parameter less", { ...query, parameters: { order: "asc" } }],
])("%s refuses it", (_what, other) => {
  expect(codeOf(() => decodeCursor(secret, other, cursor))).toBe("invalid-cursor");
});

test("another secret refuses it", () => {
  expect(codeOf(() => decodeCursor(new Uint8Array(32).fill(2), query, cursor))).toBe("invalid-cursor");
});

test("a change of any one character is noticed", () => {
  for (let at = 0; at < cursor.length; at += 1) {
    const changed = cursor.slice(0, at) + (cursor[at] === "A" ? "B" : "A") + cursor.slice(at + 1);
    expect(codeOf(() => decodeCursor(secret, query, changed))).toBe("invalid-cursor");
  }
});

test("texts that are no cursors are refused, whatever they are", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.constant(cursor.slice(0, 43)),
    fc.constant(`${cursor}=`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(codeOf(() => decodeCursor(secret, query, text))).toBe("invalid-cursor");
    }),
  );
});
