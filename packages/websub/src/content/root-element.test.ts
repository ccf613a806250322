import { expect, test } from "vitest";
import { rootElement, xmlFeedFormat } from "./root-element.ts";

test.each([
  ["<feed>", "feed"],
  ["<a:feed xmlns:a='x'>", "feed"],
  ["<RSS version='2.0'>", "rss"],
  ["<rdf:RDF\n>", "rdf"],
  ["<html/>", "html"],
  ['  \n<?xml version="1.0"?>\n<?style x="<feed>"?><!-- <rss> --><feed>', "feed"],
  ['<!DOCTYPE rss PUBLIC "-//N//D" "http://x/rss.dtd"><rss>', "rss"],
  ['<!DOCTYPE feed [<!ENTITY a "b">\n<!ELEMENT x (y)>]><feed>', "feed"],
  ["<!doctype html><html>", "html"],
])("%j starts with an element", (text, name) => {
  expect(rootElement(text)).toBe(name);
});

test.each([
  "",
  " ",
  "text <feed>",
  "< feed>",
  "<feed",
  "<!-- <feed>",
  "<?xml <feed>",
  "<!DOCTYPE x [ <feed>",
  `<!DOCTYPE x [${"<feed>".repeat(50)}`,
  "<!DOCTYPE x <feed",
  "</feed>",
  `<${"f".repeat(65)}>`,
  '{"feed":1}',
])("%j does not", (text) => {
  expect(rootElement(text)).toBe("");
});

test("feeds are told by that element", () => {
  expect(["<feed>", "<rss>", "<rdf:RDF>", "<html>", "x"].map(xmlFeedFormat)).toEqual([
    "atom",
    "rss",
    "rdf",
    undefined,
    undefined,
  ]);
});

test.each(["<!---->", "<?x?>", "<!x>", " ", "<!--", "<?", "<!x[]>", "<!x["])(
  "a megabyte of %j is passed in one go",
  (piece) => {
    expect(["", "feed"]).toContain(rootElement(`${piece.repeat(1_000_000 / piece.length)}<feed>`));
  },
  5_000,
);
