import fc from "fast-check";
import { expect, test } from "vitest";
import { type Link, linksOfHeader } from "./link-header.ts";

const hubAndSelf: Link[] = [
  { href: "https://hub.example/", rels: ["hub"] },
  { href: "https://pub.example/feed", rels: ["self"] },
];

test.each([
  ["quoted", '<https://hub.example/>; rel="hub", <https://pub.example/feed>; rel="self"'],
  ["not quoted", "<https://hub.example/>; rel=hub, <https://pub.example/feed>; rel=self"],
  ["capitals", '<https://hub.example/>; REL="HUB", <https://pub.example/feed>; Rel=Self'],
  ["no spaces", '<https://hub.example/>;rel="hub",<https://pub.example/feed>;rel="self"'],
  ["many spaces", ' \t<https://hub.example/>  ;\t rel = "hub" ,\t <https://pub.example/feed> ; rel= self  '],
  ["empty elements", ',, <https://hub.example/>;; rel="hub";, ,<https://pub.example/feed>; rel=self,'],
])("S-D8: %s", (_, header) => {
  expect(linksOfHeader(header)).toEqual(hubAndSelf);
});

test("S-D8: rel stands anywhere among the parameters and may hold several values", () => {
  expect(linksOfHeader('</x>; title="a"; type=text/html; rel=" Self  canonical"; hreflang=en')).toEqual([
    { href: "/x", rels: ["self", "canonical"] },
  ]);
});

test("S-D8: commas and semicolons inside brackets and quotes part nothing", () => {
  const header =
    '<http://x/a,b;c?d=1,2;rel=no>; title="one, two; rel=\\"no\\" <y>"; rel=hub, </z>; rel="self"';
  expect(linksOfHeader(header)).toEqual([
    { href: "http://x/a,b;c?d=1,2;rel=no", rels: ["hub"] },
    { href: "/z", rels: ["self"] },
  ]);
});

test("S-D8: of several rel the first counts; one that is alone has no value", () => {
  expect(linksOfHeader("<a>; rel=hub; rel=self, <b>; rel; rel=self, <c>")).toEqual([
    { href: "a", rels: ["hub"] },
    { href: "b", rels: [] },
    { href: "c", rels: [] },
  ]);
});

test("S-D8: rel is not found in the names, values or extensions of other parameters", () => {
  expect(linksOfHeader('<a>; xrel=hub; rel*=hub; title=rel=hub; rev="hub"')).toEqual([
    { href: "a", rels: [] },
  ]);
});

test("a link about something else says so", () => {
  expect(linksOfHeader('<a>; rel=hub; anchor="/other"')).toEqual([
    { href: "a", rels: ["hub"], anchor: "/other" },
  ]);
});

test.each([
  ["", []],
  ["nothing of the kind", []],
  ["<not-closed; rel=hub", []],
  ["https://hub.example/; rel=hub", []],
  ["junk <a>; rel=hub, <b>; rel=self", ["b"]],
  ['<a>; rel="hub', ["a"]],
  ['<a> junk "x" ; rel=hub', ["a"]],
  ['<a>; rel="hub" junk; title=x, <b>', ["a", "b"]],
  ["<>; rel=self", [""]],
])("what is broken is passed over: %s", (header, hrefs) => {
  expect(linksOfHeader(header).map(({ href }) => href)).toEqual(hrefs);
});

// Every way in which RFC 8288 lets the same links be written.
const spaces = fc.constantFrom("", " ", "\t", "  ");
const anyCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((flags) =>
      [...text].map((letter, index) => (flags[index] ? letter.toUpperCase() : letter)).join(""),
    );
const token = fc.string({ unit: fc.constantFrom(..."abcdefgh-:/._~!#"), minLength: 1, maxLength: 12 });
const quote = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;
const freeText = fc.string({ unit: fc.constantFrom(..."ab ,;<>=\"\\'é"), maxLength: 12 });
const rel = fc.constantFrom("hub", "self", "alternate", "http://rel.example/x,y;z");

const otherParameter = fc.oneof(
  fc
    .tuple(fc.constantFrom("title", "type", "xrel", "rev"), freeText)
    .map(([name, text]) => `${name}=${quote(text)}`),
  fc.tuple(fc.constantFrom("media", "hreflang"), token).map(([name, text]) => `${name}=${text}`),
  fc.constantFrom("crossorigin", "title=", ""),
);

const relParameter = (rels: readonly string[]) =>
  fc
    .tuple(anyCase("rel"), anyCase(rels.join(" ")), spaces, spaces, fc.boolean())
    .map(([name, value, a, b, bare]) => {
      const isToken = rels.length === 1 && !/[,; ]/.test(value);
      return `${name}${a}=${b}${bare && isToken ? value : quote(value)}`;
    });

const written = fc
  .record({
    href: fc.string({ unit: fc.constantFrom(..."abc/:?&=,;\"'é%20#"), maxLength: 20 }),
    rels: fc.array(rel, { minLength: 1, maxLength: 3 }),
    before: fc.array(otherParameter, { maxLength: 2 }),
    after: fc.array(otherParameter, { maxLength: 2 }),
  })
  .chain(({ href, rels, before, after }) =>
    fc.tuple(relParameter(rels), spaces, spaces).map(([relText, a, b]) => ({
      text: [`<${href}>`, ...before, relText, ...after].join(`${a};${b}`),
      link: { href: href.trim(), rels: rels.map((one) => one.toLowerCase()) },
    })),
  );

test("S-D8: however links are written, and however headers are joined, they are the same links", () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 5 }), spaces, spaces, (links, a, b) => {
      expect(linksOfHeader(links.map(({ text }) => text).join(`${a},${b}`))).toEqual(
        links.map(({ link }) => link),
      );
    }),
    { numRuns: 500 },
  );
});

test("S-D8: several headers and one that joins them mean the same", () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 5 }), (links) => {
      const each = links.flatMap(({ text }) => linksOfHeader(text));
      expect(linksOfHeader(links.map(({ text }) => text).join(", "))).toEqual(each);
    }),
  );
});

test("no text makes it throw or hang", () => {
  const signs = fc.string({ unit: fc.constantFrom(...'<>;,="\\ relhubself\t'), maxLength: 200 });
  fc.assert(
    fc.property(fc.oneof(signs, fc.string()), (text) => {
      for (const link of linksOfHeader(text)) expect(link.href).not.toContain(">");
    }),
    { numRuns: 1_000 },
  );
});

test.each(["<", ",", ";", '"', "<a>;", '<a>;rel="', "\\", '<a>;"', "<a>,", " "])(
  "a megabyte of %j is read in one go",
  (piece) => {
    const links = linksOfHeader(piece.repeat(1_000_000 / piece.length));
    expect(links.length).toBeLessThanOrEqual(1_000_000);
  },
);
