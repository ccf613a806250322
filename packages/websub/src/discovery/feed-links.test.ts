import { expect, test } from "vitest";
import { linksOfFeed } from "./feed-links.ts";

// What grows with the square of the length would take minutes.
const MANY_TIMES_ENOUGH_MS = 10_000;
const URL_OF_FEED = "https://pub.example/blog/feed.xml";
const ATOM = "http://www.w3.org/2005/Atom";
const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const BOTH = { hubs: ["https://hub.example/"], self: ["https://pub.example/blog/feed"], feeds: [] };
const NONE = { hubs: [], self: [], feeds: [] };
const links = (prefix = "") =>
  `<${prefix}link rel="hub" href="https://hub.example/"/><${prefix}link rel="self" href="https://pub.example/blog/feed"></${prefix}link>`;
const linksIn = (xml: string) => linksOfFeed(xml, URL_OF_FEED);

test.each([
  ["Atom", `<?xml version="1.0"?><feed xmlns="${ATOM}"><title/>${links()}<entry/></feed>`],
  ["Atom with a prefix", `<a:feed xmlns:a="${ATOM}">${links("a:")}</a:feed>`],
  ["Atom 0.3", `<feed version="0.3" xmlns="http://purl.org/atom/ns#">${links()}</feed>`],
  ["Atom without its namespace", `<feed>${links()}</feed>`],
  [
    "Atom, links last",
    `<feed xmlns="${ATOM}"><entry><id>1</id><content><p><b>x</b></p></content></entry>${links()}</feed>`,
  ],
  [
    "RSS 2.0",
    `<rss version="2.0" xmlns:atom="${ATOM}"><channel><link>https://x/</link>${links("atom:")}</channel></rss>`,
  ],
  [
    "RSS 2.0, another prefix",
    `<rss version="2.0" xmlns:a10="${ATOM}"><channel>${links("a10:")}</channel></rss>`,
  ],
  [
    "RSS 2.0, declared at the links",
    `<rss><channel>${links("x:").replaceAll("<x:link", `<x:link xmlns:x="${ATOM}"`)}</channel></rss>`,
  ],
  ["RSS 2.0, declared nowhere", `<rss><channel>${links("atom:")}</channel></rss>`],
  [
    "RSS 2.0, links last",
    `<rss xmlns:atom="${ATOM}"><channel><item><link>https://y/</link></item>${links("atom:")}</channel></rss>`,
  ],
  [
    "RSS 1.0",
    `<rdf:RDF xmlns:rdf="${RDF}" xmlns="http://purl.org/rss/1.0/" xmlns:atom="${ATOM}"><channel>${links("atom:")}</channel></rdf:RDF>`,
  ],
])("S-D3: links of the feed itself are found in %s", (_, xml) => {
  expect(linksIn(xml)).toEqual(BOTH);
});

test("S-D3: a feed that breaks off, or was cut, still has the links that came", () => {
  expect(linksIn(`<feed xmlns="${ATOM}">${links()}<entry><title>half a ti`)).toEqual(BOTH);
});

test.each([
  ["of an entry", `<feed xmlns="${ATOM}"><entry>${links()}</entry></feed>`],
  ["of an item", `<rss xmlns:atom="${ATOM}"><channel><item>${links("atom:")}</item></channel></rss>`],
  ["in content", `<feed xmlns="${ATOM}"><subtitle type="xhtml"><div>${links()}</div></subtitle></feed>`],
  ["of RSS itself", `<rss><channel>${links()}</channel></rss>`],
  ["of another namespace", `<rss xmlns:atom="urn:other"><channel>${links("atom:")}</channel></rss>`],
  [
    "of HTML in Atom",
    `<feed xmlns="${ATOM}">${links().replaceAll("<link", '<link xmlns="http://www.w3.org/1999/xhtml"')}</feed>`,
  ],
  ["beside the channel", `<rss xmlns:atom="${ATOM}">${links("atom:")}<channel/></rss>`],
  ["of a channel inside of a feed", `<feed xmlns="${ATOM}"><channel>${links()}</channel></feed>`],
  [
    "in a comment or CDATA",
    `<feed xmlns="${ATOM}"><!-- ${links()} --><title><![CDATA[${links()}]]></title></feed>`,
  ],
  ["without a relation", `<feed xmlns="${ATOM}"><link href="https://hub.example/"/></feed>`],
  ["of another relation", `<feed xmlns="${ATOM}"><link rel="hub self" href="https://hub.example/"/></feed>`],
  ["without an address", `<feed xmlns="${ATOM}"><link rel="hub"/><link rel="self">https://x/</link></feed>`],
])("S-D3: links %s do not count", (_, xml) => {
  expect(linksIn(xml)).toEqual(NONE);
});

test("S-D3: relations in any letter case, or as addresses of their registry", () => {
  const registered = '<link rel="http://www.iana.org/assignments/relation/hub" href="https://hub.example/"/>';
  expect(linksIn(`<feed xmlns="${ATOM}">${registered}<link rel=" SELF " href="https://x/"/></feed>`)).toEqual(
    {
      hubs: ["https://hub.example/"],
      self: ["https://x/"],
      feeds: [],
    },
  );
});

test("S-D6: relative links are relative to the feed, or to the bases that it names", () => {
  const relative = '<link rel="self" href="feed"/><link rel="hub" href="/hub"/>';
  expect(linksIn(`<feed xmlns="${ATOM}">${relative}</feed>`)).toMatchObject({
    hubs: ["https://pub.example/hub"],
    self: ["https://pub.example/blog/feed"],
  });
  const based = `<feed xmlns="${ATOM}" xml:base="//cdn.example/a/"><link rel="self" xml:base="b/" href="feed"/></feed>`;
  expect(linksIn(based).self).toEqual(["https://cdn.example/a/b/feed"]);
});

test("entities that a feed defines mean nothing, and nothing outside is looked at", () => {
  const types = `<!DOCTYPE feed [<!ENTITY hub "https://hub.example/"><!ENTITY file SYSTEM "file:///etc/hostname">]>`;
  const xml = `${types}<feed xmlns="${ATOM}"><link rel="hub" href="https://h.example/&hub;"/><link rel="self" href="https://s.example/&file;"/></feed>`;
  expect(linksIn(xml)).toMatchObject({
    hubs: ["https://h.example/&hub;"],
    self: ["https://s.example/&file;"],
  });
});

test.each([
  ["open tags", "<a>".repeat(300_000)],
  ["end tags that fit nothing", `${"<a>".repeat(120_000)}${"</b>".repeat(120_000)}`],
  [
    "declarations of prefixes",
    `<a ${Array.from({ length: 40_000 }, (_, index) => `xmlns:a${index}="u${index}"`).join(" ")}>`,
  ],
  ["links without a declared prefix", "<z:link rel='hub' href='x'/>".repeat(30_000)],
  ["bases", `<link rel="hub" xml:base="${"a/".repeat(1_500)}" href="x"/>`.repeat(1_000)],
  ["entities", `<title>${"&lt;".repeat(250_000)}</title>`],
])(
  "%s: a megabyte costs no more than its length",
  (_, inner) => {
    const { self } = linksIn(`<feed xmlns="${ATOM}">${inner}</feed>`);
    expect(self).toEqual([]);
  },
  MANY_TIMES_ENOUGH_MS,
);
