import { expect, test } from "vitest";
import { CONTENT_LIMITS, type ParsedContent, parseContent } from "./parse-content.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (type: string | undefined, body: string | Uint8Array, url?: string): ParsedContent =>
  parseContent(type, typeof body === "string" ? bytes(body) : body, CONTENT_LIMITS, url);
const entriesOf = (content: ParsedContent) => {
  if (content.kind !== "feed") throw new Error(`no feed: ${content.problem ?? "nothing is wrong with it"}`);
  return content.entries;
};

const ATOM = `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title>News &amp; more</title><author><name>The house</name></author>
  <entry>
    <id>urn:uuid:1</id><title type="html">A &lt;b&gt;bold&lt;/b&gt; &amp;amp; title</title>
    <link rel="edit" href="/edit"/><link href="posts/1"/>
    <published>2026-01-01T10:00:00Z</published><updated>2026-01-02T10:00:00Z</updated>
    <summary>In short</summary><content type="html"><![CDATA[<p>At length</p>]]></content>
    <category term="t1" label="One"/><category term="t2"/>
  </entry>
  <entry>
    <id>urn:uuid:2</id><title>Two</title><updated>2026-01-03T10:00:00+01:00</updated>
    <author><name>Ann</name></author><author><name>Bob</name></author>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x &amp; <b>y</b></p></div></content>
  </entry>
</feed>`;

test("Atom", () => {
  expect(parse("application/atom+xml", ATOM, "https://pub.example/blog/")).toEqual({
    kind: "feed",
    format: "atom",
    title: "News & more",
    truncated: false,
    entries: [
      {
        id: "urn:uuid:1",
        version: "2026-01-02T10:00:00.000Z",
        title: "A <b>bold</b> &amp; title",
        url: "https://pub.example/blog/posts/1",
        author: "The house",
        summary: "In short",
        content: "<p>At length</p>",
        publishedAt: Date.UTC(2026, 0, 1, 10),
        updatedAt: Date.UTC(2026, 0, 2, 10),
        categories: ["One", "t2"],
      },
      {
        id: "urn:uuid:2",
        version: "2026-01-03T09:00:00.000Z",
        title: "Two",
        author: "Ann, Bob",
        content: "<p>x &amp; <b>y</b></p>",
        updatedAt: Date.UTC(2026, 0, 3, 9),
      },
    ],
  });
});

test("Atom: bases that the feed and its entries name", () => {
  const feed = `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://cdn.example/a/"><entry xml:base="b/"><id>1</id><link href="c"/></entry><entry><id>2</id><link href="c"/></entry></feed>`;
  expect(entriesOf(parse("text/xml", feed, "https://pub.example/")).map(({ url }) => url)).toEqual([
    "https://cdn.example/a/b/c",
    "https://cdn.example/a/c",
  ]);
});

test("RSS 2.0 with the namespaces that are common in it, whatever their prefixes", () => {
  const rss = `<rss version="2.0" xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:who="http://purl.org/dc/elements/1.1/">
    <channel><title>R</title><link>https://pub.example/</link><description/>
    <item><title>One</title><link>https://pub.example/1</link><guid isPermaLink="false">g-1</guid>
      <pubDate>Thu, 01 Jan 2026 10:00:00 +0000</pubDate><description>&lt;i&gt;short&lt;/i&gt;</description>
      <c:encoded><![CDATA[<p>long</p>]]></c:encoded><who:creator>Ann</who:creator><category>x</category><category>y</category></item>
    <item><title>Two</title><guid>https://pub.example/2</guid><author>bob@pub.example (Bob)</author></item>
    <item><description>Only words</description></item>
    </channel></rss>`;
  const [one, two, three] = entriesOf(parse("application/rss+xml", rss));
  expect(one).toMatchObject({
    id: "g-1",
    title: "One",
    url: "https://pub.example/1",
    author: "Ann",
    summary: "<i>short</i>",
    content: "<p>long</p>",
    publishedAt: Date.UTC(2026, 0, 1, 10),
    categories: ["x", "y"],
  });
  expect(one?.version).toMatch(/^sha256:/);
  expect(two).toMatchObject({ id: "https://pub.example/2", url: "https://pub.example/2", author: "Bob" });
  expect(three?.id).toMatch(/^sha256:/);
});

