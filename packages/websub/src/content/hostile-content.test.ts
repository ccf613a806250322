import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { startReceiver } from "@hookclock/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CONTENT_LIMITS, type ParsedContent, parseContent } from "./parse-content.ts";

// What takes time in proportion to its length takes seconds at most; what grows faster would take minutes.
const MANY_TIMES_ENOUGH_MS = 15_000;

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string, type = "text/xml"): ParsedContent => parseContent(type, bytes(text));
const entriesOf = (content: ParsedContent) => (content.kind === "feed" ? content.entries : []);

const atom = (inner: string, prolog = "") =>
  `<?xml version="1.0"?>${prolog}<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>${inner}</feed>`;
const LAUGHS = Array.from(
  { length: 12 },
  (_, index) => `<!ENTITY lol${index + 1} "${`&lol${index};`.repeat(10)}">`,
).join("");

test("entities that grow a billion times are not expanded", () => {
  const types = `<!DOCTYPE feed [<!ENTITY lol0 "lol">${LAUGHS}]>`;
  const content = parse(atom("<entry><id>1</id><title>&lol12;</title></entry>", types));
  expect(JSON.stringify(content)).not.toContain("lollol");
  expect(JSON.stringify(content).length).toBeLessThan(1_000);
});

test("one long entity that is named many times is not expanded", () => {
  const types = `<!DOCTYPE feed [<!ENTITY a "${"a".repeat(100_000)}">]>`;
  const content = parse(atom(`<entry><id>1</id><title>${"&a;".repeat(100_000)}</title></entry>`, types));
  expect(JSON.stringify(content)).not.toContain("aaaaaaaaaa");
});

test("nothing outside is read: neither files nor addresses", async () => {
  await using receiver = await startReceiver({ body: "secret from the network" });
  const outside = [
    `<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]>`,
    `<!DOCTYPE feed [<!ENTITY x SYSTEM "${receiver.url}/x">]>`,
    `<!DOCTYPE feed [<!ENTITY x PUBLIC "x" "${receiver.url}/x">]>`,
    `<!DOCTYPE feed [<!ENTITY % p SYSTEM "${receiver.url}/p"> %p;]>`,
    `<!DOCTYPE feed SYSTEM "${receiver.url}/feed.dtd">`,
    `<?xml-stylesheet href="${receiver.url}/style.xsl" type="text/xsl"?>`,
  ];
  for (const prolog of outside) {
    const include = `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="${receiver.url}/i" parse="text"/>`;
    const content = parse(atom(`<entry><id>1</id><title>a&x;${include}</title></entry>`, prolog));
    expect(JSON.stringify(content)).not.toMatch(/root:|secret/);
  }
  expect(receiver.connections()).toBe(0);
});

test("names that mean something to JavaScript change nothing", () => {
  const names = ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString"];
  const xml = names.map((name) => `<${name}><polluted>1</polluted></${name}>`).join("");
  parse(atom(`${xml}<entry __proto__="1"><id>1</id>${xml}</entry>`));
  parse(`<rss version="2.0"><channel>${xml}<item>${xml}<title>x</title></item></channel></rss>`);
  const json = `{"version":"https://jsonfeed.org/version/1","__proto__":{"polluted":1},"items":[{"id":"1","__proto__":{"polluted":1}}]}`;
  expect(entriesOf(parse(json, "application/json"))).toMatchObject([{ id: "1" }]);
  expect({}).not.toHaveProperty("polluted");
});

test(
  "ten thousand entries are all there, in their order",
  () => {
    const feed = atom(
      Array.from(
        { length: 10_000 },
        (_, index) =>
          `<entry><id>urn:${index}</id><title>T</title><updated>2026-01-01T00:00:00Z</updated></entry>`,
      ).join(""),
    );
    const entries = entriesOf(parse(feed));
    expect(entries).toHaveLength(10_000);
    expect(entries.every(({ id }, index) => id === `urn:${index}`)).toBe(true);
  },
  MANY_TIMES_ENOUGH_MS,
);

test("more entries than are taken are told of", () => {
  const feed = atom("<entry><id>1</id></entry>".repeat(11));
  const limits = { ...CONTENT_LIMITS, entriesMax: 10 };
  const content = parseContent("text/xml", bytes(feed), limits);
  expect(content).toMatchObject({ kind: "feed", truncated: true });
  expect(entriesOf(content)).toHaveLength(10);
  expect(parseContent("text/xml", bytes(feed), { ...limits, entriesMax: 11 })).toMatchObject({
    truncated: false,
  });
});

test(
  "an entry of five megabytes is cut to its bound, and says so",
  () => {
    const room = CONTENT_LIMITS.bytesMax - 1_000;
    const feed = atom(`<entry><id>1</id><content>${"é &amp; ".repeat(room / 9)}</content></entry>`);
    const [entry] = entriesOf(parse(feed));
    expect(entry).toMatchObject({ id: "1", cut: true });
    const size = Buffer.byteLength(JSON.stringify(entry));
    expect(size).toBeLessThanOrEqual(CONTENT_LIMITS.entryBytesMax);
    expect(size).toBeGreaterThan(CONTENT_LIMITS.entryBytesMax * 0.9);
  },
  MANY_TIMES_ENOUGH_MS,
);

