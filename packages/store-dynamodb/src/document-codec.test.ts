import { expect, test } from "vitest";
import type { Item } from "./attributes.ts";
import { decodeDocument, encodeDocument } from "./document-codec.ts";

const key = { pk: "ns/subscription", sk: "a" };

test("top-level numbers are attributes of their own, so that they can be added to; others stay in the JSON", () => {
  const data = { n: 1, far: 1e300, near: 1e-200, deep: { n: 2 }, text: "3" };
  const item = encodeDocument({ ...key, data }, 4, "mark");
  expect(item).toStrictEqual({
    ...key,
    rev: 4,
    write: "mark",
    data: '{"far":1e+300,"near":1e-200,"deep":{"n":2},"text":"3"}',
    "+n": 1,
  });
  expect(decodeDocument(item)).toStrictEqual({ ...key, rev: 4, data });
});

test("the database deletes by whole seconds, and never a document that has not expired", () => {
  const item = encodeDocument({ ...key, data: {}, expiresAt: 1_001 }, 1, "mark");
  expect(item).toMatchObject({ expiresAt: 1_001, ttl: 2 });
});

test("no bytes at all and no bytes given are told apart", () => {
  for (const bytes of [undefined, new Uint8Array(0), new Uint8Array([1])]) {
    expect(decodeDocument(encodeDocument({ ...key, data: {}, bytes }, 1, "mark")).bytes).toStrictEqual(bytes);
  }
});

test("bytes are plain bytes, also where the database's client hands out a Buffer", () => {
  const { bytes } = decodeDocument({ ...key, bytes: Buffer.from("abc") });
  expect(bytes).toStrictEqual(new Uint8Array([97, 98, 99]));
});

test.each<[string, Item]>([
  ["no data", {}],
  ["data that is no JSON", { data: '{"a":' }],
  ["data that is no object", { data: "[1]" }],
  ["data of another type", { data: 7 }],
  ["null", { data: "null" }],
])("%s reads as empty data, so that one such row hides no other", (_what, item) => {
  expect(decodeDocument({ ...key, ...item })).toStrictEqual({ ...key, rev: 0, data: {} });
});