test("RSS 2.0: an id is a link only where it can be one", () => {
  const item = (guid: string) => `<item><title>T</title>${guid}</item>`;
  const guids = [
    "<guid>https://a.example/1</guid>",
    '<guid isPermaLink="false">https://a.example/2</guid>',
    "<guid>3</guid>",
  ];
  const rss = `<rss version="2.0"><channel>${guids.map(item).join("")}</channel></rss>`;
  expect(entriesOf(parse("text/xml", rss, "https://pub.example/")).map(({ url }) => url)).toEqual([
    "https://a.example/1",
    undefined,
    undefined,
  ]);
});

test("RSS 1.0", () => {
  const rdf = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <channel rdf:about="https://pub.example/"><title>R</title></channel>
    <item rdf:about="https://pub.example/1"><title>One</title><link>https://pub.example/1</link><description>d</description>
    <dc:date>2026-01-01T10:00:00Z</dc:date><dc:creator>Ann</dc:creator><dc:subject>s</dc:subject></item></rdf:RDF>`;
  expect(parse("application/rdf+xml", rdf)).toMatchObject({
    kind: "feed",
    format: "rdf",
    entries: [
      {
        id: "https://pub.example/1",
        title: "One",
        url: "https://pub.example/1",
        summary: "d",
        author: "Ann",
        publishedAt: Date.UTC(2026, 0, 1, 10),
        categories: ["s"],
      },
    ],
  });
});

test("JSON Feed", () => {
  const feed = {
    version: "https://jsonfeed.org/version/1.1",
    title: "J",
    authors: [{ name: "The house" }],
    items: [
      {
        id: 1,
        url: "/1",
        title: "One",
        content_html: "<p>x &amp; y</p>",
        content_text: "x & y",
        tags: ["a"],
      },
      { id: "2", content_text: "text", date_modified: "2026-01-01T00:00:00Z", authors: [{ name: "Ann" }] },
    ],
  };
  expect(parse("application/feed+json", JSON.stringify(feed), "https://pub.example/f")).toMatchObject({
    kind: "feed",
    format: "json",
    title: "J",
    entries: [
      {
        id: "1",
        url: "https://pub.example/1",
        author: "The house",
        content: "<p>x &amp; y</p>",
        categories: ["a"],
      },
      { id: "2", version: "2026-01-01T00:00:00.000Z", author: "Ann", content: "text" },
    ],
  });
});

test.each(["text/html", "text/plain; charset=utf-8", "application/octet-stream", "text/xml", undefined])(
  "S-C6: a feed is a feed although it is called %s",
  (type) => {
    expect(entriesOf(parse(type, ATOM))).toHaveLength(2);
  },
);

test.each([
  ["text/html", "<!doctype html><html><body><feed>"],
  ["text/plain", "hello <feed xmlns='http://www.w3.org/2005/Atom'>"],
  ["application/json", '{"hello":"world"}'],
  ["application/json", '["https://jsonfeed.org/version/1"]'],
  ["application/xml", "<opml version='2.0'/>"],
  ["image/png", ATOM],
  ["application/pdf", ATOM],
  ["", ""],
  [undefined, "\u0000\u0001"],
  ["text/xml", ""],
])("S-C6: %s is one piece, and nothing is wrong with it", (type, body) => {
  expect(parse(type, body)).toEqual({ kind: "opaque" });
});

test("a feed without entries is a feed", () => {
  const empty = { kind: "feed", entries: [], truncated: false };
  expect(parse("text/xml", '<feed xmlns="http://www.w3.org/2005/Atom"></feed>')).toEqual({
    ...empty,
    format: "atom",
  });
  expect(parse("text/xml", "<rss version='2.0'><channel><title>R</title></channel></rss>")).toEqual({
    ...empty,
    format: "rss",
    title: "R",
  });
  expect(parse("text/xml", "<rss version='2.0'><channel/></rss>")).toEqual({ ...empty, format: "rss" });
  const json = '{"version":"https://jsonfeed.org/version/1","items":[]}';
  expect(parse("application/json", json)).toEqual({ ...empty, format: "json" });
});

test.each([
  ["breaks off", "application/atom+xml", ATOM.slice(0, -60), /not well formed/],
  ["breaks off in a tag", "text/xml", ATOM.slice(0, ATOM.indexOf("posts/1")), /not well formed/],
  [
    "has tags that do not fit",
    "text/xml",
    "<rss version='2.0'><channel><item><title>1</title><b></item><item><title>2</title></item></channel></rss>",
    /not well formed/,
  ],
  ["breaks off between two tags", "text/xml", ATOM.slice(0, ATOM.indexOf("</entry>") + 8), /not well formed/],
  ["is two", "text/xml", "<rss version='2.0'><channel/></rss>".repeat(2), /not well formed/],
  ["is empty", "application/rss+xml", "", /no feed/],
  ["is a page", "application/rss+xml", "<!doctype html><html><title>Error</title></html>", /no feed/],
  [
    "is JSON that breaks off",
    "application/feed+json",
    '{"version":"https://jsonfeed.org/version/1","items":[',
    /shape/,
  ],
  ["is other JSON", "application/feed+json", '{"items":[]}', /no feed/],
])("S-C6: what says it is a feed and %s is opaque, with what is wrong", (_, type, body, problem) => {
  expect(parse(type, body)).toEqual({ kind: "opaque", problem: expect.stringMatching(problem) });
});

test("the same bytes give the same entries", () => {
  expect(parse("text/xml", ATOM, "https://pub.example/")).toEqual(
    parse("text/xml", ATOM, "https://pub.example/"),
  );
});

test("an entry that was changed is another version of the same entry", () => {
  const item = (text: string) =>
    `<rss version="2.0"><channel><item><guid>1</guid><description>${text}</description></item></channel></rss>`;
  const [before] = entriesOf(parse("text/xml", item("a")));
  const [after] = entriesOf(parse("text/xml", item("b")));
  expect(after?.id).toBe(before?.id);
  expect(after?.version).not.toBe(before?.version);
});

test.each([
  ["ISO-8859-1, as the feed says", "text/xml", "iso-8859-1", "latin1"],
  ["ISO-8859-1, although the server says UTF-8", "text/xml; charset=utf-8", "iso-8859-1", "latin1"],
  ["ISO-8859-1, as the server says", "text/xml; charset=iso-8859-1", "utf-8", "latin1"],
  ["UTF-8, although the feed says something unknown", "text/xml", "x-klingon", "utf8"],
  ["UTF-16", "text/xml", "utf-16", "utf16le"],
] as const)("letters are read: %s", (_, type, declared, written) => {
  const feed = `<?xml version="1.0" encoding="${declared}"?><rss version="2.0"><channel><item><title>é</title></item></channel></rss>`;
  expect(entriesOf(parse(type, Buffer.from(feed, written)))[0]?.title).toBe("é");
});

test("letters that do not fit are marked, and the rest of the feed is there", () => {
  const feed = Buffer.from(
    '<rss version="2.0"><channel><item><title>é1</title></item></channel></rss>',
    "latin1",
  );
  expect(entriesOf(parse("text/xml; charset=utf-8", feed))[0]?.title).toBe("\uFFFD1");
});

test("careless text is forgiven: what the library reads right is not refused", () => {
  const rss = `<rss version="2.0"><channel><item><title>Q & A</title><link>https://x.example/?a=1&b=2</link><description>1 < 2 <p>unclosed&nbsp;</description></item><item><title>2</title></item></channel></rss>`;
  expect(entriesOf(parse("text/xml", rss))).toMatchObject([
    { title: "Q & A", url: "https://x.example/?a=1&b=2" },
    { title: "2" },
  ]);
});

test("RSS of the years when it had a document type", () => {
  const rss = `<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><item><title>One</title></item></channel></rss>`;
  expect(entriesOf(parse("text/xml", rss))).toMatchObject([{ title: "One" }]);
});