test("of a crowd that wrote a feed, each entry names some", () => {
  const crowd = Array.from({ length: 1_000 }, (_, index) => `<author><name>n${index}</name></author>`).join(
    "",
  );
  const [entry] = entriesOf(parse(atom(`${crowd}<entry><id>1</id></entry>`)));
  expect(entry?.author?.split(", ")).toHaveLength(32);
});

test("a body of fifty megabytes is not looked into", () => {
  const content = parseContent("application/atom+xml", Buffer.alloc(50 * 1024 * 1024, "<feed>"));
  expect(content).toEqual({ kind: "opaque", problem: expect.stringContaining("52428800 bytes") });
});

const FULL = 400_000;
const fill = (piece: string) => piece.repeat(Math.floor(FULL / piece.length));
const numbered = (make: (index: number) => string) => {
  const length = Math.floor(FULL / (make(100_000).length + 1));
  return Array.from({ length }, (_, index) => make(index)).join(" ");
};

test.each([
  ["nesting", "<a>".repeat(80_000) + "</a>".repeat(40_000)],
  ["nesting without end", fill("<a>")],
  ["entries inside of entries", fill("<entry><id>1</id>")],
  ["empty entries", fill("<entry/>")],
  ["attributes", `<entry ${numbered((index) => `a${index}="1"`)}><id>1</id></entry>`],
  ["declarations of prefixes", `<entry ${numbered((index) => `xmlns:a${index}="u${index}"`)}/>`],
  ["names", numbered((index) => `<t${index}/>`)],
  ["titles in one entry", `<entry>${fill("<title>a</title>")}</entry>`],
  ["links in one entry", `<entry>${fill("<link href='a'/>")}</entry>`],
  ["categories in one entry", `<entry><id>1</id>${fill("<category term='a'/>")}</entry>`],
  ["brackets", `<entry><title>${fill("<")}</title></entry>`],
  ["comments", fill("<!---->")],
  ["comments without end", fill("<!--")],
  ["CDATA", `<entry><title>${fill("<![CDATA[a]]>")}</title></entry>`],
  ["CDATA without end", `<entry><title>${fill("<![CDATA[")}</title></entry>`],
  ["references", `<entry><title>${fill("&#x10FFFF;&bogus;&")}</title></entry>`],
  ["spaces", `<entry><title ${fill(" ")}>a</title></entry>`],
  ["tags in a title that begin and never end", `<entry><title>${fill("<title ")}`],
  ["quotes in a title that begin and never end", `<entry><title>${fill("<title '\"")}`],
  ["ends of a title that never end", `<entry><title>${fill("</title ")}`],
  ["markup in XHTML", `<entry><content type="xhtml"><div>${fill("<div>")}</div></content></entry>`],
])(
  "%s: half a megabyte takes no more than its length",
  (_, inner) => {
    const content = parse(atom(inner));
    if (content.kind === "feed") expect(content.entries.length).toBeLessThan(10);
    else expect(content.problem).toMatch(/not well formed/);
  },
  MANY_TIMES_ENOUGH_MS,
);

test.each([
  ["arrays", `{"version":"https://jsonfeed.org/version/1","items":${"[".repeat(1_000_000)}`],
  ["objects", `{"version":"https://jsonfeed.org/version/1","items":${'[{"items":'.repeat(400_000)}`],
  [
    "whole arrays",
    `{"version":"https://jsonfeed.org/version/1","items":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
  ],
])(
  "JSON of nested %s is no trouble",
  (_, json) => {
    expect(entriesOf(parse(json, "application/json"))).toEqual([]);
  },
  MANY_TIMES_ENOUGH_MS,
);

test.each([
  "text/xml",
  "application/atom+xml",
  "application/feed+json",
  "text/html",
  "image/png",
  "",
  undefined,
])("bytes that mean nothing are opaque: %s", (type) => {
  const binaries = [
    randomBytes(10_000),
    gzipSync("<feed>"),
    Buffer.alloc(10_000),
    Buffer.alloc(0),
    Buffer.from([0xff]),
  ];
  for (const binary of binaries) expect(parseContent(type, binary).kind).toBe("opaque");
});

test("nothing makes it throw: neither noise nor a feed with holes", () => {
  const feed = atom(
    `<entry><id>1</id><title type="xhtml"><div>é &amp; <![CDATA[x]]></div></title><link href="/a"/><updated>2026</updated></entry>`,
    "<!DOCTYPE feed [<!ENTITY a 'b'>]>",
  );
  const holes = fc
    .array(fc.tuple(fc.nat(feed.length), fc.nat(12), fc.string({ maxLength: 6 })), {
      minLength: 1,
      maxLength: 8,
    })
    .map((cuts) =>
      cuts.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), feed),
    );
  const types = fc.constantFrom(
    "text/xml",
    "application/atom+xml",
    "application/json",
    "text/html; charset=utf-16",
    "",
  );
  fc.assert(
    fc.property(fc.oneof(holes, fc.string()), types, (text, type) => {
      const content = parseContent(type, bytes(text));
      for (const entry of entriesOf(content)) expect(entry.id).not.toBe("");
    }),
    { numRuns: 1_000 },
  );
});
