import { expect, test } from "vitest";
import { linksOfHtml } from "./html-links.ts";

// What grows with the square of the length would take minutes.
const MANY_TIMES_ENOUGH_MS = 10_000;
const URL_OF_PAGE = "https://pub.example/blog/post";
const HUB = '<link rel="hub" href="https://hub.example/">';
const SELF = '<link rel="self" href="https://pub.example/blog/">';
const page = (head: string, body = "") =>
  `<!doctype html><html><head>${head}</head><body>${body}</body></html>`;
const hubsOf = (html: string) => linksOfHtml(html, URL_OF_PAGE).hubs;

test("S-D3: link elements of the head are found, the others are not", () => {
  const html = page(`<meta charset=utf-8><title>a</title><link rel=stylesheet href=/x.css>${HUB}${SELF}`);
  expect(linksOfHtml(html, URL_OF_PAGE)).toEqual({
    hubs: ["https://hub.example/"],
    self: ["https://pub.example/blog/"],
    feeds: [],
  });
});

test.each([
  ["capitals, other quotes, another order", "<LINK HREF='https://hub.example/' data-x REL='HUB'>"],
  ["no quotes", "<link rel=hub href=https://hub.example/>"],
  ["several values", '<link rel="alternate  Hub\nnofollow" href="https://hub.example/">'],
  ["closed as in XML", '<link rel="hub" href="https://hub.example/"/>'],
  ["references to characters", '<link rel="&#104;ub" href="https:&#x2F;&sol;hub.example&sol;">'],
  ["line breaks", '<link\n  rel="hub"\n  href="\nhttps://hub.example/ "\n>'],
])("S-D3: %s", (_, link) => {
  expect(hubsOf(page(link))).toEqual(["https://hub.example/"]);
});

test.each([
  ["no head, no html", `${HUB}<p>text`],
  ["a head that is not ended", `<head>${HUB}<body>`],
  [
    "scripts, styles and comments before",
    `<script>if(a<b)"</head>"</script><style>a{}</style><!-- > -->${HUB}`,
  ],
  ["XHTML", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head>${HUB}</head></html>`],
  ["noscript and template before", `<noscript><img src=x>text</noscript><template><p>x</p></template>${HUB}`],
  ["a conditional comment", `<!--[if IE]><link rel=hub href=https://ie.example/><![endif]-->${HUB}`],
])("S-D5: the head counts: %s", (_, html) => {
  expect(hubsOf(html)).toEqual(["https://hub.example/"]);
});

test.each([
  ["in the body", page("", HUB)],
  ["after the head", `<head></head>${HUB}<body>`],
  ["after text", `<head>text${HUB}</head>`],
  ["after an element of the body", `<head><p>${HUB}</head>`],
  ["after a body that does not say so", `<title>x</title><div>${HUB}</div>`],
  ["in a comment", page(`<!-- ${HUB} -->`)],
  ["in a script", page(`<script>document.write('${HUB}')</script>`)],
  ["in a title", page(`<title>${HUB}</title>`)],
  ["in a style", page(`<style>${HUB}</style>`)],
  ["for agents without scripts", page(`<noscript>${HUB}</noscript>`)],
  ["in a template", page(`<template>${HUB}</template>`)],
  ["in a drawing", page(`<svg>${HUB}</svg>`)],
  ["in an attribute", page(`<meta content='${HUB}'>`)],
  ["as an anchor", page('<a rel="hub" href="https://hub.example/">')],
  ["without href", page('<link rel="hub">')],
  ["without rel", page('<link href="https://hub.example/">')],
  ["with rev", page('<link rev="hub" href="https://hub.example/">')],
  [
    "other schemes",
    page('<link rel="hub" href="javascript:alert(1)"><link rel="hub" href="ftp://hub.example/">'),
  ],
])("S-D5: what is not in the head does not count: %s", (_, html) => {
  expect(hubsOf(html)).toEqual([]);
});

test("S-D6: relative links are relative to the page, or to its base", () => {
  const links = '<link rel="hub" href="../hub"><link rel="self" href="?a=1">';
  expect(linksOfHtml(page(links), URL_OF_PAGE)).toMatchObject({
    hubs: ["https://pub.example/hub"],
    self: ["https://pub.example/blog/post?a=1"],
  });
  const base = '<base target=_blank><base href="//cdn.example/x/y"><base href="https://late.example/">';
  expect(linksOfHtml(page(`${links}${base}`), URL_OF_PAGE)).toMatchObject({
    hubs: ["https://cdn.example/hub"],
    self: ["https://cdn.example/x/y?a=1"],
  });
});

test("absolute links stay as they were written, since hubs compare letter by letter", () => {
  const self = "https://PUB.example:443/%7Eme/a/../b?q=%c3%a9";
  expect(linksOfHtml(page(`<link rel=self href="${self}">`), URL_OF_PAGE).self).toEqual([self]);
});

test("feeds are told from other alternates by their type", () => {
  const alternates = ["application/atom+xml", "application/rss+xml; charset=utf-8", "application/feed+json"]
    .map((type, index) => `<link rel="alternate" type="${type}" href="/feed${index}">`)
    .join("");
  const others =
    '<link rel="alternate" hreflang="fr" href="/fr"><link rel="alternate" type="text/html" href="/m">';
  expect(linksOfHtml(page(`${others}${alternates}`), URL_OF_PAGE).feeds).toEqual([
    "https://pub.example/feed0",
    "https://pub.example/feed1",
    "https://pub.example/feed2",
  ]);
});

test.each([
  ["open tags", "<noscript>".repeat(100_000)],
  ["end tags that fit nothing", `${"<template>".repeat(60_000)}${"</x>".repeat(100_000)}`],
  ["attributes", `<link ${Array.from({ length: 80_000 }, (_, index) => `a${index}=1`).join(" ")}>`],
  ["one attribute", `<link href="${"a".repeat(1_000_000)}" rel="hub">`],
  ["links", "<link rel=hub href=x>".repeat(50_000)],
  ["brackets", "<".repeat(1_000_000)],
  ["a comment that does not end", `<!--${"-".repeat(1_000_000)}`],
  ["references", `<title>${"&".repeat(1_000_000)}`],
])(
  "%s: a megabyte costs no more than its length",
  (_, head) => {
    const { self } = linksOfHtml(`<head>${head}${SELF}`, URL_OF_PAGE);
    expect(self.length).toBeLessThanOrEqual(1);
  },
  MANY_TIMES_ENOUGH_MS,
);
