import { expect, test } from "vitest";
import { linksOfPage } from "./page-links.ts";

const URL_OF_PAGE = "https://pub.example/";
const bytes = (text: string) => new TextEncoder().encode(text);
const ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="https://hub.example/"/></feed>';
const HTML = '<!doctype html><html><head><link rel="hub" href="https://hub.example/"></head></html>';
const JSON_FEED =
  '{"version":"https://jsonfeed.org/version/1.1","feed_url":"/f","hubs":[{"type":"WebSub","url":"https://hub.example/"}]}';
const hubsOf = (type: string | undefined, body: Uint8Array | string) =>
  linksOfPage(type, typeof body === "string" ? bytes(body) : body, URL_OF_PAGE).hubs;
const FOUND = ["https://hub.example/"];

test.each([
  ["application/atom+xml", ATOM],
  ["text/xml", ATOM],
  ["application/xml;charset=utf-8", ATOM],
  ["image/xml", ATOM],
  ["application/vnd.example+XML ; charset=utf-8", ATOM],
  ["text/html", HTML],
  ["Text/HTML; Charset=UTF-8", HTML],
  ["application/xhtml+xml", HTML],
  [
    "text/xml",
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><link rel="hub" href="https://hub.example/"/></head></html>',
  ],
  ["application/feed+json", JSON_FEED],
  ["application/json", JSON_FEED],
  // Told by what they are, since servers often do not know.
  ["text/html", ATOM],
  ["text/plain", ATOM],
  ["application/octet-stream", ATOM],
  [undefined, ATOM],
  [undefined, HTML],
])("S-D8: the kind of a page is told from its type and its first element: %s", (type, body) => {
  expect(hubsOf(type, body)).toEqual(FOUND);
});

test.each([
  ["image/svg", ATOM],
  ["image/png", ATOM],
  ["application/pdf", HTML],
  ["application/json", ATOM],
  ["application/json", "{"],
  ["application/json", '{"hubs":[{"type":"WebSub","url":"https://hub.example/"}]}'],
  ["text/plain", "<link rel=hub href=https://hub.example/>"],
  ["text/xml", '<opml><link rel="hub" href="https://hub.example/"/></opml>'],
  ["text/xml", `<!-- ${ATOM} --><other/>`],
  ["text/xml", `<!-- ${ATOM}`],
  ["text/xml", `<!DOCTYPE feed [ <!-- ${ATOM}`],
  ["text/html", ""],
  ["not a type", `x${ATOM}`],
])("nothing is found where nothing can be: %s", (type, body) => {
  expect(hubsOf(type, body)).toEqual([]);
});

test("JSON Feed names its hubs by kind, and what is broken in it is passed over", () => {
  const hubs = [
    null,
    { type: "rssCloud", url: "https://r.example/" },
    { type: "websub" },
    5,
    { type: "WebSub", url: "hub" },
  ];
  const feed = { version: "https://jsonfeed.org/version/1", feed_url: "feed.json", hubs };
  expect(linksOfPage("application/json", bytes(JSON.stringify(feed)), "https://pub.example/a/")).toEqual({
    hubs: ["https://pub.example/a/hub"],
    self: ["https://pub.example/a/feed.json"],
    feeds: [],
  });
  expect(hubsOf("application/json", JSON.stringify({ ...feed, feed_url: 5, hubs: {} }))).toEqual([]);
});

test("pages in other letters than UTF-8 are read", () => {
  const inUtf16 = Buffer.from(`\uFEFF${ATOM}`, "utf16le");
  expect(hubsOf("application/atom+xml", inUtf16)).toEqual(FOUND);
  expect(hubsOf("application/atom+xml", Buffer.from(inUtf16).swap16())).toEqual(FOUND);
  expect(hubsOf("text/xml", Buffer.from(ATOM, "utf16le"))).toEqual(FOUND);
  expect(hubsOf("text/html; charset=no-such-thing", HTML)).toEqual(FOUND);
  expect(hubsOf("text/html", Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes(HTML)]))).toEqual(FOUND);
});

test("bytes without any meaning have no links", () => {
  const noise = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 256);
  for (const type of ["text/html", "text/xml", "application/json", undefined]) {
    expect(linksOfPage(type, noise, URL_OF_PAGE)).toEqual({ hubs: [], self: [], feeds: [] });
  }
});
