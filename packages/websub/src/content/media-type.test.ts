import { expect, test } from "vitest";
import { isHtml, isJson, isVague, isXml, parseMediaType } from "./media-type.ts";

test.each([
  ["text/html", { essence: "text/html" }],
  [" Text/HTML ; Charset=UTF-8", { essence: "text/html", charset: "UTF-8" }],
  ['text/xml;a=b; charset="iso-8859-1"', { essence: "text/xml", charset: "iso-8859-1" }],
  ["text/xml; charset='utf-8'", { essence: "text/xml", charset: "utf-8" }],
  ["text/xml; charset = latin1", { essence: "text/xml", charset: "latin1" }],
  ["text/plain, text/html; charset=x", { essence: "text/plain", charset: "x" }],
  ["text/plain; charset=", { essence: "text/plain" }],
  ["text/plain; xcharset=utf-8", { essence: "text/plain" }],
  ["text", { essence: "" }],
  ["text/", { essence: "" }],
  ["; charset=utf-8", { essence: "", charset: "utf-8" }],
  ["", { essence: "" }],
  [undefined, { essence: "" }],
])("%j is read", (value, expected) => {
  expect(parseMediaType(value)).toEqual(expected);
});

test("S-D8: XML is any type that ends in /xml or +xml", () => {
  for (const type of ["text/xml", "application/xml", "application/atom+xml", "image/svg+xml", "x/xml"]) {
    expect([type, isXml(type)]).toEqual([type, true]);
  }
  for (const type of ["text/xmlish", "application/xhtml+xml", "xml", "text/html", ""]) {
    expect([type, isXml(type)]).toEqual([type, false]);
  }
});

test("the other kinds are told apart", () => {
  expect([isHtml("text/html"), isHtml("application/xhtml+xml"), isHtml("text/xml")]).toEqual([
    true,
    true,
    false,
  ]);
  expect([isJson("application/feed+json"), isJson("application/json"), isJson("text/javascript")]).toEqual([
    true,
    true,
    false,
  ]);
  expect([isVague(""), isVague("text/plain"), isVague("text/html")]).toEqual([true, true, false]);
});
