import { expect, test } from "vitest";
import { decodeText } from "./decode-text.ts";

const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const xml = (encoding: string, text: string): string =>
  `<?xml version='1.0' encoding='${encoding}'?><a>${text}</a>`;

test.each([
  ["UTF-8 by its mark", Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8("é")]), undefined],
  [
    "UTF-8 by its mark, whatever is said",
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8("é")]),
    "latin1",
  ],
  ["UTF-16 little end first", Buffer.from("\uFEFFé", "utf16le"), undefined],
  ["UTF-16 big end first", Buffer.from("\uFEFFé", "utf16le").swap16(), "utf-8"],
  ["the type's charset", latin1("é"), "ISO-8859-1"],
  ["nothing said, UTF-8", utf8("é"), undefined],
  ["nothing said, no UTF-8: Windows", latin1("é"), undefined],
  ["an unknown charset", utf8("é"), "x-no-such-thing"],
  ["a charset that no browser reads any more", utf8("é"), "iso-2022-kr"],
  ["a charset that the bytes are not written in", utf8("é"), "shift_jis-no"],
])("%s", (_, bytes, charset) => {
  expect(decodeText(bytes, charset)).toBe("é");
});

test("the declaration inside counts where the type says nothing", () => {
  const text = xml("ISO-8859-15", "é");
  expect(decodeText(latin1(text), undefined)).toBe(text);
  expect(decodeText(latin1(text), "ISO-8859-1")).toBe(text);
  const page = '<html><head><meta charset="windows-1251"><title>';
  expect(decodeText(Buffer.concat([utf8(page), Buffer.from([0xcf, 0xf0])]), undefined)).toBe(`${page}Пр`);
});

test("of type and declaration the one that fits the bytes wins, the type first", () => {
  const text = xml("iso-8859-1", "é");
  // A server that says UTF-8 about everything.
  expect(decodeText(latin1(text), "utf-8")).toBe(text);
  expect(decodeText(utf8(text), "utf-8")).toBe(text);
});

test("a declaration of UTF-16 that is written in single bytes is wrong", () => {
  const text = xml("UTF-16", "é");
  expect(decodeText(utf8(text), undefined)).toBe(text);
});

test("UTF-16 without a mark is told by its first sign", () => {
  const text = xml("utf-16", "é");
  expect(decodeText(Buffer.from(text, "utf16le"), undefined)).toBe(text);
  expect(decodeText(Buffer.from(text, "utf16le").swap16(), undefined)).toBe(text);
});

test("what does not fit what was said is marked, the rest is read", () => {
  expect(decodeText(Buffer.concat([utf8("é"), Buffer.from([0xff]), utf8("é")]), "utf-8")).toBe("é\uFFFDé");
});

test("no bytes are no text", () => {
  expect(decodeText(new Uint8Array(), undefined)).toBe("");
  expect(decodeText(new Uint8Array(), "utf-16le")).toBe("");
});

test("a declaration far inside is no declaration", () => {
  const text = `${" ".repeat(2_000)}<meta charset="utf-16be">é`;
  expect(decodeText(utf8(text), undefined)).toBe(text);
});
